package dev.nomoat.chat.json;

import dev.nomoat.chat.json.JsonValue.Constant;
import dev.nomoat.chat.json.JsonValue.JsonArray;
import dev.nomoat.chat.json.JsonValue.JsonNumber;
import dev.nomoat.chat.json.JsonValue.JsonObject;
import dev.nomoat.chat.json.JsonValue.JsonString;
import java.util.HexFormat;
import java.util.Locale;

/** Writes JSON. Values come from {@link JsonReader}, so their depth is limited. */
final class JsonWriter {
  private JsonWriter() {}

  static void write(JsonValue value, StringBuilder out) {
    switch (value) {
      case Constant constant -> out.append(constant.name().toLowerCase(Locale.ROOT));
      case JsonNumber number -> out.append(number.literal());
      case JsonString string -> quote(string.value(), out);
      case JsonArray array -> {
        char before = '[';
        for (JsonValue item : array.items()) {
          out.append(before);
          before = ',';
          write(item, out);
        }
        out.append(array.items().isEmpty() ? "[]" : "]");
      }
      case JsonObject object -> {
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
