package dev.nomoat.tokenizer.vocab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Hashes for the open-addressing tables. Seeded anew in every process, so that no file can be made
 * whose tokens all collide; no result depends on the seed.
 */
public final class Hashing {
  private static final long SEED = new SplittableRandom().nextLong();

  private static final long MULTIPLIER = SEED | 1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Hashing() {}

  /**
   * Mixes a key; the finalizer of MurmurHash3 after the seed.
   *
   * @param key any value
   * @return a hash, all of whose bits are good
   */
  public static long mix(long key) {
    long h = key ^ SEED;
    h = (h ^ (h >>> 33)) * 0xFF51AFD7ED558CCDL;
    h = (h ^ (h >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return h ^ (h >>> 33);
  }

  /**
   * Mixes a key, quicker than {@link #mix}: multiply-shift hashing, by Dietzfelbinger and others.
   *
   * @param key any value
   * @return a hash whose highest bits are good
   */
  static long multiply(long key) {
    return key * MULTIPLIER;
  }

  /**
   * Hashes a range of bytes.
   *
   * @param bytes holds the range
   * @param from its start
   * @param to its end, exclusive
   * @return a hash, all of whose bits are good
   */
  static long hash(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length >= 8) {
      long h = length;
      for (int at = from; at < to - 8; at += 8) {
        h = mix(h ^ (long) LONG.get(bytes, at));
      }
      return mix(h ^ (long) LONG.get(bytes, to - 8));
    }
    if (length >= 4) {
      long first = (int) INT.get(bytes, from) & 0xFFFFFFFFL;
      return mix(first ^ (long) (int) INT.get(bytes, to - 4) << 32 ^ (long) length << 24);
    }
    if (length == 0) {
      return mix(0);
    }
    // Up to three bytes are the first, the middle and the last.
    int middle = bytes[from + (length >> 1)] & 0xFF;
    return mix(
        (bytes[from] & 0xFF) | middle << 8 | (bytes[to - 1] & 0xFF) << 16 | (long) length << 24);
  }

  /**
   * The capacity of a table, a power of two that is at least half empty.
   *
   * @param entries how many entries it will hold
   * @return the number of slots
   * @throws IllegalArgumentException if there are too many
   */
  public static int capacity(int entries) {
    if (entries > 1 << 28) {
      throw new IllegalArgumentException("%d entries are too many for a table".formatted(entries));
    }
    return Integer.highestOneBit(Math.max(entries, 2) * 2 - 1) * 2;
  }
}
