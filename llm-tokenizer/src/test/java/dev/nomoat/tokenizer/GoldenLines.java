package dev.nomoat.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Test data of what a reference makes of texts: lines of fields parted by tabs, where {@code
 * \}{@code uXXXX} stands for everything but printable ASCII.
 */
final class GoldenLines {
  private GoldenLines() {}

  static byte[] bytes(String name) throws IOException {
    try (InputStream in = GoldenLines.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  static String text(String name) throws IOException {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  /** The fields of every line. */
  static List<String[]> read(String name) throws IOException {
    return text(name).lines().map(line -> line.split("\t", -1)).toList();
  }

  static String unescape(String field) {
    var text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\') {
        text.append((char) Integer.parseInt(field, i + 2, i + 6, 16));
        i += 5;
      } else {
        text.append(field.charAt(i));
      }
    }
    return text.toString();
  }

  static int[] ids(String field) {
    return Stream.of(field.split(" "))
        .filter(id -> !id.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }
}
