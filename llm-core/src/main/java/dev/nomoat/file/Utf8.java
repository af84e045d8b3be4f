package dev.nomoat.file;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strict conversions between text and UTF-8: nothing is replaced, faults are reported. */
public final class Utf8 {
  private Utf8() {}

  /**
   * Decodes bytes.
   *
   * @param bytes all of a text
   * @return the text, or empty if the bytes are not UTF-8
   */
  public static Optional<String> decode(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * Encodes a text.
   *
   * @param text the text
   * @return its bytes
   * @throws IllegalArgumentException if it has an unpaired surrogate
   */
  public static byte[] encode(String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text with an unpaired surrogate: " + quote(text), e);
    }
  }

  /**
   * Shows text from a file in a message.
   *
   * @param text any text
   * @return the text in quotes, shortened, with escapes for control characters
   */
  public static String quote(String text) {
    int limit = 60;
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .limit(limit)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.append(text.codePointCount(0, text.length()) > limit ? "…\"" : "\"").toString();
  }
}
