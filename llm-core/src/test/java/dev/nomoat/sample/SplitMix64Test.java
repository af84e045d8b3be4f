package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
  @Test
  void givesThePublishedSequence() {
    SplitMix64 random = new SplitMix64(1234567);
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("6457827717110365317");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("3203168211198807973");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("9817491932198370423");
  }

  @Test
  void agreesWithTheOneOfTheJdk() {
    for (long seed : new long[] {0, 1, -1, Long.MIN_VALUE, 0x123456789abcdefL}) {
      SplitMix64 random = new SplitMix64(seed);
      SplittableRandom expected = new SplittableRandom(seed);
      for (int i = 0; i < 100; i++) {
        assertThat(random.nextLong()).isEqualTo(expected.nextLong());
      }
    }
  }

  @Test
  void fractionsLieBelowOne() {
    SplitMix64 random = new SplitMix64(3);
    SplitMix64 bits = new SplitMix64(3);
    for (int i = 0; i < 1000; i++) {
      assertThat(random.nextDouble())
          .isGreaterThanOrEqualTo(0)
          .isLessThan(1)
          .isEqualTo((bits.nextLong() >>> 11) / Math.pow(2, 53));
    }
  }
}
