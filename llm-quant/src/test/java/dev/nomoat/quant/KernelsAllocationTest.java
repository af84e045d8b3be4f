package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.nomoat.quant.packed.FactorForm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compiled products allocate nothing. A kernel that is too large for the compiler's inlining makes
 * an object of every vector and runs ten times slower: this finds it.
 */
class KernelsAllocationTest {
  private static final int COLS = 512;
  private static final int CALLS = 100;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Set<TensorType> types() {
    return TestWeights.TYPES;
  }

  @ParameterizedTest
  @MethodSource("types")
  void aProductAllocatesNothing(TensorType type) {
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 128, COLS, 31));
    for (boolean eightBit : w.quantizesActivations() ? List.of(false, true) : List.of(false)) {
      for (int tokens : new int[] {1, 2, 8, FactorForm.MOST_ROWS + 2}) {
        float[] x = TestWeights.numbers(tokens * COLS, 32);
        Activations activations = TestWeights.activations(x, COLS, 0, tokens);
        float[] y = new float[tokens * w.paddedRows()];
        Workspace workspace = new Workspace();
        assertThat(
                bytesOfACall(
                    () ->
                        Kernels.best()
                            .multiply(
                                w,
                                0,
                                w.groups(),
                                activations,
                                eightBit,
                                y,
                                w.paddedRows(),
                                workspace)))
            .as("bytes allocated by %s, %d tokens, 8-bit %b", w, tokens, eightBit)
            .isLessThan(100);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PanelFormat.class)
  void decodingAllocatesNothing(PanelFormat format) {
    for (int numbers : new int[] {64, 80}) {
      MemorySegment panel = Arena.ofAuto().allocate(format.bytes(numbers), 64);
      float[] target = new float[2 * 64 * 64];
      assertThat(
              bytesOfACall(
                  () -> {
                    Kernels.best().decodeColumns(format, panel, 0, numbers, target, 0);
                    Kernels.best().decodeRows(format, panel, 0, numbers, 64, target, 0);
                  }))
          .as("bytes allocated by %s, %d numbers", format, numbers)
          .isLessThan(100);
    }
  }

  /** Calls until the compiler has done its work, or for as long as anybody would wait for it. */
  private static long bytesOfACall(Runnable call) {
    long start = System.nanoTime();
    long bytes;
    do {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      bytes = (THREADS.getCurrentThreadAllocatedBytes() - before) / CALLS;
    } while (bytes > 0 && System.nanoTime() - start < PATIENCE_NANOS);
    return bytes;
  }
}
