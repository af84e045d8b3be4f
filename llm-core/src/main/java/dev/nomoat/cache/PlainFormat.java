package dev.nomoat.cache;

import static dev.nomoat.cache.CacheShape.CHUNK;
import static dev.nomoat.cache.CacheShape.PAGE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nomoat.quant.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers one after the other, each for itself. */
enum PlainFormat implements PageFormat {
  /** Four bytes a number. */
  F32(4) {
    @Override
    void put(MemorySegment page, long at, float v) {
      page.set(JAVA_FLOAT, at, v);
    }

    @Override
    void read(MemorySegment page, long at, int count, Kernels kernels, float[] target, int to) {
      MemorySegment.copy(page, JAVA_FLOAT, at, target, to, count);
    }
  },
  /** Two bytes a number. */
  F16(2) {
    @Override
    void put(MemorySegment page, long at, float v) {
      page.set(HALF, at, Float.floatToFloat16(v));
    }

    @Override
    void read(MemorySegment page, long at, int count, Kernels kernels, float[] target, int to) {
      kernels.decodeHalves(page, at, target, to, count);
    }
  };

  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes; // of a number

  PlainFormat(int bytes) {
    this.bytes = bytes;
  }

  abstract void put(MemorySegment page, long at, float v);

  abstract void read(
      MemorySegment page, long at, int count, Kernels kernels, float[] target, int to);

  @Override
  public long keyBytes(int dim) {
    return (long) dim * PAGE * bytes;
  }

  @Override
  public long valueBytes(int dim) {
    return (long) dim * PAGE * bytes;
  }

  @Override
  public void storeKey(MemorySegment page, long at, int dim, int slot, float[] key, int keyAt) {
    for (int d = 0; d < dim; d++) {
      put(page, at + (long) bytes * (d * PAGE + slot), key[keyAt + d]);
    }
  }

  @Override
  public void storeValue(
      MemorySegment page, long at, int dim, int slot, float[] value, int valueAt) {
    for (int first = 0; first < dim; first += CHUNK) {
      int width = Math.min(CHUNK, dim - first);
      long to = at + (long) bytes * (first * PAGE + slot * width);
      for (int i = 0; i < width; i++) {
        put(page, to + (long) bytes * i, value[valueAt + first + i]);
      }
    }
  }

  @Override
  public void readKeys(MemorySegment page, long at, int dim, Kernels kernels, float[] target) {
    read(page, at, PAGE * dim, kernels, target, 0);
  }

  @Override
  public void readValues(
      MemorySegment page, long at, int dim, int positions, Kernels kernels, float[] target) {
    for (int first = 0; first < dim; first += CHUNK) {
      int width = Math.min(CHUNK, dim - first);
      long from = at + (long) bytes * first * PAGE;
      int to = first * PAGE;
      if (width == CHUNK) {
        read(page, from, positions * width, kernels, target, to);
      } else {
        for (int p = 0; p < positions; p++, from += (long) bytes * width, to += CHUNK) {
          read(page, from, width, kernels, target, to);
        }
      }
    }
  }
}
