package dev.nomoat.chat.json;

import dev.nomoat.chat.json.JsonValue.Constant;
import dev.nomoat.chat.json.JsonValue.JsonArray;
import dev.nomoat.chat.json.JsonValue.JsonNumber;
import dev.nomoat.chat.json.JsonValue.JsonObject;
import dev.nomoat.chat.json.JsonValue.JsonString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON strictly as RFC 8259 has it. Of members with the same name the last one counts, at the
 * place of the first.
 */
public final class JsonReader {
  /** How deep arrays and objects may nest. */
  private static final int DEPTH = 200;

  private final String text;
  private int at;
  private int depth;

  private JsonReader(String text, int from) {
    this.text = text;
    this.at = from;
  }

  /**
   * Reads a text that is one value.
   *
   * @param text JSON
   * @return the value
   * @throws JsonException if it is none, or nests deeper than 200 levels
   */
  public static JsonValue read(String text) {
    var reader = new JsonReader(text, 0);
    JsonValue value = reader.value();
    reader.skipSpace();
    if (reader.at < text.length()) {
      throw reader.error("the end is expected");
    }
    return value;
  }

  /**
   * Reads an object.
   *
   * @param text JSON
   * @return the object
   * @throws JsonException if it is none
   */
  public static JsonObject readObject(String text) {
    if (read(text) instanceof JsonObject object) {
      return object;
    }
    throw new JsonException(0, "an object is expected");
  }

  /**
   * A value at the start of a text, and where it ends.
   *
   * @param value the value
   * @param end the place behind it
   */
  public record Prefix(JsonValue value, int end) {}

  /**
   * Reads a value that more text may follow.
   *
   * @param text the text
   * @param from where the value begins, white space aside
   * @return the value
   * @throws JsonException if there is none
   */
  public static Prefix readPrefix(String text, int from) {
    var reader = new JsonReader(text, from);
    JsonValue value = reader.value();
    return new Prefix(value, reader.at);
  }

  private JsonException error(String message) {
    return new JsonException(at, message);
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void skipSpace() {
    while (" \t\n\r".indexOf(peek()) >= 0) {
      at++;
    }
  }

  private JsonValue value() {
    skipSpace();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new JsonString(string());
      case 't' -> constant("true", Constant.TRUE);
      case 'f' -> constant("false", Constant.FALSE);
      case 'n' -> constant("null", Constant.NULL);
      default -> number();
    };
  }

  private JsonValue constant(String word, Constant constant) {
    if (!text.startsWith(word, at)) {
      throw error("a value is expected");
    }
    at += word.length();
    return constant;
  }

  private void open() {
    at++;
    if (++depth > DEPTH) {
      throw error("values nest deeper than %d levels".formatted(DEPTH));
    }
    skipSpace();
  }

  /** Goes on behind an item: true if another one follows, false if {@code close} ends them. */
  private boolean another(char close) {
    skipSpace();
    char c = peek();
    if (c != ',' && c != close) {
      throw error("',' or '%s' is expected".formatted(close));
    }
    at++;
    depth -= c == close ? 1 : 0;
    return c == ',';
  }

  private JsonValue array() {
    open();
    List<JsonValue> items = new ArrayList<>();
    if (peek() == ']') {
      another(']');
      return new JsonArray(items);
    }
    do {
      items.add(value());
    } while (another(']'));
    return new JsonArray(items);
  }

  private JsonValue object() {
    open();
    Map<String, JsonValue> members = new LinkedHashMap<>();
    if (peek() == '}') {
      another('}');
      return new JsonObject(members);
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw error("a name in quotes is expected");
      }
      String name = string();
      skipSpace();
      if (peek() != ':') {
        throw error("':' is expected");
      }
      at++;
      members.put(name, value());
    } while (another('}'));
    return new JsonObject(members);
  }

  private JsonValue number() {
    int from = at;
    at += peek() == '-' ? 1 : 0;
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (peek() == '.') {
      at++;
      digits();
    }
    if ((peek() | 0x20) == 'e') {
      at++;
      at += peek() == '+' || peek() == '-' ? 1 : 0;
      digits();
    }
    return new JsonNumber(text.substring(from, at));
  }

  private void digits() {
    int from = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == from) {
      throw error("a value is expected");
    }
  }

  private String string() {
    int from = ++at;
    while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
      checkCharacter();
    }
    if (peek() == '"') {
      return text.substring(from, at++);
    }
    StringBuilder value = new StringBuilder(text.substring(from, at));
    while (at < text.length() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        at++;
        value.append(escape());
      } else {
        value.append(text.charAt(at));
        checkCharacter();
      }
    }
    if (at >= text.length()) {
      throw error("the string is not closed");
    }
    at++;
    return value.toString();
  }

  private void checkCharacter() {
    if (text.charAt(at) < ' ') {
      throw error("a control character in a string");
    }
    at++;
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int end = at + 4; at < end; at++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0) {
            throw error("four hexadecimal digits are expected");
          }
          code = 16 * code + digit;
        }
        yield (char) code;
      }
      default -> throw error("an unknown escape");
    };
  }
}
