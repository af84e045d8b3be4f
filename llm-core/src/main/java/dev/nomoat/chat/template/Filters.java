package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** The filters: {@code value | name(arguments)}. */
final class Filters {
  /** A filter. */
  @FunctionalInterface
  interface Filter {
    Value apply(Value input, Arguments arguments, Machine machine);
  }

  /** Filters that Jinja has and this interpreter refuses. */
  static final Set<String> UNSUPPORTED =
      Set.of("pprint", "random", "striptags", "urlize", "wordwrap");

  static final Map<String, Filter> ALL = new HashMap<>(SequenceFilters.ALL);

  private Filters() {}

  static {
    ALL.putAll(WebFilters.ALL);
    onText("upper", Strings::upper);
    onText("lower", Strings::lower);
    onText("capitalize", Strings::capitalize);
    onText("title", Filters::title);
    onText("string", (text, _) -> text);
    ALL.put("wordcount", Filters::wordCount);
    ALL.put("trim", Filters::trim);
    ALL.put("replace", Filters::replace);
    ALL.put("indent", Filters::indent);
    ALL.put("center", Filters::center);
    ALL.put("truncate", Filters::truncate);
    ALL.put("format", Filters::format);
    ALL.put("tojson", Filters::toJson);
    ALL.put("default", Filters::otherwise);
    ALL.put("d", Filters::otherwise);
    ALL.put("abs", Filters::absolute);
    ALL.put("int", Filters::integer);
    ALL.put("float", Filters::real);
    ALL.put("round", Filters::round);
    ALL.put("filesizeformat", Filters::fileSize);
    ALL.put("attr", Filters::attribute);
  }

  /** What to say of a filter that is not there. */
  static String unknown(String name) {
    return UNSUPPORTED.contains(name)
        ? "the filter %s is not supported".formatted(name)
        : "No filter named '%s'".formatted(name);
  }

  private static void onText(String name, BiFunction<Text, Budget, Text> change) {
    ALL.put(
        name,
        (input, arguments, machine) -> {
          arguments.bind(name);
          return change.apply(PythonText.str(input, machine.budget()), machine.budget());
        });
  }

  private static Value wordCount(Value input, Arguments arguments, Machine machine) {
    arguments.bind("wordcount");
    String string = PythonText.str(input, machine.budget()).string();
    int words = 0;
    boolean inWord = false;
    for (int at = 0; at < string.length(); at += Character.charCount(string.codePointAt(at))) {
      int c = string.codePointAt(at);
      boolean isWord = c == '_' || Character.isLetterOrDigit(c);
      words += isWord && !inWord ? 1 : 0;
      inWord = isWord;
    }
    return Int.of(words);
  }

  /** Unlike Python's method, Jinja's filter starts words at spaces, hyphens and brackets only. */
  private static Text title(Text text, Budget budget) {
    var out = new TextBuilder(budget);
    int from = 0;
    while (from < text.length()) {
      int to = from;
      boolean separator = isSeparator(text.string().charAt(from));
      while (to < text.length() && isSeparator(text.string().charAt(to)) == separator) {
        to++;
      }
      Text part = text.sub(from, to);
      int first = separator ? 0 : part.offset(1);
      out.append(Strings.upper(part.sub(0, first), budget));
      out.append(Strings.lower(part.sub(first), budget));
      from = to;
    }
    return out.toText().withMarkup(text.markup());
  }

  private static boolean isSeparator(char c) {
    return Strings.isSpace(c) || "-({[<".indexOf(c) >= 0;
  }

  private static Value trim(Value input, Arguments arguments, Machine machine) {
    Value characters = arguments.bind("trim", "chars").optional(0);
    Text text = PythonText.str(input, machine.budget());
    return Strings.strip(
        text, characters == null ? null : Values.text(characters, "trim"), true, true);
  }

  private static Value replace(Value input, Arguments arguments, Machine machine) {
    Budget budget = machine.budget();
    var bound = arguments.bind("replace", "old", "new", "count");
    Text old = PythonText.str(bound.required(0), budget);
    Text with = PythonText.str(bound.required(1), budget);
    int most = bound.optional(2) == null ? -1 : bound.integer(2, -1);
    return Strings.replace(PythonText.str(input, budget), old, with, most, budget);
  }

  private static Value indent(Value input, Arguments arguments, Machine machine) {
    Budget budget = machine.budget();
    var bound = arguments.bind("indent", "width", "first", "blank");
    Value width = bound.get(0, Int.of(4));
    Text indent;
    if (width instanceof Text text) {
      indent = text;
    } else {
      int spaces = Math.max(0, Values.index(width));
      budget.checkText(spaces);
      indent = Text.trusted(" ".repeat(spaces));
    }
    boolean blank = bound.truth(2, false);
    Text newline = Text.trusted("\n");
    Text text = Values.text(input, "indent");
    List<Text> lines = Strings.lines(Text.concat(budget, text, newline), false, budget);
    var out = new TextBuilder(budget);
    if (bound.truth(1, false)) {
      out.append(indent);
    }
    for (int i = 0; i < lines.size(); i++) {
      out.append(i > 0 ? newline : Text.EMPTY);
      out.append(i > 0 && (blank || !lines.get(i).isEmpty()) ? indent : Text.EMPTY);
      out.append(lines.get(i));
    }
    return out.toText().withMarkup(text.markup());
  }

  private static Value center(Value input, Arguments arguments, Machine machine) {
    int width = arguments.bind("center", "width").integer(0, 80);
    Text text = PythonText.str(input, machine.budget());
    return Strings.center(text, width, Text.trusted(" "), machine.budget());
  }

  private static Value truncate(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
    int length = bound.integer(0, 255);
    Text end = Values.text(bound.get(2, Text.trusted("...")), "truncate");
    int leeway = bound.optional(3) == null ? 5 : bound.integer(3, 5);
    if (length < end.codePoints() || leeway < 0) {
      throw new Fault("AssertionError: the length is shorter than the end, or the leeway negative");
    }
    int size = Values.length(input);
    if (size >= 0 && size <= (long) length + leeway) {
      return input;
    }
    Text text = Values.text(input, "truncate");
    Text kept = text.sub(0, text.offset(length - end.codePoints()));
    if (!bound.truth(1, false)) {
      kept = Strings.splitFromEnd(kept, Text.trusted(" "), 1, machine.budget()).getFirst();
    }
    return Text.concat(machine.budget(), kept, end);
  }

  private static Value format(Value input, Arguments arguments, Machine machine) {
    Text format = PythonText.str(input, machine.budget());
    if (arguments.named().isEmpty()) {
      return PercentFormat.format(format, Items.tuple(arguments.positional()), machine.budget());
    }
    if (!arguments.positional().isEmpty()) {
      throw new Fault("format takes positional or keyword arguments, not both");
    }
    var named = new Dict();
    arguments.named().forEach(named::put);
    return PercentFormat.format(format, named, machine.budget());
  }

  /** As Hugging Face sets it up. */
  private static Value toJson(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
    Text indent =
        switch (bound.optional(1)) {
          case null -> null;
          case Text text -> text;
          case Value width -> Text.trusted(" ".repeat(Math.clamp(Values.index(width), 0, 1000)));
        };
    Text itemSeparator = Text.trusted(indent == null ? ", " : ",");
    Text keySeparator = Text.trusted(": ");
    Value separators = bound.optional(2);
    if (separators != null) {
      List<Value> both = Values.list(separators, machine.budget());
      if (both.size() != 2) {
        throw Fault.value("tojson needs two separators");
      }
      itemSeparator = Values.text(both.get(0), "tojson");
      keySeparator = Values.text(both.get(1), "tojson");
    }
    var style =
        new JsonWriter.Style(
            bound.truth(0, false), indent, itemSeparator, keySeparator, bound.truth(3, false));
    return JsonWriter.write(input, style, machine.budget());
  }

  private static Value otherwise(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("default", "default_value", "boolean");
    boolean replaced =
        input instanceof Undefined || (bound.truth(1, false) && !Values.truth(input));
    return replaced ? bound.get(0, Text.EMPTY) : input;
  }

  private static Value absolute(Value input, Arguments arguments, Machine machine) {
    arguments.bind("abs");
    BigInteger whole = Values.whole(input);
    return whole == null ? new Real(Math.abs(Values.real(input))) : new Int(whole.abs());
  }

  private static Value integer(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("int", "default", "base");
    Value otherwise = bound.get(0, Int.of(0));
    int base = bound.integer(1, 10);
    if (input instanceof Undefined undefined) {
      throw undefined.fault();
    }
    BigInteger whole =
        input instanceof Text text
            ? PythonNumbers.parseWhole(text.string(), base)
            : Values.whole(input);
    if (whole != null) {
      return new Int(whole);
    }
    Double real =
        input instanceof Text text
            ? PythonNumbers.parseReal(text.string())
            : input instanceof Real number ? (Double) number.value() : null;
    if (real == null || Double.isNaN(real) || (input instanceof Text && real.isInfinite())) {
      return otherwise;
    }
    return new Int(truncated(real));
  }

  private static Value real(Value input, Arguments arguments, Machine machine) {
    Value otherwise = arguments.bind("float", "default").get(0, new Real(0));
    if (input instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Values.isNumber(input)) {
      return new Real(Values.real(input));
    }
    Double real = input instanceof Text text ? PythonNumbers.parseReal(text.string()) : null;
    return real == null ? otherwise : new Real(real);
  }

  private static Value round(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("round", "precision", "method");
    int precision = bound.integer(0, 0);
    String method = Values.text(bound.get(1, Text.trusted("common")), "round").string();
    if (Math.abs((long) precision) > 300) {
      throw Fault.unsupported("a precision of " + precision);
    }
    BigInteger whole = Values.whole(input);
    return switch (method) {
      case "common" -> whole == null ? roundReal(input, precision) : roundWhole(whole, precision);
      case "ceil", "floor" -> {
        double power = Math.pow(10, precision);
        double scaled = Values.real(input) * power;
        yield new Real((method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / power);
      }
      default -> throw new Fault("method must be common, ceil or floor");
    };
  }

  private static Value roundReal(Value input, int precision) {
    double number = Values.real(input);
    return Double.isFinite(number)
        ? new Real(
            Math.copySign(
                new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue(),
                number))
        : input;
  }

  private static Value roundWhole(BigInteger whole, int precision) {
    return precision >= 0
        ? new Int(whole)
        : new Int(new BigDecimal(whole).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
  }

  private static Value fileSize(Value input, Arguments arguments, Machine machine) {
    boolean binary = arguments.bind("filesizeformat", "binary").truth(0, false);
    Double parsed = input instanceof Text text ? PythonNumbers.parseReal(text.string()) : null;
    if (input instanceof Text && parsed == null) {
      throw Fault.value("could not convert string to float");
    }
    double bytes = parsed == null ? Values.real(input) : parsed;
    int base = binary ? 1024 : 1000;
    if (bytes < base) {
      return Text.trusted(bytes == 1 ? "1 Byte" : "%d Bytes".formatted(truncated(bytes)));
    }
    int power = 1;
    while (power < 8 && !(bytes < Math.pow(base, power + 1))) {
      power++;
    }
    double number = base * bytes / Math.pow(base, power + 1);
    String digits =
        Double.isFinite(number)
            ? new BigDecimal(number).setScale(1, RoundingMode.HALF_EVEN).toPlainString()
            : PythonText.real(number);
    String unit = "kMGTPEZY".charAt(power - 1) + "";
    return Text.trusted(
        digits + " " + (binary ? unit.toUpperCase(Locale.ROOT) + "iB" : unit + "B"));
  }

  /** Python's {@code int(real)}. */
  private static BigInteger truncated(double real) {
    if (!Double.isFinite(real)) {
      throw new Fault("OverflowError: cannot convert float infinity to integer");
    }
    return new BigDecimal(real).toBigInteger();
  }

  /** The attribute alone, never an item. */
  private static Value attribute(Value input, Arguments arguments, Machine machine) {
    String name = arguments.bind("attr", "name").text(0).string();
    return Access.attribute(input instanceof Dict ? new Dict() : input, name);
  }
}
