package dev.nomoat.tokenizer.bpe;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The alphabet in which byte-level vocabularies are written: every byte is one printable character.
 * Bytes that are printable in Latin-1 stand for themselves, the other 68 are U+0100 and on, in
 * order.
 *
 * <p>Source: {@code bytes_to_unicode} of OpenAI's GPT-2 encoder.
 */
public final class ByteAlphabet {
  private static final int LETTERS = 0x100 + 68;
  private static final char[] CHARS = new char[256];

  /** By character: the byte, or -1. */
  private static final short[] BYTES = new short[LETTERS];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      CHARS[value] = printable ? (char) value : next++;
      BYTES[CHARS[value]] = (short) value;
    }
  }

  private ByteAlphabet() {}

  /**
   * The character that stands for a byte.
   *
   * @param value the byte, 0 to 255
   * @return its character
   */
  public static char toChar(int value) {
    return CHARS[value];
  }

  /**
   * The bytes that a token's text stands for.
   *
   * @param text the text as the vocabulary has it
   * @return the bytes, or null if the text is not written in this alphabet
   */
  public static byte @Nullable [] toBytes(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char letter = text.charAt(i);
      if (letter >= LETTERS || BYTES[letter] < 0) {
        return null;
      }
      bytes[i] = (byte) BYTES[letter];
    }
    return bytes;
  }
}
