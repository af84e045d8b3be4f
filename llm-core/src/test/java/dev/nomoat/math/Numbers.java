package dev.nomoat.math;

import java.util.Random;

/** Random numbers, and hashes of results. */
final class Numbers {
  private static final long FNV_PRIME = 0x100000001b3L;

  private Numbers() {}

  /** Numbers between −1 and 1. */
  static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }

  /** FNV-1a over the bits of each number. */
  static String hash(float[] numbers) {
    long hash = 0xcbf29ce484222325L;
    for (float number : numbers) {
      hash = (hash ^ Float.floatToRawIntBits(number)) * FNV_PRIME;
    }
    return "%016x".formatted(hash);
  }
}
