package dev.nomoat.model.huggingface;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON as Python writes it, with {@code Infinity} and {@code NaN}, which are no JSON. */
final class PythonJson {
  private static final Pattern TEXT_OR_NUMBER =
      Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|-?Infinity|NaN", Pattern.DOTALL);

  private PythonJson() {}

  /** The same with a number that is read as infinite, and with null. */
  static String toJson(String python) {
    return TEXT_OR_NUMBER
        .matcher(python)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    switch (match.group()) {
                      case "Infinity" -> "1e999";
                      case "-Infinity" -> "-1e999";
                      case "NaN" -> "null";
                      default -> match.group();
                    }));
  }
}
