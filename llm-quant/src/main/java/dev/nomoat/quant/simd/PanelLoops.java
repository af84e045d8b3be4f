package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.ODD_BYTES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_PART;
import static dev.nomoat.quant.simd.VectorLoops.QUARTER;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Runs of vectors that were quantised one at a time. A lane is a vector, or one of its numbers.
 *
 * <p>Nearly all runs are of {@value #RUN} numbers. The compiler makes faster code where it is told
 * so by a constant: each loop is a method that it inlines once with that, once for all others.
 *
 * <p>The scales of columns wait where the first number of each column goes, until they are loaded.
 */
final class PanelLoops {
  /** Numbers of a run that is not the last. */
  private static final int RUN = 32;

  /** Numbers of two vectors of lanes. */
  private static final int PAIR = 2 * LANES;

  /** Bytes that are loaded at once. */
  private static final int BYTES = QUARTER.length();

  private PanelLoops() {}

  /** Columns of 8 bits. */
  static void decodeByteColumns(
      MemorySegment run, long offset, int numbers, float[] target, int at) {
    Halves.decode(run, offset, target, at, GROUP);
    if (numbers == RUN) {
      byteColumns(run, offset, RUN, target, at);
    } else {
      byteColumns(run, offset, numbers, target, at);
    }
  }

  private static void byteColumns(
      MemorySegment run, long offset, int numbers, float[] target, int at) {
    for (int column = 0; column < GROUP; column += PAIR) {
      long from = offset + 2L * GROUP + column;
      int to = at + column;
      FloatVector a = FloatVector.fromArray(F, target, to);
      FloatVector b = FloatVector.fromArray(F, target, to + LANES);
      for (int i = 0; i < numbers; i++, from += GROUP, to += GROUP) {
        ((FloatVector) ByteVector.fromMemorySegment(QUARTER, run, from, LE).convertShape(B2F, F, 0))
            .mul(a)
            .intoArray(target, to);
        ((FloatVector)
                ByteVector.fromMemorySegment(QUARTER, run, from + ODD_BYTES, LE)
                    .convertShape(B2F, F, ODD_PART))
            .mul(b)
            .intoArray(target, to + LANES);
      }
    }
  }

  /** Columns of 4 bits. */
  static void decodeNibbleColumns(
      MemorySegment run, long offset, int numbers, float[] target, int at) {
    Halves.decode(run, offset, target, at, GROUP);
    if (numbers == RUN) {
      nibbleColumns(run, offset, RUN, target, at);
    } else {
      nibbleColumns(run, offset, numbers, target, at);
    }
  }

  private static void nibbleColumns(
      MemorySegment run, long offset, int numbers, float[] target, int at) {
    int half = (numbers + 1) / 2;
    for (int column = 0; column < GROUP; column += PAIR) {
      long from = offset + 2L * GROUP + column;
      int to = at + column;
      FloatVector a = FloatVector.fromArray(F, target, to);
      FloatVector b = FloatVector.fromArray(F, target, to + LANES);
      for (int i = 0; i < half; i++) {
        long low = from + (long) i * GROUP;
        lowNibbles(run, low, 0, a, target, to + i * GROUP);
        lowNibbles(run, low + ODD_BYTES, ODD_PART, b, target, to + i * GROUP + LANES);
      }
      for (int i = half; i < numbers; i++) {
        long high = from + (long) (i - half) * GROUP;
        highNibbles(run, high, 0, a, target, to + i * GROUP);
        highNibbles(run, high + ODD_BYTES, ODD_PART, b, target, to + i * GROUP + LANES);
      }
    }
  }

  private static void lowNibbles(
      MemorySegment run, long from, int part, FloatVector scale, float[] target, int to) {
    IntVector bytes =
        (IntVector) ByteVector.fromMemorySegment(QUARTER, run, from, LE).convertShape(B2I, I, part);
    ((FloatVector) bytes.lanewise(LSHL, 28).lanewise(ASHR, 28).convert(I2F, 0))
        .mul(scale)
        .intoArray(target, to);
  }

  private static void highNibbles(
      MemorySegment run, long from, int part, FloatVector scale, float[] target, int to) {
    IntVector bytes =
        (IntVector) ByteVector.fromMemorySegment(QUARTER, run, from, LE).convertShape(B2I, I, part);
    ((FloatVector) bytes.lanewise(ASHR, 4).convert(I2F, 0)).mul(scale).intoArray(target, to);
  }

  /** Rows of 8 bits. */
  static void decodeByteRows(
      MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    if (numbers == RUN) {
      byteRows(run, offset, RUN, rows, target, at);
    } else {
      byteRows(run, offset, numbers, rows, target, at);
    }
  }

  private static void byteRows(
      MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    long from = offset + 2L * GROUP;
    for (int row = 0; row < rows; row++, from += numbers) {
      float scale = scale(run, offset, row);
      FloatVector s = FloatVector.broadcast(F, scale);
      int to = at + row * GROUP;
      int i = 0;
      for (; i <= numbers - PAIR; i += PAIR) {
        ((FloatVector)
                ByteVector.fromMemorySegment(QUARTER, run, from + i, LE).convertShape(B2F, F, 0))
            .mul(s)
            .intoArray(target, to + i);
        ((FloatVector)
                ByteVector.fromMemorySegment(QUARTER, run, from + i + ODD_BYTES, LE)
                    .convertShape(B2F, F, ODD_PART))
            .mul(s)
            .intoArray(target, to + i + LANES);
      }
      for (; i < numbers; i++) {
        target[to + i] = scale * run.get(ValueLayout.JAVA_BYTE, from + i);
      }
    }
  }

  /** Rows of 4 bits. */
  static void decodeNibbleRows(
      MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    if (numbers == RUN) {
      nibbleRows(run, offset, RUN, rows, target, at);
    } else {
      nibbleRows(run, offset, numbers, rows, target, at);
    }
  }

  private static void nibbleRows(
      MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    int half = (numbers + 1) / 2;
    long from = offset + 2L * GROUP;
    for (int row = 0; row < rows; row++, from += half) {
      float scale = scale(run, offset, row);
      FloatVector s = FloatVector.broadcast(F, scale);
      int low = at + row * GROUP;
      int high = low + half;
      int i = 0;
      for (; i <= numbers / 2 - BYTES; i += BYTES) {
        lowNibbles(run, from + i, 0, s, target, low + i);
        highNibbles(run, from + i, 0, s, target, high + i);
        if (BYTES > LANES) {
          lowNibbles(run, from + i, 1, s, target, low + i + LANES);
          highNibbles(run, from + i, 1, s, target, high + i + LANES);
        }
      }
      for (; i < half; i++) {
        byte both = run.get(ValueLayout.JAVA_BYTE, from + i);
        target[low + i] = scale * InnerLoops.lowNibble(both);
        if (half + i < numbers) {
          target[high + i] = scale * InnerLoops.highNibble(both);
        }
      }
    }
  }

  private static float scale(MemorySegment run, long offset, int row) {
    return Float.float16ToFloat(run.get(Halves.HALF, offset + 2L * row));
  }
}
