package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads calls whose arguments stand in tags. */
final class TaggedCalls {
  private final String text;
  private int at;

  private TaggedCalls(String text) {
    this.text = text;
  }

  /** {@code <function=name><parameter=key>value</parameter></function>}, once or more. */
  static List<RawCall> functions(String text, TextParameters texts) {
    var reader = new TaggedCalls(text);
    List<RawCall> calls = new ArrayList<>();
    do {
      reader.expect("<function=");
      String name = CallSyntax.named(reader.upTo(">").strip());
      Map<String, Json> arguments = new LinkedHashMap<>();
      while (reader.take("<parameter=")) {
        String key = reader.upTo(">").strip();
        String value = withoutLineEnds(reader.upTo("</parameter>"));
        arguments.put(key, texts.value(name, key, value));
      }
      reader.expect("</function>");
      calls.add(new RawCall("", name, new Json.ObjectValue(arguments)));
    } while (!reader.atEnd());
    return calls;
  }

  /** {@code name<arg_key>key</arg_key><arg_value>value</arg_value>}. */
  static List<RawCall> argumentTags(String text, TextParameters texts) {
    var reader = new TaggedCalls(text);
    int first = text.indexOf("<arg_key>");
    String name = CallSyntax.named(text.substring(0, first < 0 ? text.length() : first).strip());
    reader.at = first < 0 ? text.length() : first;
    Map<String, Json> arguments = new LinkedHashMap<>();
    while (!reader.atEnd()) {
      reader.expect("<arg_key>");
      String key = reader.upTo("</arg_key>").strip();
      reader.expect("<arg_value>");
      arguments.put(key, texts.value(name, key, reader.upTo("</arg_value>")));
    }
    return List.of(new RawCall("", name, new Json.ObjectValue(arguments)));
  }

  /**
   * {@code <invoke name="name"><parameter name="key">value</parameter></invoke>}, once or more.
   *
   * @param prefix what stands before the name of each tag
   */
  static List<RawCall> invocations(String text, String prefix, TextParameters texts) {
    var reader = new TaggedCalls(text);
    List<RawCall> calls = new ArrayList<>();
    do {
      reader.expect("<" + prefix + "invoke name=\"");
      String name = CallSyntax.named(reader.upTo("\"").strip());
      reader.expect(">");
      Map<String, Json> arguments = new LinkedHashMap<>();
      while (reader.take("<" + prefix + "parameter name=\"")) {
        String key = reader.upTo("\"");
        boolean isText = reader.upTo(">").contains("string=\"true\"");
        String value = withoutLineEnds(reader.upTo("</" + prefix + "parameter>"));
        arguments.put(key, isText ? new Json.TextValue(value) : texts.value(name, key, value));
      }
      reader.expect("</" + prefix + "invoke>");
      calls.add(new RawCall("", name, new Json.ObjectValue(arguments)));
    } while (!reader.atEnd());
    return calls;
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean atEnd() {
    skipSpace();
    return at == text.length();
  }

  private boolean take(String tag) {
    skipSpace();
    boolean found = text.startsWith(tag, at);
    at += found ? tag.length() : 0;
    return found;
  }

  private void expect(String tag) {
    if (!take(tag)) {
      throw new CallException(tag + " is expected");
    }
  }

  private String upTo(String tag) {
    int end = text.indexOf(tag, at);
    if (end < 0) {
      throw new CallException(tag + " is missing");
    }
    String found = text.substring(at, end);
    at = end + tag.length();
    return found;
  }

  /** The line ends that the format puts around a value. */
  private static String withoutLineEnds(String value) {
    String rest = value.startsWith("\n") ? value.substring(1) : value;
    return rest.endsWith("\n") ? rest.substring(0, rest.length() - 1) : rest;
  }
}
