package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.ByteLayout.APART;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.F16_BITS;
import static dev.nomoat.quant.simd.VectorLoops.F16_SCALE;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.ByteLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Q8_0 weights as f32 numbers. Four rows are in the bytes of 32 bits; left in the highest byte,
 * each is 2²⁴ times as large, and scales are made as much smaller, which changes no bit of their
 * product.
 */
final class ByteLoops {
  private static final int HIGHEST = 0xff000000;

  /** {@link VectorLoops#F16_SCALE} · 2⁻²⁴. */
  private static final float SCALE = F16_SCALE * 0x1p-24f;

  private ByteLoops() {}

  static void multiply(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    if (LANES == APART) {
      multiplyLong(w, offset, columns, x, xAt, y, yAt);
    } else {
      for (int row = 0; row < APART; row += LANES) {
        multiplyShort(w, offset, row, columns, x, xAt, y, yAt + row);
      }
    }
  }

  /**
   * Vectors of 512 bits: two columns or the scales of a block in each step, so that one pair of
   * loads reads all memory in its order; it comes twice as fast so.
   */
  private static void multiplyLong(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
    FloatVector sa = a, sb = a, sc = a, sd = a;
    int steps = columns / ByteLayout.COLUMNS * (ByteLayout.BLOCK_BYTES / (2 * GROUP));
    int left = 0; // steps of the block
    int k = xAt;
    for (int i = 0; i < steps; i++) {
      long at = offset + (long) i * (2 * GROUP);
      IntVector p = IntVector.fromMemorySegment(I, w, at, LE);
      IntVector q = IntVector.fromMemorySegment(I, w, at + GROUP, LE);
      if (left > 0) {
        left--;
        FloatVector v = FloatVector.broadcast(F, x[k]);
        a = ((FloatVector) p.lanewise(LSHL, 24).convert(I2F, 0)).mul(sa).fma(v, a);
        b = ((FloatVector) p.lanewise(LSHL, 16).and(HIGHEST).convert(I2F, 0)).mul(sb).fma(v, b);
        c = ((FloatVector) p.lanewise(LSHL, 8).and(HIGHEST).convert(I2F, 0)).mul(sc).fma(v, c);
        d = ((FloatVector) p.and(HIGHEST).convert(I2F, 0)).mul(sd).fma(v, d);
        v = FloatVector.broadcast(F, x[k + 1]);
        a = ((FloatVector) q.lanewise(LSHL, 24).convert(I2F, 0)).mul(sa).fma(v, a);
        b = ((FloatVector) q.lanewise(LSHL, 16).and(HIGHEST).convert(I2F, 0)).mul(sb).fma(v, b);
        c = ((FloatVector) q.lanewise(LSHL, 8).and(HIGHEST).convert(I2F, 0)).mul(sc).fma(v, c);
        d = ((FloatVector) q.and(HIGHEST).convert(I2F, 0)).mul(sd).fma(v, d);
        k += 2;
      } else {
        left = ByteLayout.COLUMNS / 2;
        ShortVector h = p.reinterpretAsShorts();
        sa =
            ((IntVector) h.convertShape(S2I, I, 0))
                .lanewise(LSHL, 13)
                .and(F16_BITS)
                .reinterpretAsFloats()
                .mul(SCALE);
        sb =
            ((IntVector) h.convertShape(S2I, I, 1))
                .lanewise(LSHL, 13)
                .and(F16_BITS)
                .reinterpretAsFloats()
                .mul(SCALE);
        h = q.reinterpretAsShorts();
        sc =
            ((IntVector) h.convertShape(S2I, I, 0))
                .lanewise(LSHL, 13)
                .and(F16_BITS)
                .reinterpretAsFloats()
                .mul(SCALE);
        sd =
            ((IntVector) h.convertShape(S2I, I, 1))
                .lanewise(LSHL, 13)
                .and(F16_BITS)
                .reinterpretAsFloats()
                .mul(SCALE);
      }
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Four vectors of rows that are 16 rows apart. */
  private static void multiplyShort(
      MemorySegment w, long offset, int row, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
    long block = offset;
    int k = xAt;
    for (int i = 0; i < columns; i += ByteLayout.COLUMNS, block += ByteLayout.BLOCK_BYTES) {
      long s = block + 2L * row;
      FloatVector sa =
          ((IntVector) ShortVector.fromMemorySegment(HALF, w, s, LE).convertShape(S2I, I, 0))
              .lanewise(LSHL, 13)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(SCALE);
      FloatVector sb =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALF, w, s + 2L * APART, LE)
                      .convertShape(S2I, I, 0))
              .lanewise(LSHL, 13)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(SCALE);
      FloatVector sc =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALF, w, s + 4L * APART, LE)
                      .convertShape(S2I, I, 0))
              .lanewise(LSHL, 13)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(SCALE);
      FloatVector sd =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALF, w, s + 6L * APART, LE)
                      .convertShape(S2I, I, 0))
              .lanewise(LSHL, 13)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(SCALE);
      long at = block + ByteLayout.BYTES_OFFSET + 4L * row;
      for (int j = 0; j < ByteLayout.COLUMNS; j++, k++, at += GROUP) {
        FloatVector v = FloatVector.broadcast(F, x[k]);
        IntVector p = IntVector.fromMemorySegment(I, w, at, LE);
        a = ((FloatVector) p.lanewise(LSHL, 24).convert(I2F, 0)).mul(sa).fma(v, a);
        b = ((FloatVector) p.lanewise(LSHL, 16).and(HIGHEST).convert(I2F, 0)).mul(sb).fma(v, b);
        c = ((FloatVector) p.lanewise(LSHL, 8).and(HIGHEST).convert(I2F, 0)).mul(sc).fma(v, c);
        d = ((FloatVector) p.and(HIGHEST).convert(I2F, 0)).mul(sd).fma(v, d);
      }
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + APART);
    c.intoArray(y, yAt + 2 * APART);
    d.intoArray(y, yAt + 3 * APART);
  }

  static void unpack(MemorySegment w, long offset, int columns, float[] weights) {
    long block = offset;
    for (int k = 0; k < columns; k += ByteLayout.COLUMNS, block += ByteLayout.BLOCK_BYTES) {
      for (int row = 0; row < APART; row += LANES) {
        unpack(w, block, row, weights, k * GROUP + row);
      }
    }
  }

  private static void unpack(MemorySegment w, long block, int row, float[] weights, int first) {
    long s = block + 2L * row;
    FloatVector sa =
        ((IntVector) ShortVector.fromMemorySegment(HALF, w, s, LE).convertShape(S2I, I, 0))
            .lanewise(LSHL, 13)
            .and(F16_BITS)
            .reinterpretAsFloats()
            .mul(SCALE);
    FloatVector sb =
        ((IntVector)
                ShortVector.fromMemorySegment(HALF, w, s + 2L * APART, LE).convertShape(S2I, I, 0))
            .lanewise(LSHL, 13)
            .and(F16_BITS)
            .reinterpretAsFloats()
            .mul(SCALE);
    FloatVector sc =
        ((IntVector)
                ShortVector.fromMemorySegment(HALF, w, s + 4L * APART, LE).convertShape(S2I, I, 0))
            .lanewise(LSHL, 13)
            .and(F16_BITS)
            .reinterpretAsFloats()
            .mul(SCALE);
    FloatVector sd =
        ((IntVector)
                ShortVector.fromMemorySegment(HALF, w, s + 6L * APART, LE).convertShape(S2I, I, 0))
            .lanewise(LSHL, 13)
            .and(F16_BITS)
            .reinterpretAsFloats()
            .mul(SCALE);
    long at = block + ByteLayout.BYTES_OFFSET + 4L * row;
    int to = first;
    for (int j = 0; j < ByteLayout.COLUMNS; j++, at += GROUP, to += GROUP) {
      IntVector p = IntVector.fromMemorySegment(I, w, at, LE);
      ((FloatVector) p.lanewise(LSHL, 24).convert(I2F, 0)).mul(sa).intoArray(weights, to);
      ((FloatVector) p.lanewise(LSHL, 16).and(HIGHEST).convert(I2F, 0))
          .mul(sb)
          .intoArray(weights, to + APART);
      ((FloatVector) p.lanewise(LSHL, 8).and(HIGHEST).convert(I2F, 0))
          .mul(sc)
          .intoArray(weights, to + 2 * APART);
      ((FloatVector) p.and(HIGHEST).convert(I2F, 0)).mul(sd).intoArray(weights, to + 3 * APART);
    }
  }
}
