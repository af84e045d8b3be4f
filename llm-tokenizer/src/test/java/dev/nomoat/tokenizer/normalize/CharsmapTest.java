package dev.nomoat.tokenizer.normalize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Character maps made by hand, most of them hostile. */
@Timeout(60)
class CharsmapTest {
  private static final int LEAF = 1 << 8;

  /** A trie of 256 units and more, whose root has its children at their labels. */
  private static int[] units(int size) {
    int[] units = new int[size];
    // No label that is asked for is that of an empty unit, nor that of the root.
    Arrays.fill(units, 1 << 31);
    units[0] = 0;
    return units;
  }

  private static int unit(int label, int offset, int flags) {
    return label | offset << 10 | flags;
  }

  private static byte[] map(int[] units, String replacements) {
    byte[] text = replacements.getBytes(StandardCharsets.UTF_8);
    ByteBuffer map =
        ByteBuffer.allocate(4 + 4 * units.length + text.length).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(4 * units.length);
    for (int unit : units) {
      map.putInt(unit);
    }
    return map.put(text).array();
  }

  /** {@code a} becomes {@code xy}; {@code ab}, which must not go on, nothing. */
  private static int[] good() {
    int[] units = units(1024);
    units['a'] = unit('a', 'a' ^ 256, LEAF);
    units[256] = 1 << 31;
    units[256 ^ 'b'] = unit('b', 256 ^ 'b' ^ 512, LEAF);
    units[512] = 1 << 31 | 3;
    return units;
  }

  private static String normalized(byte[] map, String text) {
    var spaces =
        new SentencePieceNormalizer.Spaces(
            SentencePieceNormalizer.Dummy.NONE, false, SentencePieceNormalizer.Written.AS_SPACE);
    var buffer = new TextBuffer(false);
    byte[] bytes = Utf8.withRoom(Utf8.encode(text), 1);
    buffer.read(bytes, 1, bytes.length);
    new SentencePieceNormalizer(Charsmap.of(map), new ByteTrie(), spaces).apply(buffer);
    return buffer.text();
  }

  private static void assertRefused(byte[] map, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> Charsmap.of(map)).withMessage(message);
  }

  @Test
  void replacesTheLongestMatch() {
    assertThat(normalized(map(good(), "xy\0\0"), "aabcab")).isEqualTo("xyc");
    assertThat(normalized(map(good(), "xy\0\0"), "caba")).isEqualTo("cxy");
    assertThat(normalized(map(good(), "xy\0\0"), "b\0")).isEqualTo("b\0");
  }

  @Test
  void refusesAMapThatIsCutOff() {
    byte[] good = map(good(), "xy\0\0");
    assertRefused(new byte[3], "A character map of 3 bytes");
    assertRefused(new byte[4], "A character map with a trie of 0 bytes in 4 bytes");
    for (int length : new int[] {8, 100, 4099}) {
      assertRefused(
          Arrays.copyOf(good, length),
          "A character map with a trie of 4096 bytes in %d bytes".formatted(length));
    }
    assertRefused(
        Arrays.copyOf(good, good.length - 2),
        "The last replacement of a character map does not end");
    assertRefused(
        Arrays.copyOf(good, 4100),
        "Unit 97 of the trie of a character map leads to a replacement that is not there");
  }

  @Test
  void refusesValuesAndUnitsThatAreNotThere() {
    int[] value = good();
    value[512] = 1 << 31 | 4;
    assertRefused(
        map(value, "xy\0\0"),
        "Unit 354 of the trie of a character map leads to a replacement that is not there");
    int[] place = good();
    place['a'] = unit('a', 2000, LEAF);
    assertRefused(
        map(place, "xy\0\0"),
        "Unit 97 of the trie of a character map leads to a replacement that is not there");
    int[] farAway = good();
    farAway['c'] = unit('c', 0x3FFFFF, 1 << 9);
    assertThat(normalized(map(farAway, "xy\0\0"), "cca")).isEqualTo("ccxy");
  }

  @Test
  void refusesEndlessTries() {
    int[] self = good();
    self['c'] = unit('c', 'c', 0);
    assertRefused(map(self, "xy\0\0"), "The trie of a character map is endless");
    int[] twoSteps = good();
    twoSteps['d'] = unit('d', 'd' ^ 768, 0);
    twoSteps[768 ^ 'e'] = unit('e', 768 ^ 'e', 0);
    assertRefused(map(twoSteps, "xy\0\0"), "The trie of a character map is endless");
  }

  @Test
  void refusesLongKeysButSharesEndsOfKeys() {
    for (int length : new int[] {256, 257}) {
      int[] units = units((length + 1) * 256);
      int at = 0;
      for (int i = 1; i <= length; i++) {
        int base = (i - 1) * 256;
        units[at] = unit(units[at] & 0xFF, at ^ base, 0);
        at = base ^ 'k';
        units[at] = unit('k', 0, 0);
        // A second way to the next unit: so there are 2^256 keys.
        units[base ^ 'l'] = unit('l', base ^ 'l' ^ (i * 256), 0);
      }
      units[at] = unit('k', at ^ (length * 256), LEAF);
      units[length * 256 - 256 ^ 'l'] = unit('l', length * 256 - 256 ^ 'l' ^ (length * 256), LEAF);
      units[length * 256] = 1 << 31;
      byte[] map = map(units, "z\0");
      if (length == 256) {
        assertThat(normalized(map, "kl".repeat(256) + "k")).isEqualTo("zzk");
      } else {
        assertRefused(map, "A key of a character map is longer than 256 bytes");
      }
    }
  }

  /** What has been read never fails, whatever the text is. */
  @Test
  void survivesMutation() {
    var random = new Random(59);
    byte[] good = map(good(), "xy\0\0");
    int read = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int i = 0; i < 40; i++) {
        int unit = random.nextInt(1024);
        bad[4 + 4 * unit + random.nextInt(4)] = (byte) random.nextInt(256);
        // Units that are reached.
        bad[4 + 4 * unit] = (byte) unit;
        bad[4 + 4 * unit + 3] &= 0x7F;
      }
      try {
        Charsmap.of(bad);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("character map");
        continue;
      }
      read++;
      byte[] text = new byte[300];
      random.nextBytes(text);
      assertThat(normalized(bad, new String(text, StandardCharsets.UTF_8) + "abab")).isNotNull();
    }
    assertThat(read).isGreaterThan(10);
  }
}
