package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code call:name{key:value}}, where texts have quotes of their own and names have none. */
final class GemmaCall {
  private static final int DEPTH = 100;

  private final String text;
  private final String quote;
  private int at;
  private int depth;

  /**
   * Prepares to read a call.
   *
   * @param text the call
   * @param quote what stands on both sides of a text
   */
  GemmaCall(String text, String quote) {
    this.text = text.strip();
    this.quote = quote;
  }

  RawCall read() {
    if (text.startsWith("call:")) {
      at = "call:".length();
    }
    int open = text.indexOf('{', at);
    if (open < 0) {
      throw new CallException("there is no object of arguments");
    }
    String name = CallSyntax.named(text.substring(at, open).strip());
    at = open;
    Json.ObjectValue arguments = object();
    if (at < text.length()) {
      throw new CallException("there is more than an object of arguments");
    }
    return new RawCall("", name, arguments);
  }

  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void enter() {
    at++;
    if (++depth > DEPTH) {
      throw new CallException("the arguments nest deeper than %d levels".formatted(DEPTH));
    }
  }

  /** Whether another item follows; else what ends them was taken. */
  private boolean another(char close) {
    char c = peek();
    if (c != ',' && c != close) {
      throw new CallException("',' or '%s' is expected".formatted(close));
    }
    at++;
    depth -= c == close ? 1 : 0;
    return c == ',';
  }

  private Json.ObjectValue object() {
    enter();
    Map<String, Json> members = new LinkedHashMap<>();
    if (peek() == '}') {
      another('}');
      return new Json.ObjectValue(members);
    }
    do {
      String quoted = quoted();
      String key = quoted == null ? bare(":") : quoted;
      if (peek() != ':') {
        throw new CallException("':' is expected");
      }
      at++;
      members.put(key, value());
    } while (another('}'));
    return new Json.ObjectValue(members);
  }

  private Json value() {
    String quoted = quoted();
    if (quoted != null) {
      return new Json.TextValue(quoted);
    }
    return switch (peek()) {
      case '{' -> object();
      case '[' -> {
        enter();
        List<Json> items = new ArrayList<>();
        if (peek() == ']') {
          another(']');
          yield new Json.ArrayValue(items);
        }
        do {
          items.add(value());
        } while (another(']'));
        yield new Json.ArrayValue(items);
      }
      default -> Json.parse(bare(",}]"));
    };
  }

  private String bare(String ends) {
    int from = at;
    while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(from, at).strip();
  }

  private @Nullable String quoted() {
    peek();
    if (!text.startsWith(quote, at)) {
      return null;
    }
    int end = text.indexOf(quote, at + quote.length());
    if (end < 0) {
      throw new CallException(quote + " is missing");
    }
    String value = text.substring(at + quote.length(), end);
    at = end + quote.length();
    return value;
  }
}
