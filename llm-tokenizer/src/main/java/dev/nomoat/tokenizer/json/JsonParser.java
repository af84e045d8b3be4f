package dev.nomoat.tokenizer.json;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses one value. Open arrays and objects are on a stack of their own, which has a limit. */
final class JsonParser {
  /** How deep arrays and objects may nest, so that whoever walks a value may recurse. */
  private static final int DEPTH = 200;

  /** How many values there may be, twice those of the largest tokenizers. */
  private static final int MOST_VALUES = 4_000_000;

  private static final Json.NullValue NULL = new Json.NullValue();
  private static final Json.BoolValue TRUE = new Json.BoolValue(true);
  private static final Json.BoolValue FALSE = new Json.BoolValue(false);

  /** An array or object that is not closed yet: one of the two is there. */
  private static final class Open {
    final @Nullable List<Json> elements;
    final Map<String, Json> members = new LinkedHashMap<>();
    String name = "";

    Open(@Nullable List<Json> elements) {
      this.elements = elements;
    }
  }

  private final String text;
  private int at;
  private int values;
  private final Deque<Open> open = new ArrayDeque<>();

  JsonParser(String text, int from) {
    this.text = text;
    this.at = from;
  }

  Json parse() {
    Json value = value();
    skipSpace();
    if (at < text.length()) {
      throw fault("the end of the text");
    }
    return value;
  }

  Json.Prefix parsePrefix() {
    Json value = value();
    return new Json.Prefix(value, at);
  }

  private Json value() {
    skipSpace();
    Json value = null;
    while (value == null) {
      Json next = begin();
      value = next == null ? null : put(next);
    }
    return value;
  }

  /** Reads a value; null if an array or object has been opened that has something in it. */
  private @Nullable Json begin() {
    if (values++ == MOST_VALUES) {
      throw fault("at most %d values".formatted(MOST_VALUES));
    }
    return switch (peek()) {
      case '[' -> openArray();
      case '{' -> openObject();
      case '"' -> new Json.TextValue(string());
      case 't' -> word("true", TRUE);
      case 'f' -> word("false", FALSE);
      case 'n' -> word("null", NULL);
      default -> number();
    };
  }

  private @Nullable Json openArray() {
    enter();
    if (take(']')) {
      return new Json.ArrayValue(List.of());
    }
    open.push(new Open(new ArrayList<>()));
    return null;
  }

  private @Nullable Json openObject() {
    enter();
    if (take('}')) {
      return new Json.ObjectValue(Map.of());
    }
    var object = new Open(null);
    object.name = name();
    open.push(object);
    return null;
  }

  private void enter() {
    if (open.size() == DEPTH) {
      throw fault("arrays and objects to nest no deeper than %d levels".formatted(DEPTH));
    }
    at++;
    skipSpace();
  }

  /** Puts a value where it belongs; the whole value if it is complete, null if more is to come. */
  private @Nullable Json put(Json complete) {
    Json value = complete;
    while (!open.isEmpty()) {
      Open around = open.peek();
      List<Json> elements = around.elements;
      if (elements != null) {
        elements.add(value);
      } else {
        around.members.put(around.name, value);
      }
      skipSpace();
      if (take(',')) {
        skipSpace();
        if (elements == null) {
          around.name = name();
        }
        return null;
      }
      char end = elements != null ? ']' : '}';
      if (!take(end)) {
        throw fault("a comma or " + end);
      }
      open.pop();
      value =
          elements != null ? new Json.ArrayValue(elements) : new Json.ObjectValue(around.members);
    }
    return value;
  }

  private String name() {
    if (peek() != '"') {
      throw fault("a name in quotes");
    }
    String name = string();
    skipSpace();
    if (!take(':')) {
      throw fault("a colon");
    }
    skipSpace();
    return name;
  }

  private Json word(String word, Json value) {
    if (!text.startsWith(word, at)) {
      throw fault("a value");
    }
    at += word.length();
    return value;
  }

  private Json number() {
    int start = at;
    take('-');
    if (!take('0') && digits() == 0) {
      at = start;
      throw fault("a value");
    }
    if (take('.') && digits() == 0) {
      throw fault("a digit");
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      if (digits() == 0) {
        throw fault("a digit");
      }
    }
    return new Json.NumberValue(text.substring(start, at));
  }

  private int digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at - start;
  }

  private String string() {
    int start = ++at;
    while (at < text.length()) {
      char letter = text.charAt(at);
      if (letter == '"') {
        return text.substring(start, at++);
      }
      if (letter == '\\') {
        return escapedString(start);
      }
      if (letter < ' ') {
        throw fault("an escape for a control character");
      }
      at++;
    }
    throw fault("the end of a string");
  }

  private String escapedString(int start) {
    var string = new StringBuilder(text.substring(start, at));
    while (true) {
      char letter = peek();
      at++;
      if (letter == '"') {
        return string.toString();
      }
      if (letter < ' ') {
        at--;
        throw fault("an escape for a control character");
      }
      if (letter == '\\') {
        escape(string);
      } else {
        string.append(letter);
      }
    }
  }

  private void escape(StringBuilder string) {
    char letter = peek();
    at++;
    switch (letter) {
      case '"', '\\', '/' -> string.append(letter);
      case 'b' -> string.append('\b');
      case 'f' -> string.append('\f');
      case 'n' -> string.append('\n');
      case 'r' -> string.append('\r');
      case 't' -> string.append('\t');
      case 'u' -> string.append(hex());
      default -> {
        at--;
        throw fault("an escape");
      }
    }
  }

  private char hex() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0 || peek() > 'f') {
        throw fault("a hexadecimal digit");
      }
      value = value << 4 | digit;
      at++;
    }
    return (char) value;
  }

  private void skipSpace() {
    while (at < text.length()) {
      char letter = text.charAt(at);
      if (letter != ' ' && letter != '\n' && letter != '\t' && letter != '\r') {
        return;
      }
      at++;
    }
  }

  private boolean take(char expected) {
    if (at < text.length() && text.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  private char peek() {
    if (at >= text.length()) {
      throw fault("more");
    }
    return text.charAt(at);
  }

  private JsonException fault(String expected) {
    int line = 1;
    int start = 0;
    for (int i = 0; i < Math.min(at, text.length()); i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    return new JsonException(
        "Line %d, column %d of the JSON: expected %s".formatted(line, at - start + 1, expected));
  }
}
