package dev.nomoat.quant.simd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * F16 numbers as f32. The Vector API has no such conversion, but of this loop the compiler makes
 * the processor's own, which subnormal numbers do not slow down.
 */
public final class Halves {
  static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Halves() {}

  /**
   * Decodes numbers, infinite ones and NaN included.
   *
   * @param source memory that holds them, little-endian
   * @param offset where they begin, in bytes
   * @param target receives them
   * @param at where
   * @param count how many
   */
  public static void decode(MemorySegment source, long offset, float[] target, int at, int count) {
    for (int i = 0; i < count; i++) {
      target[at + i] = Float.float16ToFloat(source.get(HALF, offset + 2L * i));
    }
  }
}
