package dev.nomoat.file.gguf;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strict conversions between text and UTF-8: nothing is replaced, faults are reported. */
final class Utf8 {
  private Utf8() {}

  /** The text, or empty if the bytes are not UTF-8. */
  static Optional<String> decode(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The bytes of a text; an unpaired surrogate is an {@link IllegalArgumentException}. */
  static byte[] encode(String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text with an unpaired surrogate: " + quote(text), e);
    }
  }

  /** Text from a file for a message: in quotes, short, without control characters. */
  static String quote(String text) {
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
