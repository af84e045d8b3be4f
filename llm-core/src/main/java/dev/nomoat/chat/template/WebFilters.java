package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Filters.Filter;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Undefined;
import dev.nomoat.chat.template.Value.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The filters that write HTML and URLs. */
final class WebFilters {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  static final Map<String, Filter> ALL =
      Map.of(
          "escape", WebFilters::escape,
          "e", WebFilters::escape,
          "forceescape", WebFilters::forceEscape,
          "safe", WebFilters::safe,
          "urlencode", WebFilters::urlEncode,
          "xmlattr", WebFilters::xmlAttributes);

  private WebFilters() {}

  private static Value escape(Value input, Arguments arguments, Machine machine) {
    arguments.bind("escape");
    return escaped(input, machine.budget());
  }

  private static Text escaped(Value value, Budget budget) {
    return Strings.escape(PythonText.str(value, budget), budget);
  }

  private static Value forceEscape(Value input, Arguments arguments, Machine machine) {
    arguments.bind("forceescape");
    Text text = PythonText.str(input, machine.budget());
    return Strings.escape(text.withMarkup(false), machine.budget());
  }

  private static Value safe(Value input, Arguments arguments, Machine machine) {
    arguments.bind("safe");
    return PythonText.str(input, machine.budget()).withMarkup(true);
  }

  private static Value urlEncode(Value input, Arguments arguments, Machine machine) {
    arguments.bind("urlencode");
    Budget budget = machine.budget();
    if (input instanceof Text || !Values.isIterable(input)) {
      return quoted(input, false, budget);
    }
    List<Text> fields = new ArrayList<>();
    Value pairs = input instanceof Dict dict ? new View(dict, View.Kind.ITEMS) : input;
    for (Value pair : Values.list(pairs, budget)) {
      List<Value> both = Values.list(pair, budget);
      if (both.size() != 2) {
        throw Fault.value("urlencode needs pairs of a key and a value");
      }
      Text key = quoted(both.get(0), true, budget);
      fields.add(Text.concat(budget, key, Text.trusted("="), quoted(both.get(1), true, budget)));
    }
    return Strings.join(Text.trusted("&"), fields, budget);
  }

  /** Writes what a path or a query of a URL cannot contain as {@code %XX}. */
  private static Text quoted(Value value, boolean query, Budget budget) {
    return PythonText.str(value, budget)
        .withMarkup(false)
        .map(budget, piece -> quoted(piece, query));
  }

  private static String quoted(String piece, boolean query) {
    if (piece.codePoints().anyMatch(c -> c >= 0xd800 && c <= 0xdfff)) {
      throw Fault.value("half a surrogate pair in a URL");
    }
    StringBuilder out = new StringBuilder(piece.length());
    for (byte value : piece.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (value & 0xff);
      boolean plain =
          (c >= '0' && c <= '9')
              || (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || "_.-~".indexOf(c) >= 0
              || (c == '/' && !query);
      if (plain) {
        out.append(c);
      } else if (c == ' ' && query) {
        out.append('+');
      } else {
        out.append('%').append(HEX.toHexDigits(value));
      }
    }
    return out.toString();
  }

  private static Value xmlAttributes(Value input, Arguments arguments, Machine machine) {
    boolean space = arguments.bind("xmlattr", "autospace").truth(0, true);
    Budget budget = machine.budget();
    List<Text> attributes = new ArrayList<>();
    for (Dict.Entry entry : SequenceFilters.mapping(input).entries()) {
      if (entry.value() instanceof None || entry.value() instanceof Undefined) {
        continue;
      }
      Text name = Values.text(entry.key(), "xmlattr");
      if (name.string().codePoints().anyMatch(c -> Strings.isSpace(c) || "/>=".indexOf(c) >= 0)) {
        throw Fault.value("Invalid character in attribute name: '%s'", name);
      }
      Text quote = Text.trusted("\"");
      attributes.add(
          Text.concat(
              budget,
              Strings.escape(name, budget),
              Text.trusted("="),
              quote,
              escaped(entry.value(), budget),
              quote));
    }
    Text all = Strings.join(Text.trusted(" "), attributes, budget);
    return space && !all.isEmpty() ? Text.concat(budget, Text.trusted(" "), all) : all;
  }
}
