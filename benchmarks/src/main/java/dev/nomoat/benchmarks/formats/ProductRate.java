package dev.nomoat.benchmarks.formats;

import dev.nomoat.quant.Activations;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** How fast one thread multiplies weights of a type by one token. */
final class ProductRate {
  private static final int ROWS = 16_384;
  private static final int COLS = 2_048;
  private static final int WARM_UP = 40;
  private static final int RUNS = 15;

  private ProductRate() {}

  /** Bytes of the file's blocks that are read in a nanosecond; the median of some runs. */
  static double of(TensorType type) {
    try (Arena arena = Arena.ofConfined()) {
      PackedMatrix matrix = matrix(type, arena);
      Activations x = activations(matrix);
      float[] y = new float[matrix.paddedRows()];
      Workspace workspace = new Workspace();
      long[] times = new long[RUNS];
      for (int run = -WARM_UP; run < RUNS; run++) {
        long start = System.nanoTime();
        Kernels.best()
            .multiply(
                matrix,
                0,
                matrix.groups(),
                x,
                matrix.quantizesActivations(),
                y,
                matrix.paddedRows(),
                workspace);
        if (run >= 0) {
          times[run] = System.nanoTime() - start;
        }
      }
      Arrays.sort(times);
      return (double) ROWS * type.rowBytes(COLS) / times[RUNS / 2];
    }
  }

  private static PackedMatrix matrix(TensorType type, Arena arena) {
    Random random = new Random(1);
    PackedMatrix matrix = PackedMatrix.allocate(type, ROWS, COLS, arena);
    MemorySegment rows = arena.allocate(PackedMatrix.GROUP * type.rowBytes(COLS), 64);
    // small bytes: whatever a format makes of them is finite
    for (long i = 0; i < rows.byteSize(); i++) {
      rows.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(0x3c));
    }
    for (int group = 0; group < matrix.groups(); group++) {
      matrix.pack(group, new Matrix(type, PackedMatrix.GROUP, COLS, rows));
    }
    return matrix;
  }

  private static Activations activations(PackedMatrix matrix) {
    Random random = new Random(2);
    Activations x = new Activations();
    x.reset(1, COLS);
    for (int i = 0; i < COLS; i++) {
      x.values()[i] = (float) random.nextGaussian();
    }
    if (matrix.quantizesActivations()) {
      x.reserveEightBit(1);
      x.want(matrix);
      x.quantize(0);
    }
    return x;
  }
}
