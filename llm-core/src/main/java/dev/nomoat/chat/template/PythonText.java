package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Namespace;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Range;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import dev.nomoat.chat.template.Value.View;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.HexFormat;

/** How Python writes values: {@code str} and {@code repr}. */
final class PythonText {
  private static final HexFormat HEX = HexFormat.of();

  private PythonText() {}

  /** What a value looks like in the output. */
  static Text str(Value value, Budget budget) {
    return switch (value) {
      case Text text -> text;
      case Undefined _ -> Text.EMPTY;
      case None _,
          Bool _,
          Int _,
          Real _,
          Items _,
          Dict _,
          Range _,
          View _,
          Namespace _,
          Lazy _,
          Callable _,
          LoopState _ ->
          repr(value, budget);
    };
  }

  /** What a value looks like inside of a list. */
  static Text repr(Value value, Budget budget) {
    var out = new TextBuilder(budget);
    repr(value, out, budget, 0);
    return out.toText();
  }

  private static void repr(Value value, TextBuilder out, Budget budget, int depth) {
    Values.checkDepth(depth);
    budget.spend(1);
    switch (value) {
      case None _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Bool bool -> out.append(bool.value() ? "True" : "False");
      case Int number -> out.append(whole(number.value()));
      case Real number -> out.append(real(number.value()));
      case Text text when text.markup() -> {
        out.append("Markup(");
        quoted(text, out);
        out.append(")");
      }
      case Text text -> quoted(text, out);
      case Items items -> items(items, out, budget, depth);
      case Dict dict -> dict(dict, out, budget, depth);
      case Range range -> range(range, out);
      case View view -> {
        out.append(view.type() + "(");
        repr(Items.list(Values.list(view, budget)), out, budget, depth + 1);
        out.append(")");
      }
      // Python writes their address, which is another in every run.
      case Namespace _, Lazy _, Callable _, LoopState _ ->
          throw Fault.unsupported("writing a value of type " + value.type());
    }
  }

  static String whole(BigInteger number) {
    String digits = number.toString();
    if (digits.length() - (number.signum() < 0 ? 1 : 0) > 4300) {
      throw Fault.value("a number of more than 4300 digits");
    }
    return digits;
  }

  private static void items(Items items, TextBuilder out, Budget budget, int depth) {
    out.append(items.tuple() ? "(" : "[");
    boolean first = true;
    for (Value value : items.values()) {
      out.append(first ? "" : ", ");
      first = false;
      repr(value, out, budget, depth + 1);
    }
    out.append(items.tuple() ? (items.values().size() == 1 ? ",)" : ")") : "]");
  }

  private static void dict(Dict dict, TextBuilder out, Budget budget, int depth) {
    out.append("{");
    boolean first = true;
    for (Dict.Entry entry : dict.entries()) {
      out.append(first ? "" : ", ");
      first = false;
      repr(entry.key(), out, budget, depth + 1);
      out.append(": ");
      repr(entry.value(), out, budget, depth + 1);
    }
    out.append("}");
  }

  private static void range(Range range, TextBuilder out) {
    out.append("range(" + range.start() + ", " + range.stop());
    out.append(range.step().equals(BigInteger.ONE) ? ")" : ", " + range.step() + ")");
  }

  private static void quoted(Text text, TextBuilder out) {
    String string = text.string();
    boolean doubleQuotes = string.indexOf('\'') >= 0 && string.indexOf('"') < 0;
    char quote = doubleQuotes ? '"' : '\'';
    out.append(String.valueOf(quote));
    text.appendTo(out, 0, string.length(), piece -> escaped(piece, quote));
    out.append(String.valueOf(quote));
  }

  private static String escaped(String piece, char quote) {
    StringBuilder out = new StringBuilder(piece.length());
    piece
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (isPrintable(c)) {
                    out.appendCodePoint(c);
                  } else if (c < 0x100) {
                    out.append("\\x").append(HEX.toHexDigits(c, 2));
                  } else if (c < 0x10000) {
                    out.append("\\u").append(HEX.toHexDigits(c, 4));
                  } else {
                    out.append("\\U").append(HEX.toHexDigits(c, 8));
                  }
                }
              }
            });
    return out.toString();
  }

  /** As Python's {@code str.isprintable}. */
  static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /** As Python's {@code float.__repr__}: the shortest digits that give the same number. */
  static String real(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    String sign = Math.copySign(1, number) < 0 ? "-" : "";
    if (number == 0) {
      return sign + "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(number));
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return sign + (shortest.scale() <= 0 ? plain + ".0" : plain);
    }
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return sign + mantissa + exponent(exponent);
  }

  /** The part of a number behind its digits: at least two digits, always with a sign. */
  static String exponent(int exponent) {
    int size = Math.abs(exponent);
    return "e" + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
  }

  private static BigDecimal shortest(double number) {
    BigDecimal digits = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    if (digits.precision() == 2) {
      // Java writes two digits where one would do.
      BigDecimal one = new BigDecimal(number).round(new MathContext(1)).stripTrailingZeros();
      return one.doubleValue() == number ? one : digits;
    }
    return digits;
  }
}
