package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the calls between two marks are written. */
enum CallSyntax {
  /** Objects with {@code name} and {@code arguments}, alone, in arrays, or one after another. */
  JSON {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      List<RawCall> calls = new ArrayList<>();
      int at = 0;
      do {
        Json.Prefix prefix = Json.parsePrefix(text, at);
        addJson(prefix.value(), calls);
        at = behindSpace(text, prefix.end());
        at = at < text.length() && ",;".indexOf(text.charAt(at)) >= 0 ? at + 1 : at;
      } while (behindSpace(text, at) < text.length());
      return calls;
    }
  },
  /** A name, then an object: {@code name[ARGS]{…}}, {@code name{…}}, with an id in between. */
  NAME_AND_JSON {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      String body = text.strip();
      if (body.startsWith("[") || body.startsWith("{")) {
        return JSON.calls(body, texts);
      }
      int open = body.indexOf('{');
      if (open < 0) {
        throw new CallException("there is no object of arguments");
      }
      String head = body.substring(0, open).replace("[ARGS]", "");
      int id = head.indexOf("[CALL_ID]");
      String name = (id < 0 ? head : head.substring(0, id)).strip();
      String given = id < 0 ? "" : head.substring(id + "[CALL_ID]".length()).strip();
      return List.of(new RawCall(given, named(name), Json.parseObject(body.substring(open))));
    }
  },
  /** DeepSeek's: {@code function<｜tool▁sep｜>name}, then the arguments, in a code block or not. */
  DEEPSEEK {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      String separator = "<｜tool▁sep｜>";
      int split = text.indexOf(separator);
      if (split < 0) {
        throw new CallException("there is no " + separator);
      }
      String head = text.substring(0, split).strip();
      String rest = text.substring(split + separator.length()).strip();
      int open = rest.indexOf('{');
      if (open < 0) {
        throw new CallException("there is no object of arguments");
      }
      String between = rest.substring(0, open).replace("```json", "").strip();
      // V3.1 writes the name first and no type.
      String name = between.isEmpty() ? head : between;
      Json.Prefix arguments = Json.parsePrefix(rest, open);
      String behind = rest.substring(arguments.end()).replace("```", "").strip();
      if (!behind.isEmpty() || !(arguments.value() instanceof Json.ObjectValue object)) {
        throw new CallException("there is more than an object of arguments");
      }
      return List.of(new RawCall("", named(name), object));
    }
  },
  /** Kimi's: {@code functions.name:0<|tool_call_argument_begin|>}, then an object. */
  KIMI {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      String separator = "<|tool_call_argument_begin|>";
      int split = text.indexOf(separator);
      if (split < 0) {
        throw new CallException("there is no " + separator);
      }
      String id = text.substring(0, split).strip();
      int number = id.lastIndexOf(':');
      String name = number < 0 ? id : id.substring(0, number);
      name = name.startsWith("functions.") ? name.substring("functions.".length()) : name;
      String arguments = text.substring(split + separator.length());
      return List.of(new RawCall(id, named(name), Json.parseObject(arguments)));
    }
  },
  /** Qwen3-Coder's: {@code <function=name><parameter=key>value</parameter></function>}. */
  XML_FUNCTION("<parameter=", "</parameter>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return TaggedCalls.functions(text, texts);
    }
  },
  /** MiniMax's: {@code <invoke name="name"><parameter name="key">value</parameter></invoke>}. */
  INVOKE("<parameter name=", "</parameter>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return TaggedCalls.invocations(text, "", texts);
    }
  },
  /** DeepSeek V3.2's: as MiniMax's, with names of its own for the tags. */
  DSML("<｜DSML｜parameter name=", "</｜DSML｜parameter>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return TaggedCalls.invocations(text, "｜DSML｜", texts);
    }
  },
  /** GLM's: a name, then {@code <arg_key>key</arg_key><arg_value>value</arg_value>}. */
  ARGUMENT_TAGS("<arg_value>", "</arg_value>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return TaggedCalls.argumentTags(text, texts);
    }
  },
  /** Gemma 4's: {@code call:name{key:<|"|>text<|"|>,other:1}}. */
  GEMMA("<|\"|>", "<|\"|>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return List.of(new GemmaCall(text, "<|\"|>").read());
    }
  },
  /** FunctionGemma's: {@code call:name{key:<escape>text<escape>,other:1}}. */
  FUNCTION_GEMMA("<escape>", "<escape>") {
    @Override
    List<RawCall> calls(String text, TextParameters texts) {
      return List.of(new GemmaCall(text, "<escape>").read());
    }
  };

  private final String valueOpen;
  private final String valueClose;

  /** A syntax with the strings of JSON. */
  CallSyntax() {
    this("", "");
  }

  /** A syntax with texts between two tags. */
  CallSyntax(String valueOpen, String valueClose) {
    this.valueOpen = valueOpen;
    this.valueClose = valueClose;
  }

  /** A scanner for the text of one call, from its beginning. */
  ValueScanner valueScanner() {
    return new ValueScanner(valueOpen, valueClose);
  }

  /**
   * Reads calls.
   *
   * @param text what stands between the marks
   * @param texts which parameters are text, for syntaxes that do not tell
   * @return the calls, at least one
   * @throws CallException if there is none, or more than calls
   * @throws JsonException if it contains wrong JSON
   */
  abstract List<RawCall> calls(String text, TextParameters texts);

  private static int behindSpace(String text, int from) {
    int at = from;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  static String named(String name) {
    if (name.isEmpty() || name.chars().anyMatch(Character::isWhitespace)) {
      throw new CallException("'%s' is no name of a tool".formatted(name));
    }
    return name;
  }

  private static void addJson(Json value, List<RawCall> calls) {
    switch (value) {
      case Json.ArrayValue array when !array.elements().isEmpty() -> {
        for (Json item : array.elements()) {
          if (!(item instanceof Json.ObjectValue object)) {
            throw new CallException("a call must be an object");
          }
          calls.add(fromObject(object));
        }
      }
      case Json.ObjectValue object -> calls.add(fromObject(object));
      case Json _ -> throw new CallException("a call must be an object");
    }
  }

  /** A call in any of the ways in which models name its parts. */
  private static RawCall fromObject(Json.ObjectValue object) {
    Map<String, Json> members = object.members();
    if (members.get("function") instanceof Json.ObjectValue inner) {
      Map<String, Json> all = new LinkedHashMap<>(inner.members());
      Json id = members.get("id");
      if (id != null) {
        all.putIfAbsent("id", id);
      }
      members = all;
    }
    Json name = first(members, "name", "tool_name", "function");
    Json arguments = first(members, "arguments", "parameters", "tool_parameters", "args");
    Json id = first(members, "id", "tool_call_id", "call_id");
    if (!(name instanceof Json.TextValue string)) {
      throw new CallException("the call has no name");
    }
    String given = id instanceof Json.TextValue text ? text.value() : "";
    return new RawCall(given, named(string.value()), arguments(arguments));
  }

  private static @Nullable Json first(Map<String, Json> members, String... names) {
    for (String name : names) {
      Json value = members.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** Arguments, also if they are an object within a string, or missing where there are none. */
  private static Json.ObjectValue arguments(@Nullable Json value) {
    return switch (value) {
      case null -> throw new CallException("the call has no arguments");
      case Json.ObjectValue object -> object;
      case Json.NullValue _ -> new Json.ObjectValue(Map.of());
      case Json.TextValue string -> Json.parseObject(string.value());
      case Json _ -> throw new CallException("the arguments are no object");
    };
  }
}
