package dev.nomoat.tokenizer.vocab;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * UTF-8 in both directions, with malformed input replaced by U+FFFD.
 *
 * <p>Decoding replaces each <em>maximal subpart</em> of an ill-formed sequence by one U+FFFD, as
 * chapter 3.9 of the Unicode standard recommends and as WHATWG, Python and Rust do. The JDK's
 * decoder differs for encoded surrogates, and encodes a lone surrogate as a question mark, hence
 * these methods.
 */
public final class Utf8 {
  /** What takes the place of malformed input. */
  public static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /**
   * The UTF-8 of a text, a lone surrogate becoming U+FFFD.
   *
   * @param text any text
   * @return its bytes, well-formed
   */
  public static byte[] encode(String text) {
    return replaceLoneSurrogates(text).getBytes(StandardCharsets.UTF_8);
  }

  private static String replaceLoneSurrogates(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return replaceLoneSurrogates(text, i);
      }
    }
    return text;
  }

  private static String replaceLoneSurrogates(String text, int from) {
    char[] chars = text.toCharArray();
    for (int i = from; i < chars.length; i++) {
      if (!Character.isSurrogate(chars[i])) {
        continue;
      }
      if (i + 1 < chars.length && Character.isSurrogatePair(chars[i], chars[i + 1])) {
        i++;
      } else {
        chars[i] = REPLACEMENT;
      }
    }
    return new String(chars);
  }

  /**
   * The text of a range of bytes.
   *
   * @param bytes holds the range
   * @param from its start
   * @param to its end, exclusive
   * @return the text, malformed and cut-off sequences as U+FFFD
   */
  public static String decode(byte[] bytes, int from, int to) {
    int wellFormed = wellFormedEnd(bytes, from, to);
    if (wellFormed == to) {
      return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }
    var text = new StringBuilder(to - from);
    int at = from;
    while (wellFormed < to) {
      text.append(new String(bytes, at, wellFormed - at, StandardCharsets.UTF_8));
      text.append(REPLACEMENT);
      int length = sequenceLength(bytes, wellFormed, to);
      at = length == 0 ? to : wellFormed - length;
      wellFormed = wellFormedEnd(bytes, at, to);
    }
    return text.append(new String(bytes, at, to - at, StandardCharsets.UTF_8)).toString();
  }

  /**
   * Where the bytes end that can be decoded whatever follows them.
   *
   * @param bytes holds the range
   * @param from its start, where a sequence starts
   * @param to its end, exclusive
   * @return {@code to}, or the start of a sequence that is cut off there, at most three bytes
   *     before
   */
  public static int completeEnd(byte[] bytes, int from, int to) {
    // A cut-off sequence is a lead byte and continuation bytes only, so the last lead byte decides.
    for (int at = to - 1; at >= Math.max(from, to - 3); at--) {
      if (!isContinuation(bytes[at])) {
        return sequenceLength(bytes, at, to) == 0 ? at : to;
      }
    }
    return to;
  }

  private static int wellFormedEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      int length = bytes[at] >= 0 ? 1 : sequenceLength(bytes, at, to);
      if (length <= 0) {
        return at;
      }
      at += length;
    }
    return to;
  }

  /**
   * The length of the sequence at a place.
   *
   * @param bytes holds the sequence
   * @param at its first byte
   * @param to the end of the bytes, exclusive
   * @return the length of a well-formed sequence; 0 if the bytes end before it does; minus the
   *     length of the maximal subpart if it is ill-formed
   */
  static int sequenceLength(byte[] bytes, int at, int to) {
    int lead = bytes[at] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
      return -1;
    }
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    for (int i = 1; i < length; i++) {
      if (at + i == to) {
        return 0;
      }
      int next = bytes[at + i] & 0xFF;
      boolean valid = i == 1 ? isSecond(lead, next) : (next & 0xC0) == 0x80;
      if (!valid) {
        return -i;
      }
    }
    return length;
  }

  /** Whether the byte may follow the lead byte: table 3-7 of the Unicode standard. */
  private static boolean isSecond(int lead, int next) {
    int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return low <= next && next <= high;
  }

  /**
   * Whether a byte of well-formed text continues a sequence.
   *
   * @param value the byte
   * @return whether it is no sequence's first
   */
  public static boolean isContinuation(byte value) {
    return (value & 0xC0) == 0x80;
  }

  /**
   * Where the sequence before a place of well-formed text starts.
   *
   * @param text well-formed UTF-8
   * @param at the first byte of a sequence, or the end of the text, but not its start
   * @return the first byte of the sequence before it
   */
  public static int before(byte[] text, int at) {
    int before = at - 1;
    while (isContinuation(text[before])) {
      before--;
    }
    return before;
  }

  /**
   * The length of the sequence that starts with a byte of well-formed text.
   *
   * @param lead the first byte
   * @return 1 to 4
   */
  public static int length(byte lead) {
    return lead >= 0 ? 1 : lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
  }

  /**
   * The code point that starts at a place of well-formed text.
   *
   * @param text well-formed UTF-8
   * @param at the first byte of a sequence
   * @return the code point
   */
  public static int codePoint(byte[] text, int at) {
    byte lead = text[at];
    return switch (length(lead)) {
      case 1 -> lead;
      case 2 -> (lead & 0x1F) << 6 | (text[at + 1] & 0x3F);
      case 3 -> (lead & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F);
      default ->
          (lead & 0x07) << 18
              | (text[at + 1] & 0x3F) << 12
              | (text[at + 2] & 0x3F) << 6
              | (text[at + 3] & 0x3F);
    };
  }

  /**
   * A copy with room in front, for algorithms that put something before the text.
   *
   * @param text the bytes
   * @param room how many bytes to leave free
   * @return {@code room} zeros, then the text
   */
  public static byte[] withRoom(byte[] text, int room) {
    byte[] copy = new byte[Math.addExact(text.length, room)];
    System.arraycopy(text, 0, copy, room, text.length);
    return copy;
  }

  /**
   * Whether two ranges hold the same bytes.
   *
   * @param a holds the first
   * @param fromA its start
   * @param b holds the second
   * @param fromB its start
   * @param length the length of both
   * @return whether they are equal
   */
  public static boolean equal(byte[] a, int fromA, byte[] b, int fromB, int length) {
    return Arrays.equals(a, fromA, fromA + length, b, fromB, fromB + length);
  }
}
