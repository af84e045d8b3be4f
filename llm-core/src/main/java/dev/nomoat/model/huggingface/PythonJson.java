package dev.nomoat.model.huggingface;

/** JSON as Python writes it, with {@code Infinity} and {@code NaN}, which are no JSON. */
final class PythonJson {
  private static final String INFINITY = "Infinity";
  private static final String NAN = "NaN";

  private PythonJson() {}

  /** The same with a number that is read as infinite, and with null. */
  static String toJson(String python) {
    StringBuilder json = new StringBuilder(python.length());
    boolean text = false;
    int i = 0;
    while (i < python.length()) {
      char c = python.charAt(i);
      if (!text && python.startsWith(INFINITY, i)) {
        json.append("1e999");
        i += INFINITY.length();
      } else if (!text && python.startsWith(NAN, i)) {
        json.append("null");
        i += NAN.length();
      } else if (text && c == '\\' && i + 1 < python.length()) {
        json.append(c).append(python.charAt(i + 1));
        i += 2;
      } else {
        text ^= c == '"';
        json.append(c);
        i++;
      }
    }
    return json.toString();
  }
}
