package dev.nomoat.quant.simd;

import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.BlockLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.PlainLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops on the Vector API, with 128-, 256- or 512-bit vectors. One lane is one row; a
 * strip of four vectors is followed through the columns, because four independent chains hide the
 * latency of an FMA.
 */
public final class VectorLoops implements InnerLoops {
  static final VectorShape SHAPE =
      VectorShape.forBitSize(Math.min(512, VectorShape.preferredShape().vectorBitSize()));
  static final VectorSpecies<Float> F = VectorSpecies.of(float.class, SHAPE);
  static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
  static final VectorSpecies<Short> S = VectorSpecies.of(short.class, SHAPE);
  static final VectorSpecies<Short> HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(SHAPE.vectorBitSize() / 2));

  /** As many bytes as {@link #F} has lanes, in the smallest shape that there is for them. */
  static final VectorSpecies<Byte> QUARTER =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 4)));

  static final int LANES = F.length();
  static final int STRIP = 4 * LANES;
  static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  /** Makes the loops. */
  public VectorLoops() {}

  @Override
  public String description() {
    return "vector, %d bits".formatted(SHAPE.vectorBitSize());
  }

  @Override
  public void readPanel(
      PackedLayout layout, MemorySegment packed, long offset, int from, int to, float[] panel) {
    PanelLoops.readPanel(layout, packed, offset, from, to, panel);
  }

  @Override
  public void readScales(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] scale,
      float[] minimum) {
    PanelLoops.readScales(layout, packed, offset, from, to, scale, minimum);
  }

  @Override
  public void accumulate(
      float[] panel,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride) {
    for (int row = 0; row < GROUP; row += STRIP) {
      if (tokens == TILE) {
        accumulateTile(panel, row, columns, x, xAt, xStride, y, yAt + row, yStride);
      } else {
        for (int t = 0; t < tokens; t++) {
          accumulateToken(panel, row, columns, x, xAt + t * xStride, y, yAt + t * yStride + row);
        }
      }
    }
  }

  private static void accumulateTile(
      float[] panel,
      int row,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      float[] y,
      int yAt,
      int yStride) {
    int o = yAt;
    FloatVector a0 = load(y, o),
        b0 = load(y, o + LANES),
        c0 = load(y, o + 2 * LANES),
        d0 = load(y, o + 3 * LANES);
    o += yStride;
    FloatVector a1 = load(y, o),
        b1 = load(y, o + LANES),
        c1 = load(y, o + 2 * LANES),
        d1 = load(y, o + 3 * LANES);
    o += yStride;
    FloatVector a2 = load(y, o),
        b2 = load(y, o + LANES),
        c2 = load(y, o + 2 * LANES),
        d2 = load(y, o + 3 * LANES);
    o += yStride;
    FloatVector a3 = load(y, o),
        b3 = load(y, o + LANES),
        c3 = load(y, o + 2 * LANES),
        d3 = load(y, o + 3 * LANES);
    int at = row;
    int p = xAt;
    for (int k = 0; k < columns; k++, at += GROUP, p++) {
      FloatVector wa = load(panel, at);
      FloatVector wb = load(panel, at + LANES);
      FloatVector wc = load(panel, at + 2 * LANES);
      FloatVector wd = load(panel, at + 3 * LANES);
      FloatVector v = FloatVector.broadcast(F, x[p]);
      a0 = wa.fma(v, a0);
      b0 = wb.fma(v, b0);
      c0 = wc.fma(v, c0);
      d0 = wd.fma(v, d0);
      v = FloatVector.broadcast(F, x[p + xStride]);
      a1 = wa.fma(v, a1);
      b1 = wb.fma(v, b1);
      c1 = wc.fma(v, c1);
      d1 = wd.fma(v, d1);
      v = FloatVector.broadcast(F, x[p + 2 * xStride]);
      a2 = wa.fma(v, a2);
      b2 = wb.fma(v, b2);
      c2 = wc.fma(v, c2);
      d2 = wd.fma(v, d2);
      v = FloatVector.broadcast(F, x[p + 3 * xStride]);
      a3 = wa.fma(v, a3);
      b3 = wb.fma(v, b3);
      c3 = wc.fma(v, c3);
      d3 = wd.fma(v, d3);
    }
    store(a0, b0, c0, d0, y, yAt);
    store(a1, b1, c1, d1, y, yAt + yStride);
    store(a2, b2, c2, d2, y, yAt + 2 * yStride);
    store(a3, b3, c3, d3, y, yAt + 3 * yStride);
  }

  private static void accumulateToken(
      float[] panel, int row, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = load(y, yAt);
    FloatVector b = load(y, yAt + LANES);
    FloatVector c = load(y, yAt + 2 * LANES);
    FloatVector d = load(y, yAt + 3 * LANES);
    int at = row;
    for (int k = 0; k < columns; k++, at += GROUP) {
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      a = load(panel, at).fma(v, a);
      b = load(panel, at + LANES).fma(v, b);
      c = load(panel, at + 2 * LANES).fma(v, c);
      d = load(panel, at + 3 * LANES).fma(v, d);
    }
    store(a, b, c, d, y, yAt);
  }

  @Override
  public void sumRuns(
      float[] panel,
      int runColumns,
      int runs,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] sums) {
    for (int row = 0; row < GROUP; row += STRIP) {
      for (int run = 0; run < runs; run++) {
        int at = run * runColumns * GROUP + row;
        int from = xAt + run * runColumns;
        int to = run * TILE * GROUP + row;
        if (tokens == TILE) {
          sumTile(panel, at, runColumns, x, from, xStride, sums, to);
        } else {
          for (int t = 0; t < tokens; t++) {
            sumToken(panel, at, runColumns, x, from + t * xStride, sums, to + t * GROUP);
          }
        }
      }
    }
  }

  private static void sumTile(
      float[] panel,
      int panelAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int to) {
    FloatVector a0 = zero(), b0 = zero(), c0 = zero(), d0 = zero();
    FloatVector a1 = zero(), b1 = zero(), c1 = zero(), d1 = zero();
    FloatVector a2 = zero(), b2 = zero(), c2 = zero(), d2 = zero();
    FloatVector a3 = zero(), b3 = zero(), c3 = zero(), d3 = zero();
    int at = panelAt;
    int p = xAt;
    for (int k = 0; k < columns; k++, at += GROUP, p++) {
      FloatVector wa = load(panel, at);
      FloatVector wb = load(panel, at + LANES);
      FloatVector wc = load(panel, at + 2 * LANES);
      FloatVector wd = load(panel, at + 3 * LANES);
      FloatVector v = FloatVector.broadcast(F, x[p]);
      a0 = wa.fma(v, a0);
      b0 = wb.fma(v, b0);
      c0 = wc.fma(v, c0);
      d0 = wd.fma(v, d0);
      v = FloatVector.broadcast(F, x[p + xStride]);
      a1 = wa.fma(v, a1);
      b1 = wb.fma(v, b1);
      c1 = wc.fma(v, c1);
      d1 = wd.fma(v, d1);
      v = FloatVector.broadcast(F, x[p + 2 * xStride]);
      a2 = wa.fma(v, a2);
      b2 = wb.fma(v, b2);
      c2 = wc.fma(v, c2);
      d2 = wd.fma(v, d2);
      v = FloatVector.broadcast(F, x[p + 3 * xStride]);
      a3 = wa.fma(v, a3);
      b3 = wb.fma(v, b3);
      c3 = wc.fma(v, c3);
      d3 = wd.fma(v, d3);
    }
    store(a0, b0, c0, d0, sums, to);
    store(a1, b1, c1, d1, sums, to + GROUP);
    store(a2, b2, c2, d2, sums, to + 2 * GROUP);
    store(a3, b3, c3, d3, sums, to + 3 * GROUP);
  }

  private static void sumToken(
      float[] panel, int panelAt, int columns, float[] x, int xAt, float[] sums, int to) {
    zero().intoArray(sums, to);
    zero().intoArray(sums, to + LANES);
    zero().intoArray(sums, to + 2 * LANES);
    zero().intoArray(sums, to + 3 * LANES);
    accumulateToken(panel, panelAt, columns, x, xAt, sums, to);
  }

  @Override
  public void scaleRuns(
      float[] sums,
      int runs,
      int runShift,
      float[] scale,
      float[] minimum,
      boolean hasMinimum,
      float[] xScale,
      float[] xSum,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride) {
    for (int t = 0; t < tokens; t++) {
      for (int row = 0; row < GROUP; row += STRIP) {
        int x = xAt + t * xStride;
        int to = yAt + t * yStride + row;
        if (hasMinimum) {
          scaleWithMinimum(
              sums, t * GROUP + row, runs, scale, minimum, row, xScale, xSum, x, y, to);
        } else {
          scaleOnly(sums, t * GROUP + row, runs, runShift, scale, row, xScale, x, y, to);
        }
      }
    }
  }

  private static void scaleOnly(
      float[] sums,
      int sumsAt,
      int runs,
      int runShift,
      float[] scale,
      int row,
      float[] xScale,
      int xAt,
      float[] y,
      int yAt) {
    assert yAt >= 0 && yAt + STRIP <= y.length
        : "%d products at %d of %d".formatted(STRIP, yAt, y.length);
    assert runs > 0 && xAt >= 0 && xAt + ((runs - 1) >> runShift) < xScale.length
        : "%d runs at %d of %d".formatted(runs, xAt, xScale.length);
    FloatVector a = load(y, yAt);
    FloatVector b = load(y, yAt + LANES);
    FloatVector c = load(y, yAt + 2 * LANES);
    FloatVector d = load(y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + (run >> runShift)]);
      int from = sumsAt + run * TILE * GROUP;
      int w = row + run * GROUP;
      a = load(sums, from).fma(load(scale, w).mul(s), a);
      b = load(sums, from + LANES).fma(load(scale, w + LANES).mul(s), b);
      c = load(sums, from + 2 * LANES).fma(load(scale, w + 2 * LANES).mul(s), c);
      d = load(sums, from + 3 * LANES).fma(load(scale, w + 3 * LANES).mul(s), d);
    }
    store(a, b, c, d, y, yAt);
  }

  private static void scaleWithMinimum(
      float[] sums,
      int sumsAt,
      int runs,
      float[] scale,
      float[] minimum,
      int row,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = load(y, yAt);
    FloatVector b = load(y, yAt + LANES);
    FloatVector c = load(y, yAt + 2 * LANES);
    FloatVector d = load(y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + run]);
      FloatVector m = FloatVector.broadcast(F, xSum[xAt + run]);
      int from = sumsAt + run * TILE * GROUP;
      int w = row + run * GROUP;
      a = load(minimum, w).fma(m, load(sums, from).fma(load(scale, w).mul(s), a));
      b =
          load(minimum, w + LANES)
              .fma(m, load(sums, from + LANES).fma(load(scale, w + LANES).mul(s), b));
      c =
          load(minimum, w + 2 * LANES)
              .fma(m, load(sums, from + 2 * LANES).fma(load(scale, w + 2 * LANES).mul(s), c));
      d =
          load(minimum, w + 3 * LANES)
              .fma(m, load(sums, from + 3 * LANES).fma(load(scale, w + 3 * LANES).mul(s), d));
    }
    store(a, b, c, d, y, yAt);
  }

  @Override
  public boolean multiplyDirect(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int columns,
      float[] x,
      int xAt,
      float[] y,
      int yAt) {
    assert columns > 0 && xAt >= 0 && xAt + columns <= x.length
        : "%d columns of %s from %d of %d".formatted(columns, layout.type(), xAt, x.length);
    assert yAt >= 0 && yAt + GROUP <= y.length
        : "%d products at %d of %d".formatted(GROUP, yAt, y.length);
    assert offset >= 0 && offset + layout.groupBytes(columns) <= packed.byteSize()
        : "a group of %d columns at byte %d of %d".formatted(columns, offset, packed.byteSize());
    if (!(layout instanceof PlainLayout plain)) {
      return false;
    }
    for (int row = 0; row < GROUP; row += STRIP) {
      switch (plain.type()) {
        case F32 -> multiplyF32(packed, offset + 4L * row, columns, x, xAt, y, yAt + row);
        case F16 -> multiplyF16(packed, offset + 2L * row, columns, x, xAt, y, yAt + row);
        default -> multiplyBf16(packed, offset + 2L * row, columns, x, xAt, y, yAt + row);
      }
    }
    return true;
  }

  private static void multiplyF32(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = zero();
    FloatVector b = zero();
    FloatVector c = zero();
    FloatVector d = zero();
    long at = offset;
    for (int k = 0; k < columns; k++, at += 4L * GROUP) {
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      a = FloatVector.fromMemorySegment(F, w, at, LE).fma(v, a);
      b = FloatVector.fromMemorySegment(F, w, at + 4L * LANES, LE).fma(v, b);
      c = FloatVector.fromMemorySegment(F, w, at + 8L * LANES, LE).fma(v, c);
      d = FloatVector.fromMemorySegment(F, w, at + 12L * LANES, LE).fma(v, d);
    }
    store(a, b, c, d, y, yAt);
  }

  private static void multiplyF16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = zero();
    FloatVector b = zero();
    FloatVector c = zero();
    FloatVector d = zero();
    long at = offset;
    for (int k = 0; k < columns; k++, at += 2L * GROUP) {
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      a = half(w, at).fma(v, a);
      b = half(w, at + 2L * LANES).fma(v, b);
      c = half(w, at + 4L * LANES).fma(v, c);
      d = half(w, at + 6L * LANES).fma(v, d);
    }
    store(a, b, c, d, y, yAt);
  }

  private static void multiplyBf16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = zero();
    FloatVector b = zero();
    FloatVector c = zero();
    FloatVector d = zero();
    long at = offset;
    for (int k = 0; k < columns; k++, at += 2L * GROUP) {
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      a = bfloat(w, at).fma(v, a);
      b = bfloat(w, at + 2L * LANES).fma(v, b);
      c = bfloat(w, at + 4L * LANES).fma(v, c);
      d = bfloat(w, at + 6L * LANES).fma(v, d);
    }
    store(a, b, c, d, y, yAt);
  }

  @Override
  public boolean sumDirect(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] x,
      int xAt,
      float[] sums) {
    assert from >= 0
            && from < to
            && to - from <= PackedLayout.PANEL
            && from % PackedLayout.PANEL == 0
        : "columns %d to %d of %s, at most %d"
            .formatted(from, to, layout.type(), PackedLayout.PANEL);
    assert xAt >= 0 && xAt + to <= x.length
        : "columns to %d from %d of %d".formatted(to, xAt, x.length);
    assert (to - from) / 32 * TILE * GROUP <= sums.length
        : "columns %d to %d in %d sums".formatted(from, to, sums.length);
    if (!(layout instanceof BlockLayout block) || block.smallIntegers()) {
      return false;
    }
    long at = offset + (long) (from / 32) * block.blockBytes() + block.planeOffset();
    int target = 0;
    for (int k = from; k < to; k += 32, at += block.blockBytes(), target += TILE * GROUP) {
      for (int row = 0; row < GROUP; row += STRIP) {
        sumQ8(packed, at + row, x, xAt + k, sums, target + row);
      }
    }
    return true;
  }

  private static void sumQ8(
      MemorySegment w, long offset, float[] x, int xAt, float[] sums, int to) {
    FloatVector a = zero();
    FloatVector b = zero();
    FloatVector c = zero();
    FloatVector d = zero();
    long at = offset;
    for (int k = xAt; k < xAt + 32; k++, at += GROUP) {
      FloatVector v = FloatVector.broadcast(F, x[k]);
      a = bytes(w, at).fma(v, a);
      b = bytes(w, at + LANES).fma(v, b);
      c = bytes(w, at + 2L * LANES).fma(v, c);
      d = bytes(w, at + 3L * LANES).fma(v, d);
    }
    store(a, b, c, d, sums, to);
  }

  @Override
  public boolean sumIntegers(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int[] pairs,
      int pairsAt,
      int[] integerSums,
      int sumsAt,
      short[] raw,
      float[] sums) {
    assert from >= 0
            && from < to
            && to - from <= PackedLayout.PANEL
            && from % PackedLayout.PANEL == 0
        : "columns %d to %d of %s, at most %d"
            .formatted(from, to, layout.type(), PackedLayout.PANEL);
    assert pairsAt >= 0 && pairsAt + to / 2 <= pairs.length
        : "columns to %d from %d in %d pairs".formatted(to, pairsAt, pairs.length);
    assert sumsAt >= 0 && sumsAt + to / 32 <= integerSums.length
        : "columns to %d from %d in %d sums".formatted(to, sumsAt, integerSums.length);
    long at;
    int stride;
    int bits;
    int centre;
    switch (layout) {
      case PlainLayout plain -> {
        return false;
      }
      case BlockLayout block -> {
        stride = block.blockBytes();
        at = offset + (long) (from / 32) * stride + block.planeOffset();
        bits = block.bits();
        centre = block.centre();
      }
      case SuperBlockLayout block -> {
        stride = block.planeBytes();
        at = offset + (long) (from / 256) * block.superBlockBytes() + block.planeOffset();
        bits = block.bits();
        centre = block.centre();
      }
    }
    IntegerLoops.sum(
        packed,
        at,
        stride,
        (to - from) / 32,
        bits,
        centre,
        pairs,
        pairsAt + from / 2,
        integerSums,
        sumsAt + from / 32,
        raw,
        sums);
    return true;
  }

  static FloatVector zero() {
    return FloatVector.zero(F);
  }

  static FloatVector load(float[] a, int at) {
    return FloatVector.fromArray(F, a, at);
  }

  private static void store(
      FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] y, int at) {
    a.intoArray(y, at);
    b.intoArray(y, at + LANES);
    c.intoArray(y, at + 2 * LANES);
    d.intoArray(y, at + 3 * LANES);
  }

  /**
   * F16 to f32, exact for finite numbers: the bits are shifted into place and the exponent is
   * corrected by 2^112.
   */
  static FloatVector half(MemorySegment w, long at) {
    IntVector bits =
        (IntVector) ShortVector.fromMemorySegment(HALF, w, at, LE).convertShape(S2I, I, 0);
    return bits.lanewise(LSHL, 13).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f);
  }

  static FloatVector bfloat(MemorySegment w, long at) {
    IntVector bits =
        (IntVector) ShortVector.fromMemorySegment(HALF, w, at, LE).convertShape(S2I, I, 0);
    return bits.lanewise(LSHL, 16).reinterpretAsFloats();
  }

  static FloatVector bytes(MemorySegment w, long at) {
    // the smallest byte vector has twice the lanes of a 128-bit F: it must not read past the end
    if (QUARTER.length() > LANES && at > w.byteSize() - QUARTER.length()) {
      return (FloatVector)
          ByteVector.fromMemorySegment(QUARTER, w, at - LANES, LE).convertShape(B2F, F, 1);
    }
    return (FloatVector) ByteVector.fromMemorySegment(QUARTER, w, at, LE).convertShape(B2F, F, 0);
  }
}
