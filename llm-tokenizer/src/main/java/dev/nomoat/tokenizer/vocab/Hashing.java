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
    // The length in the top byte keeps "a" and "a\0" apart.
    long tail;
    if (length >= 4) {
      tail = (int) INT.get(bytes, from) & 0xFFFFFFFFL;
      for (int at = from + 4, shift = 32; at < to; at++, shift += 8) {
        tail |= (bytes[at] & 0xFFL) << shift;
      }
    } else {
      tail = 0;
      for (int at = from, shift = 0; at < to; at++, shift += 8) {
        tail |= (bytes[at] & 0xFFL) << shift;
      }
    }
    return mix(tail ^ ((long) length << 56));
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
