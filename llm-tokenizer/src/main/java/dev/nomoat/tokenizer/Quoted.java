package dev.nomoat.tokenizer;

/** Text from a vocabulary for a message: in quotes, short, without control characters. */
final class Quoted {
  private static final int LIMIT = 60;

  private Quoted() {}

  static String of(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints()
        .limit(LIMIT)
        .forEach(
            codePoint -> {
              if (Character.isISOControl(codePoint)) {
                quoted.append("\\u%04x".formatted(codePoint));
              } else {
                quoted.appendCodePoint(codePoint);
              }
            });
    return quoted.append(text.codePointCount(0, text.length()) > LIMIT ? "…\"" : "\"").toString();
  }
}
