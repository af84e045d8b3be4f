package dev.nomoat.cache;

import dev.nomoat.CacheType;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What a cache makes of numbers, said without it. */
public final class Kept {
  private static final int BLOCK = 32;

  private Kept() {}

  /** A head's key or value as it is read again. */
  public static float[] head(CacheType type, float[] numbers) {
    TensorType blocks = TensorType.valueOf(type.name());
    int padded = Math.ceilDiv(numbers.length, BLOCK) * BLOCK;
    MemorySegment row = MemorySegment.ofArray(new byte[Math.toIntExact(blocks.rowBytes(padded))]);
    float[] decoded = new float[padded];
    BlockCodec.of(blocks).encode(Arrays.copyOf(numbers, padded), 0, row, 0, padded);
    BlockCodec.of(blocks).decode(row, 0, decoded, 0, padded);
    return Arrays.copyOf(decoded, numbers.length);
  }

  /** Some heads one after the other. */
  public static float[] heads(CacheType type, float[] numbers, int dim) {
    float[] kept = new float[numbers.length];
    for (int at = 0; at < numbers.length; at += dim) {
      System.arraycopy(head(type, Arrays.copyOfRange(numbers, at, at + dim)), 0, kept, at, dim);
    }
    return kept;
  }
}
