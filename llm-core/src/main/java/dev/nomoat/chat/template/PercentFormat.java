package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;

/** Python's {@code "%s" % values}. */
final class PercentFormat {
  private final Text format;
  private final Value argument;
  private final List<Value> arguments;
  private final Budget budget;
  private final TextBuilder out;
  private int at;
  private int used;

  private PercentFormat(Text format, Value argument, Budget budget) {
    this.format = format;
    this.argument = argument;
    this.arguments =
        argument instanceof Items items && items.tuple() ? items.values() : List.of(argument);
    this.budget = budget;
    this.out = new TextBuilder(budget);
  }

  static Text format(Text format, Value argument, Budget budget) {
    if (format.markup()) {
      throw Fault.unsupported("% on escaped text");
    }
    return new PercentFormat(format, argument, budget).run();
  }

  private Text run() {
    String string = format.string();
    while (at < string.length()) {
      int percent = string.indexOf('%', at);
      int end = percent < 0 ? string.length() : percent;
      out.append(format, at, end);
      at = end + 1;
      if (percent >= 0) {
        conversion();
      }
    }
    // Python lets everything pass that could be a mapping.
    boolean mapping =
        switch (argument) {
          case Dict _, Undefined _, Value.Range _ -> true;
          case Items items -> !items.tuple();
          case Value _ -> false;
        };
    if (used < arguments.size() && !mapping) {
      throw Fault.type("not all arguments converted during string formatting");
    }
    return out.toText();
  }

  private void conversion() {
    Value keyed = peek() == '(' ? keyed() : null;
    String flags = flags();
    int width = number();
    int precision = -1;
    if (peek() == '.') {
      at++;
      precision = number();
    }
    char kind = peek();
    at++;
    if (kind == '%') {
      out.append("%");
      return;
    }
    if (kind == 0) {
      throw Fault.value("incomplete format");
    }
    Value value = keyed == null ? next() : keyed;
    pad(converted(kind, value, flags, precision), flags, width, "sra".indexOf(kind) < 0);
  }

  private char peek() {
    return at < format.length() ? format.string().charAt(at) : 0;
  }

  private Value keyed() {
    int close = format.string().indexOf(')', at);
    if (close < 0 || !(argument instanceof Dict dict)) {
      throw Fault.type("format requires a mapping");
    }
    String key = format.string().substring(at + 1, close);
    Value value = dict.get(key);
    if (value == null) {
      throw new Fault("KeyError: '" + key + "'");
    }
    at = close + 1;
    used = arguments.size();
    return value;
  }

  private String flags() {
    int from = at;
    while (peek() != 0 && "-+ #0".indexOf(peek()) >= 0) {
      at++;
    }
    return format.string().substring(from, at);
  }

  private int number() {
    if (peek() == '*') {
      at++;
      return Values.index(next());
    }
    int number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = Math.min(number * 10 + peek() - '0', 1 << 26);
      at++;
    }
    return number;
  }

  private Value next() {
    if (used >= arguments.size()) {
      throw Fault.type("not enough arguments for format string");
    }
    return arguments.get(used++);
  }

  private Text converted(char kind, Value value, String flags, int precision) {
    return switch (kind) {
      case 's' -> cut(PythonText.str(value, budget), precision);
      case 'r' -> cut(PythonText.repr(value, budget), precision);
      case 'd', 'i', 'u' -> Text.trusted(signed(PythonText.whole(whole(value, kind)), flags));
      case 'f', 'F' -> Text.trusted(signed(fixed(Values.real(value), precision), flags));
      case 'x' -> Text.trusted(signed(whole(value, kind).toString(16), flags));
      default -> throw Fault.unsupported("the format %" + kind);
    };
  }

  private static Text cut(Text text, int precision) {
    return precision < 0 || precision >= text.codePoints()
        ? text
        : text.sub(0, text.offset(precision));
  }

  private static BigInteger whole(Value value, char kind) {
    if (value instanceof Real number && Double.isFinite(number.value()) && kind != 'x') {
      return new BigDecimal(number.value()).toBigInteger();
    }
    BigInteger whole = Values.whole(value);
    if (whole == null) {
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type("%%%s format: a number is required, not %s", kind, value.type());
    }
    return whole;
  }

  /** A number with a fixed count of decimals, half to even on its exact value. */
  static String fixed(double number, int precision) {
    if (!Double.isFinite(number)) {
      return PythonText.real(number);
    }
    if (precision > 1000) {
      throw Fault.unsupported("a precision of " + precision);
    }
    String digits =
        new BigDecimal(Math.abs(number))
            .setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN)
            .toPlainString();
    return (Math.copySign(1, number) < 0 ? "-" : "") + digits;
  }

  private static String signed(String number, String flags) {
    String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    return number.startsWith("-") ? number : sign + number;
  }

  private void pad(Text text, String flags, int width, boolean number) {
    int missing = width < 0 ? -width - text.codePoints() : width - text.codePoints();
    budget.checkText(missing);
    if (missing <= 0) {
      out.append(text);
    } else if (flags.contains("-") || width < 0) {
      out.append(text).append(" ".repeat(missing));
    } else if (flags.contains("0") && number) {
      int sign = text.length() > 0 && "+- ".indexOf(text.string().charAt(0)) >= 0 ? 1 : 0;
      out.append(text, 0, sign).append("0".repeat(missing)).append(text, sign, text.length());
    } else {
      out.append(" ".repeat(missing)).append(text);
    }
  }
}
