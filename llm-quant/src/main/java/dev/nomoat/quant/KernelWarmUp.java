package dev.nomoat.quant;

import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Runs products of tiny matrices until the JVM's compiler has translated the loops.
 *
 * <p>Before that a vector is an object and each operation on it a call: a loop takes hundreds of
 * times as long. A large model would spend seconds so, a tiny matrix spends milliseconds; and it
 * can do so while the model is still being read.
 */
final class KernelWarmUp {
  /** A panel of the integer layouts, and a multiple of every block. */
  private static final int COLS = 256;

  /** One token, two, and so many that they share unpacked weights of any type. */
  private static final int[] TOKENS = {1, 2, FactorForm.MOST_ROWS + 1};

  /**
   * The same, and one and four side by side, where weights can be multiplied so. All types have
   * unpacked weights multiplied equally often: else C2 makes prefill 7 % slower.
   */
  private static final int[] TOKENS_IN_TILES = {
    1, 2, FactorForm.MOST_ROWS + 1, InnerLoops.TILE + 1
  };

  /** Finite and of moderate size in every format, whatever part of a block it is. */
  private static final byte FILLING = 0x3c;

  /**
   * Time for a multiplication, in nanoseconds, that only code with boxed vectors exceeds: that
   * takes ten times as long, scalar code half of it.
   */
  private static final double SLOW = 2;

  /** Rounds at full speed before the loops count as compiled. */
  private static final int FAST_ROUNDS = 100;

  private final Kernels kernels;
  private final Workspace workspace = new Workspace();
  private final float[] y = new float[(FactorForm.MOST_ROWS + 1) * PackedMatrix.GROUP];

  /** A product that is run again and again. */
  private record Case(PackedMatrix w, Activations x, boolean eightBit) {}

  private KernelWarmUp(Kernels kernels) {
    this.kernels = kernels;
  }

  /**
   * Runs products with weights of some types.
   *
   * @return false when time was up first
   */
  static boolean run(
      Kernels kernels, Collection<TensorType> types, boolean eightBit, Duration limit) {
    try (Arena arena = Arena.ofConfined()) {
      List<Case> cases = new ArrayList<>();
      for (TensorType type : types) {
        PackedMatrix w = matrix(type, arena);
        for (int tokens : inTiles(w) ? TOKENS_IN_TILES : TOKENS) {
          cases.add(new Case(w, new Activations(), eightBit && w.quantizesActivations()));
          cases.getLast().x.reset(tokens, COLS);
        }
      }
      return new KernelWarmUp(kernels).run(cases, System.nanoTime() + limit.toNanos());
    }
  }

  private static boolean inTiles(PackedMatrix w) {
    return w.layout() instanceof IntegerLayout layout && layout.form().hasTiles();
  }

  private static PackedMatrix matrix(TensorType type, Arena arena) {
    PackedMatrix w = PackedMatrix.allocate(type, PackedMatrix.GROUP, COLS, arena);
    MemorySegment rows = arena.allocate(PackedMatrix.GROUP * type.rowBytes(COLS));
    rows.fill(FILLING);
    w.pack(0, new Matrix(type, PackedMatrix.GROUP, COLS, rows));
    return w;
  }

  private boolean run(List<Case> cases, long deadline) {
    int fast = 0;
    while (fast < FAST_ROUNDS) {
      boolean slow = false;
      for (Case c : cases) {
        slow |= nanosPerProduct(c) > SLOW;
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
      }
      fast += slow ? 0 : 1;
    }
    return true;
  }

  private double nanosPerProduct(Case c) {
    Activations x = c.x;
    x.reset(x.tokens(), COLS);
    for (int i = 0; i < x.tokens() * COLS; i++) {
      x.values()[i] = i % 7 - 3;
    }
    if (c.eightBit) {
      x.reserveEightBit(1);
      x.want(c.w);
      for (int t = 0; t < x.tokens(); t++) {
        x.quantize(t);
      }
    }
    long start = System.nanoTime();
    kernels.multiply(c.w, 0, 1, x, c.eightBit, y, PackedMatrix.GROUP, workspace);
    return (double) (System.nanoTime() - start) / (x.tokens() * COLS * PackedMatrix.GROUP);
  }
}
