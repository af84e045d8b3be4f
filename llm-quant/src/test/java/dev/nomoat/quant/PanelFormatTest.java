package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Vectors that are quantised one at a time, as columns and as rows. */
@Tag("widths")
class PanelFormatTest {
  private static final int VECTORS = PanelFormat.VECTORS;
  private static final int MOST = 3 * PanelFormat.RUN + 1;
  private static final int OFFSET = 3; // bytes before a panel, so that nothing is aligned
  private static final int AT = 5; // numbers before what is decoded
  private static final float UNTOUCHED = 42;

  /** A panel in the two arrangements, and how to use it. */
  private record Panel(PanelFormat format, int numbers, boolean columns, MemorySegment memory) {
    static Panel random(PanelFormat format, int numbers, boolean columns) {
      byte[] bytes = new byte[OFFSET + Math.toIntExact(format.bytes(numbers))];
      new Random(numbers).nextBytes(bytes);
      return new Panel(format, numbers, columns, MemorySegment.ofArray(bytes));
    }

    void put(int vector, float[] x, int at) {
      if (columns) {
        format.putColumn(memory, OFFSET, vector, x, at, numbers);
      } else {
        format.putRow(memory, OFFSET, vector, x, at, numbers);
      }
    }

    /** All vectors, or the first ones, and what is left alone. */
    float[] decode(Kernels kernels, int vectors) {
      int length = columns ? numbers : Math.ceilDiv(numbers, 64) * 64;
      float[] target = new float[AT + length * VECTORS];
      Arrays.fill(target, UNTOUCHED);
      if (columns) {
        kernels.decodeColumns(format, memory, OFFSET, numbers, target, AT);
      } else {
        kernels.decodeRows(format, memory, OFFSET, numbers, vectors, target, AT);
      }
      assertThat(Arrays.copyOf(target, AT)).containsOnly(UNTOUCHED);
      return Arrays.copyOfRange(target, AT, target.length);
    }

    float[] vector(float[] decoded, int vector) {
      float[] x = new float[numbers];
      for (int i = 0; i < numbers; i++) {
        x[i] =
            columns ? decoded[i * VECTORS + vector] : decoded[(i / 64 * 64 + vector) * 64 + i % 64];
      }
      return x;
    }
  }

  private static List<Kernels> kernels() {
    return List.of(Kernels.best(), Kernels.scalar());
  }

  /** What ggml's type of the same name makes of a vector; what is missing to a block is zero. */
  private static float[] reference(PanelFormat format, float[] x) {
    TensorType type = TensorType.valueOf(format.name());
    int padded = Math.ceilDiv(x.length, 32) * 32;
    MemorySegment row = MemorySegment.ofArray(new byte[Math.toIntExact(type.rowBytes(padded))]);
    float[] decoded = new float[padded];
    BlockCodec.of(type).encode(Arrays.copyOf(x, padded), 0, row, 0, padded);
    BlockCodec.of(type).decode(row, 0, decoded, 0, padded);
    return Arrays.copyOf(decoded, x.length);
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, true", "Q8_0, false", "Q4_0, true", "Q4_0, false"})
  void numbersAreThoseOfGgmlsType(PanelFormat format, boolean columns) {
    for (int numbers : new int[] {1, 4, 5, 8, 16, 24, 31, 32, 33, 63, 64, 80, 96, 130, 576}) {
      Panel panel = Panel.random(format, numbers, columns);
      float[] x = TestWeights.numbers(VECTORS * numbers + 1, numbers);
      Arrays.fill(x, 1, 1 + numbers, 0); // vectors of nothing, and of ties
      for (int i = 0; i < numbers; i++) {
        x[1 + numbers + i] = i % 2 == 0 ? 127 : i % 16 - 7.5f;
      }
      for (int vector = VECTORS - 1; vector >= 0; vector--) {
        panel.put(vector, x, 1 + vector * numbers);
      }
      for (Kernels kernels : kernels()) {
        float[] decoded = panel.decode(kernels, VECTORS);
        for (int vector = 0; vector < VECTORS; vector++) {
          int at = 1 + vector * numbers;
          float[] expected = reference(format, Arrays.copyOfRange(x, at, at + numbers));
          assertThat(Arrays.mismatch(panel.vector(decoded, vector), expected))
              .as("%s, vector %d of %d numbers", kernels.description(), vector, numbers)
              .isEqualTo(-1);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, true", "Q8_0, false", "Q4_0, true", "Q4_0, false"})
  void anyBytesAreDecodedAsByScalarCode(PanelFormat format, boolean columns) {
    for (int numbers = 0; numbers <= MOST; numbers++) {
      Panel panel = Panel.random(format, numbers, columns);
      for (int vectors : columns ? new int[] {VECTORS} : new int[] {0, 1, 2, 7, 63, VECTORS}) {
        float[] expected = panel.decode(Kernels.scalar(), vectors);
        assertThat(Arrays.mismatch(panel.decode(Kernels.best(), vectors), expected))
            .as("%d numbers of %d vectors", numbers, vectors)
            .isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PanelFormat.class)
  void rowsThatAreNotAskedForAreLeftAlone(PanelFormat format) {
    Panel panel = Panel.random(format, 80, false);
    panel.memory.fill((byte) 0x11);
    for (Kernels kernels : kernels()) {
      float[] decoded = panel.decode(kernels, 3);
      for (int row = 0; row < 2 * 64; row++) {
        int known = row % 64 >= 3 ? 0 : row < 64 ? 64 : 16;
        for (int i = 0; i < 64; i++) {
          if ((decoded[row * 64 + i] == UNTOUCHED) != (i >= known)) {
            fail("%s, row %d, number %d", kernels.description(), row, i);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, true", "Q8_0, false", "Q4_0, true", "Q4_0, false"})
  void aVectorHasBytesOfItsOwn(PanelFormat format, boolean columns) {
    for (int numbers : new int[] {5, 32, 45, 64}) {
      Panel panel = Panel.random(format, numbers, columns);
      byte[] bytes = panel.memory.toArray(ValueLayout.JAVA_BYTE);
      int[] writers = new int[bytes.length];
      for (int vector = 0; vector < VECTORS; vector++) {
        boolean[] touched = new boolean[bytes.length];
        for (byte before : new byte[] {0, -1, 0x55}) { // a byte differs from two of them at least
          panel.memory.fill(before);
          panel.put(vector, TestWeights.numbers(numbers, vector), 0);
          for (int i = 0; i < bytes.length; i++) {
            touched[i] |= panel.memory.get(ValueLayout.JAVA_BYTE, i) != before;
          }
        }
        for (int i = 0; i < bytes.length; i++) {
          writers[i] += touched[i] ? 1 : 0;
        }
      }
      assertThat(Arrays.copyOf(writers, OFFSET)).containsOnly(0);
      assertThat(Arrays.copyOfRange(writers, OFFSET, writers.length)).containsOnly(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, true", "Q8_0, false", "Q4_0, true", "Q4_0, false"})
  void whatIsNotFiniteDoesNotHideAndStaysInItsRun(PanelFormat format, boolean columns) {
    float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -1e30f};
    int numbers = 64;
    for (float v : bad) {
      Panel panel = Panel.random(format, numbers, columns);
      float[] ones = new float[numbers];
      Arrays.fill(ones, 1);
      for (int vector = 0; vector < VECTORS; vector++) {
        panel.put(vector, ones, 0);
      }
      ones[40] = v;
      panel.put(7, ones, 0);
      for (Kernels kernels : kernels()) {
        float[] decoded = panel.decode(kernels, VECTORS);
        for (int vector = 0; vector < VECTORS; vector++) {
          float[] x = panel.vector(decoded, vector);
          for (int i = 0; i < numbers; i++) {
            boolean beside = vector != 7 || i < 32;
            boolean right = beside ? Math.abs(x[i] - 1) < 1e-3f : i != 40 || !Float.isFinite(x[i]);
            if (!right) {
              fail(
                  "%s, beside %s: number %d of %d is %s",
                  kernels.description(), v, i, vector, x[i]);
            }
          }
        }
      }
    }
  }

  @Test
  void sizesAreThoseOfRuns() {
    assertThat(PanelFormat.Q8_0.bytes(64)).isEqualTo(64 * 2 * 34);
    assertThat(PanelFormat.Q4_0.bytes(64)).isEqualTo(64 * 2 * 18);
    assertThat(PanelFormat.Q8_0.bytes(80)).isEqualTo(64 * (80 + 2 * 3));
    assertThat(PanelFormat.Q4_0.bytes(80)).isEqualTo(64 * (40 + 2 * 3));
    assertThat(PanelFormat.Q8_0.bytes(4)).isEqualTo(64 * (4 + 2));
    assertThat(PanelFormat.Q4_0.bytes(5)).isEqualTo(64 * (3 + 2));
    assertThat(PanelFormat.Q4_0.bytes(0)).isZero();
    assertThat(PanelFormat.Q8_0.bytes(Integer.MAX_VALUE)).isGreaterThan(1L << 37);
  }

  @ParameterizedTest
  @EnumSource(PanelFormat.class)
  void whatDoesNotFitIsRefused(PanelFormat format) {
    float[] x = new float[64];
    float[] panel = new float[64 * 64];
    long bytes = format.bytes(40);
    MemorySegment room = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    List<Runnable> wrong =
        List.of(
            () -> format.putColumn(room, 1, 0, x, 0, 40),
            () -> format.putRow(room, 1, 0, x, 0, 40),
            () -> format.putRow(room, 0, 64, x, 0, 40),
            () -> format.putRow(room, 0, -1, x, 0, 40),
            () -> format.putColumn(room, 0, 0, x, 25, 40),
            () -> Kernels.best().decodeColumns(format, room, 1, 40, panel, 0),
            () -> Kernels.best().decodeColumns(format, room, 0, 40, panel, 24 * 64 + 1),
            () -> Kernels.best().decodeRows(format, room, 1, 40, 64, panel, 0),
            () -> Kernels.best().decodeRows(format, room, 0, 40, 65, panel, 0),
            () -> Kernels.best().decodeRows(format, room, 0, 40, -1, panel, 0),
            () -> Kernels.best().decodeRows(format, room, 0, 40, 1, panel, 1));
    for (Runnable call : wrong) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(call::run);
    }
    assertThat(panel).containsOnly(0);
    assertThat(room.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
  }
}
