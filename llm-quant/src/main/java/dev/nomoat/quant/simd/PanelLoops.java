package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.QuantPlane.NIBBLE_BYTES;
import static dev.nomoat.quant.packed.QuantPlane.NIBBLE_STRIDE;
import static dev.nomoat.quant.packed.QuantPlane.PAIRS;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.STRIP;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BlockLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.PlainLayout;
import dev.nomoat.quant.packed.QuantPlane;
import dev.nomoat.quant.packed.SuperBlockLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Packed memory to f32 panels and scales. */
final class PanelLoops {
  private PanelLoops() {}

  static void readPanel(
      PackedLayout layout, MemorySegment w, long offset, int from, int to, float[] panel) {
    assert from >= 0
            && from < to
            && to - from <= PackedLayout.PANEL
            && from % PackedLayout.PANEL == 0
        : "columns %d to %d of %s, at most %d"
            .formatted(from, to, layout.type(), PackedLayout.PANEL);
    assert (to - from) * GROUP <= panel.length
        : "%d columns of %d rows in %d numbers".formatted(to - from, GROUP, panel.length);
    assert offset >= 0 && offset < w.byteSize()
        : "a group at byte %d of %d".formatted(offset, w.byteSize());
    long at;
    int stride;
    int bits;
    int centre;
    switch (layout) {
      case PlainLayout plain -> {
        switch (plain.type()) {
          case F32 -> plainF32(plain, w, offset, from, to, panel);
          case F16 -> plainF16(plain, w, offset, from, to, panel);
          default -> plainBf16(plain, w, offset, from, to, panel);
        }
        return;
      }
      case BlockLayout block -> {
        stride = block.blockBytes();
        at = offset + (long) (from / QuantPlane.COLUMNS) * stride + block.planeOffset();
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
    for (int k = 0; k < to - from; k += QuantPlane.COLUMNS, at += stride) {
      plane(bits, w, at, centre, panel, k * GROUP);
    }
  }

  static void readScales(
      PackedLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int to,
      float[] scale,
      float[] minimum) {
    assert from >= 0
            && from < to
            && to - from <= PackedLayout.PANEL
            && from % PackedLayout.PANEL == 0
        : "columns %d to %d of %s, at most %d"
            .formatted(from, to, layout.type(), PackedLayout.PANEL);
    assert offset >= 0 && offset < w.byteSize()
        : "a group at byte %d of %d".formatted(offset, w.byteSize());
    switch (layout) {
      case PlainLayout plain -> {}
      case BlockLayout block -> {
        int blocks = (to - from) / QuantPlane.COLUMNS;
        long at = offset + (long) (from / QuantPlane.COLUMNS) * block.blockBytes();
        for (int part = 0; part <= (block.hasMinimum() ? 1 : 0); part++) {
          scales(
              w, at + part * 2L * GROUP, block.blockBytes(), blocks, part == 0 ? scale : minimum);
        }
      }
      case SuperBlockLayout block -> {
        long at = offset + (long) (from / 256) * block.superBlockBytes();
        long bytes = at + block.subScaleOffset();
        int runs = 256 / block.scaleColumns();
        for (int part = 0; part <= (block.hasMinimum() ? 1 : 0); part++) {
          float[] target = part == 0 ? scale : minimum;
          subScales(
              w, at + part * 2L * GROUP, bytes + part * 8L * GROUP, runs, 1 - 2 * part, target);
        }
      }
    }
  }

  /** F16 scales of blocks, {@code scale[block][64]}. */
  private static void scales(MemorySegment w, long offset, long stride, int blocks, float[] scale) {
    assert offset >= 0 && stride > 0 && offset <= w.byteSize() - (blocks - 1) * stride - 2 * GROUP
        : "%d blocks of %d bytes for %d rows at byte %d of %d"
            .formatted(blocks, stride, GROUP, offset, w.byteSize());
    assert blocks > 0 && blocks * GROUP <= scale.length
        : "%d blocks of %d bytes at byte %d: scales of %d rows in %d numbers"
            .formatted(blocks, stride, offset, GROUP, scale.length);
    long at = offset;
    for (int i = 0; i < blocks * GROUP; i += GROUP, at += stride) {
      for (int row = 0; row < GROUP; row += STRIP) {
        VectorLoops.half(w, at + 2L * row).intoArray(scale, i + row);
        VectorLoops.half(w, at + 2L * (row + LANES)).intoArray(scale, i + row + LANES);
        VectorLoops.half(w, at + 2L * (row + 2 * LANES)).intoArray(scale, i + row + 2 * LANES);
        VectorLoops.half(w, at + 2L * (row + 3 * LANES)).intoArray(scale, i + row + 3 * LANES);
      }
    }
  }

  /** F16 scales times bytes, {@code scale[run][64]}, times {@code sign}. */
  private static void subScales(
      MemorySegment w, long offset, long bytes, int runs, float sign, float[] scale) {
    assert offset >= 0 && bytes >= offset + 2 * GROUP && bytes <= w.byteSize() - (long) runs * GROUP
        : "%d runs of %d rows with scales at byte %d and sub-scales at byte %d of %d"
            .formatted(runs, GROUP, offset, bytes, w.byteSize());
    assert sign == 1 || sign == -1
        : "sign %f for %d runs of %d rows at byte %d".formatted(sign, runs, GROUP, offset);
    assert runs > 0 && runs * GROUP <= scale.length
        : "%d runs at byte %d: scales of %d rows, sub-scales at byte %d, in %d numbers"
            .formatted(runs, offset, GROUP, bytes, scale.length);
    for (int row = 0; row < GROUP; row += LANES) {
      FloatVector d = VectorLoops.half(w, offset + 2L * row).mul(sign);
      long at = bytes + row;
      for (int i = row; i < runs * GROUP; i += GROUP, at += GROUP) {
        VectorLoops.bytes(w, at).mul(d).intoArray(scale, i);
      }
    }
  }

  private static void plainF32(
      PlainLayout layout, MemorySegment w, long offset, int from, int to, float[] panel) {
    int count = (to - from) * GROUP;
    assert from >= 0 && from < to && count <= panel.length
        : "columns %d to %d of %s, %d rows, in %d numbers"
            .formatted(from, to, layout.type(), GROUP, panel.length);
    assert count % (4 * LANES) == 0
        : "columns %d to %d of %s: %d numbers are no whole strips of %d"
            .formatted(from, to, layout.type(), count, 4 * LANES);
    assert offset >= 0 && offset + layout.groupBytes(to) <= w.byteSize()
        : "columns %d to %d of %s at byte %d of %d"
            .formatted(from, to, layout.type(), offset, w.byteSize());
    long at = offset + 4L * GROUP * from;
    for (int i = 0; i < count; i += LANES) {
      FloatVector.fromMemorySegment(VectorLoops.F, w, at + 4L * i, LE).intoArray(panel, i);
    }
  }

  private static void plainF16(
      PlainLayout layout, MemorySegment w, long offset, int from, int to, float[] panel) {
    int count = (to - from) * GROUP;
    assert from >= 0 && from < to && count <= panel.length
        : "columns %d to %d of %s, %d rows, in %d numbers"
            .formatted(from, to, layout.type(), GROUP, panel.length);
    assert count % (4 * LANES) == 0
        : "columns %d to %d of %s: %d numbers are no whole strips of %d"
            .formatted(from, to, layout.type(), count, 4 * LANES);
    assert offset >= 0 && offset + layout.groupBytes(to) <= w.byteSize()
        : "columns %d to %d of %s at byte %d of %d"
            .formatted(from, to, layout.type(), offset, w.byteSize());
    long at = offset + 2L * GROUP * from;
    for (int i = 0; i < count; i += LANES) {
      VectorLoops.half(w, at + 2L * i).intoArray(panel, i);
    }
  }

  private static void plainBf16(
      PlainLayout layout, MemorySegment w, long offset, int from, int to, float[] panel) {
    int count = (to - from) * GROUP;
    assert from >= 0 && from < to && count <= panel.length
        : "columns %d to %d of %s, %d rows, in %d numbers"
            .formatted(from, to, layout.type(), GROUP, panel.length);
    assert count % (4 * LANES) == 0
        : "columns %d to %d of %s: %d numbers are no whole strips of %d"
            .formatted(from, to, layout.type(), count, 4 * LANES);
    assert offset >= 0 && offset + layout.groupBytes(to) <= w.byteSize()
        : "columns %d to %d of %s at byte %d of %d"
            .formatted(from, to, layout.type(), offset, w.byteSize());
    long at = offset + 2L * GROUP * from;
    for (int i = 0; i < count; i += LANES) {
      VectorLoops.bfloat(w, at + 2L * i).intoArray(panel, i);
    }
  }

  private static void plane(
      int bits, MemorySegment w, long offset, int centre, float[] panel, int to) {
    switch (bits) {
      case 4 -> plane4(w, offset, centre, panel, to);
      case 5 -> plane5(w, offset, centre, panel, to);
      case 6 -> plane6(w, offset, centre, panel, to);
      default -> plane8(w, offset, panel, to);
    }
  }

  private static void plane8(MemorySegment w, long offset, float[] panel, int to) {
    for (int i = 0; i < QuantPlane.COLUMNS * GROUP; i += LANES) {
      VectorLoops.bytes(w, offset + i).intoArray(panel, to + i);
    }
  }

  private static void plane4(MemorySegment w, long offset, int centre, float[] panel, int to) {
    for (int pair = 0; pair < PAIRS; pair++) {
      int at = to + QuantPlane.column(pair) * GROUP;
      long nibbles = offset + (long) (pair >> 2) * NIBBLE_STRIDE;
      int shift = 4 * (pair & 3);
      for (int row = 0; row < GROUP; row += LANES) {
        IntVector v = load(w, nibbles + 4L * row);
        store(v.lanewise(LSHR, shift).and(15), centre, panel, at + row);
        store(v.lanewise(LSHR, shift + 16).and(15), centre, panel, at + 2 * GROUP + row);
      }
    }
  }

  private static void plane5(MemorySegment w, long offset, int centre, float[] panel, int to) {
    assert offset >= 0 && offset <= w.byteSize() - (NIBBLE_BYTES + NIBBLE_STRIDE)
        : "a plane of %d bits at byte %d of %d".formatted(5, offset, w.byteSize());
    assert to >= 0 && to + QuantPlane.COLUMNS * GROUP <= panel.length
        : "%d columns at %d of %d".formatted(QuantPlane.COLUMNS, to, panel.length);
    for (int pair = 0; pair < PAIRS; pair++) {
      int at = to + QuantPlane.column(pair) * GROUP;
      long nibbles = offset + (long) (pair >> 2) * NIBBLE_STRIDE;
      int shift = 4 * (pair & 3);
      for (int row = 0; row < GROUP; row += LANES) {
        IntVector v = load(w, nibbles + 4L * row);
        IntVector h = load(w, offset + NIBBLE_BYTES + 4L * row).lanewise(LSHR, pair);
        store(
            v.lanewise(LSHR, shift).and(15).or(h.and(1).lanewise(LSHL, 4)),
            centre,
            panel,
            at + row);
        h = h.lanewise(LSHR, 16).and(1).lanewise(LSHL, 4);
        store(v.lanewise(LSHR, shift + 16).and(15).or(h), centre, panel, at + 2 * GROUP + row);
      }
    }
  }

  private static void plane6(MemorySegment w, long offset, int centre, float[] panel, int to) {
    assert offset >= 0 && offset <= w.byteSize() - (NIBBLE_BYTES + 2 * NIBBLE_STRIDE)
        : "a plane of %d bits at byte %d of %d".formatted(6, offset, w.byteSize());
    assert to >= 0 && to + QuantPlane.COLUMNS * GROUP <= panel.length
        : "%d columns at %d of %d".formatted(QuantPlane.COLUMNS, to, panel.length);
    for (int pair = 0; pair < PAIRS; pair++) {
      int at = to + QuantPlane.column(pair) * GROUP;
      long nibbles = offset + (long) (pair >> 2) * NIBBLE_STRIDE;
      long upper = offset + NIBBLE_BYTES + (long) (pair >> 3) * NIBBLE_STRIDE;
      int shift = 4 * (pair & 3);
      for (int row = 0; row < GROUP; row += LANES) {
        IntVector v = load(w, nibbles + 4L * row);
        IntVector h = load(w, upper + 4L * row).lanewise(LSHR, 2 * (pair & 7));
        store(
            v.lanewise(LSHR, shift).and(15).or(h.and(3).lanewise(LSHL, 4)),
            centre,
            panel,
            at + row);
        h = h.lanewise(LSHR, 16).and(3).lanewise(LSHL, 4);
        store(v.lanewise(LSHR, shift + 16).and(15).or(h), centre, panel, at + 2 * GROUP + row);
      }
    }
  }

  private static IntVector load(MemorySegment w, long at) {
    return IntVector.fromMemorySegment(I, w, at, LE);
  }

  private static void store(IntVector q, int centre, float[] panel, int at) {
    ((FloatVector) q.sub(centre).convert(I2F, 0)).intoArray(panel, at);
  }
}
