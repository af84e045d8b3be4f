package dev.nomoat.tokenizer.json;

import java.util.HexFormat;

/** Writes JSON. It may recurse: values come from {@link JsonParser}, which limits their depth. */
final class JsonWriter {
  private JsonWriter() {}

  static void write(Json value, StringBuilder out) {
    switch (value) {
      case Json.NullValue _ -> out.append("null");
      case Json.BoolValue bool -> out.append(bool.value());
      case Json.NumberValue number -> out.append(number.digits());
      case Json.TextValue text -> quote(text.value(), out);
      case Json.ArrayValue array -> {
        char before = '[';
        for (Json element : array.elements()) {
          out.append(before);
          before = ',';
          write(element, out);
        }
        out.append(array.elements().isEmpty() ? "[]" : "]");
      }
      case Json.ObjectValue object -> {
        char before = '{';
        for (var member : object.members().entrySet()) {
          out.append(before);
          before = ',';
          quote(member.getKey(), out);
          out.append(':');
          write(member.getValue(), out);
        }
        out.append(object.members().isEmpty() ? "{}" : "}");
      }
    }
  }

  private static void quote(String string, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || (Character.isSurrogate(c) && !isPaired(string, i))) {
            out.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isPaired(String string, int i) {
    return Character.isHighSurrogate(string.charAt(i))
        ? i + 1 < string.length() && Character.isLowSurrogate(string.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(string.charAt(i - 1));
  }
}
