package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's arithmetic and comparison operators. */
final class Operators {
  private Operators() {}

  static Value binary(String operator, Value a, Value b, Budget budget) {
    if (a instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Value other = onSequences(operator, a, b, budget);
    if (other != null) {
      return other;
    }
    if (b instanceof Undefined undefined) {
      throw undefined.fault();
    }
    BigInteger x = Values.whole(a);
    BigInteger y = Values.whole(b);
    if (x != null && y != null) {
      return whole(operator, x, y);
    }
    if (Values.isNumber(a) && Values.isNumber(b)) {
      return new Real(real(operator, Values.real(a), Values.real(b)));
    }
    throw Fault.type(
        "unsupported operand type(s) for %s: '%s' and '%s'", operator, a.type(), b.type());
  }

  private static @Nullable Value onSequences(String operator, Value a, Value b, Budget budget) {
    return switch (operator) {
      case "+" -> add(a, b, budget);
      case "*" -> {
        Value repeated = repeat(a, b, budget);
        yield repeated == null ? repeat(b, a, budget) : repeated;
      }
      case "%" -> a instanceof Text text ? PercentFormat.format(text, b, budget) : null;
      default -> null;
    };
  }

  private static @Nullable Value add(Value a, Value b, Budget budget) {
    if (a instanceof Text x && b instanceof Text y) {
      if (x.markup() != y.markup()) {
        Text left = x.markup() ? x : Strings.escape(x, budget);
        Text right = y.markup() ? y : Strings.escape(y, budget);
        return Text.concat(budget, left, right).withMarkup(true);
      }
      return Text.concat(budget, x, y).withMarkup(x.markup());
    }
    if (a instanceof Items x && b instanceof Items y && x.tuple() == y.tuple()) {
      budget.spend((long) x.values().size() + y.values().size());
      List<Value> all = new ArrayList<>(x.values());
      all.addAll(y.values());
      return x.tuple() ? Items.tuple(all) : Items.list(all);
    }
    return null;
  }

  private static @Nullable Value repeat(Value sequence, Value times, Budget budget) {
    BigInteger count = Values.whole(times);
    if (count == null) {
      return null;
    }
    int n = Math.max(0, Values.index(times));
    if (count.bitLength() > 63 && (sequence instanceof Text || sequence instanceof Items)) {
      throw new Fault("OverflowError: cannot fit 'int' into an index-sized integer");
    }
    if (sequence instanceof Text text) {
      budget.checkText((long) text.length() * n);
      budget.spend(text.isEmpty() ? 0 : n);
      var builder = new TextBuilder(budget);
      for (int i = 0; i < n && !text.isEmpty(); i++) {
        builder.append(text);
      }
      return builder.toText().withMarkup(text.markup());
    }
    if (sequence instanceof Items items) {
      budget.spend((long) items.values().size() * n);
      List<Value> all = new ArrayList<>();
      for (int i = 0; i < n && !items.values().isEmpty(); i++) {
        all.addAll(items.values());
      }
      return items.tuple() ? Items.tuple(all) : Items.list(all);
    }
    return null;
  }

  private static Value whole(String operator, BigInteger x, BigInteger y) {
    return switch (operator) {
      case "+" -> new Int(x.add(y));
      case "-" -> new Int(x.subtract(y));
      case "*" -> new Int(x.multiply(y));
      case "/" -> new Real(divide(x, nonZero(y)));
      case "//" -> new Int(floorDivide(x, nonZero(y)));
      case "%" -> new Int(x.subtract(floorDivide(x, nonZero(y)).multiply(y)));
      case "**" -> power(x, y);
      default -> throw new AssertionError(operator);
    };
  }

  private static BigInteger nonZero(BigInteger y) {
    if (y.signum() == 0) {
      throw divisionByZero();
    }
    return y;
  }

  private static Fault divisionByZero() {
    return new Fault("ZeroDivisionError: division by zero");
  }

  private static double divide(BigInteger x, BigInteger y) {
    if (x.bitLength() <= 53 && y.bitLength() <= 53) {
      return x.doubleValue() / y.doubleValue();
    }
    double quotient =
        new BigDecimal(x).divide(new BigDecimal(y), new MathContext(60)).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw new Fault("OverflowError: integer division result too large for a float");
    }
    return quotient;
  }

  private static BigInteger floorDivide(BigInteger x, BigInteger y) {
    BigInteger[] parts = x.divideAndRemainder(y);
    boolean below = parts[1].signum() != 0 && parts[1].signum() != y.signum();
    return below ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Value power(BigInteger x, BigInteger y) {
    if (y.signum() < 0) {
      return new Real(power(Values.real(new Int(x)), Values.real(new Int(y))));
    }
    boolean trivial = x.bitLength() <= 1 && x.abs().compareTo(BigInteger.ONE) <= 0;
    if (!trivial
        && (y.bitLength() > 31
            || (x.bitLength() - 1L) * y.longValueExact() > Limits.INTEGER_BITS)) {
      throw new Fault("a number of more than %d bits".formatted(Limits.INTEGER_BITS));
    }
    return new Int(
        trivial ? x.pow(y.testBit(0) ? 1 : y.signum() == 0 ? 0 : 2) : x.pow(y.intValueExact()));
  }

  private static double power(double x, double y) {
    if (x == 0 && y < 0) {
      throw new Fault("ZeroDivisionError: zero to a negative power");
    }
    if (x < 0 && y != Math.rint(y) && Double.isFinite(y) && Double.isFinite(x)) {
      throw Fault.unsupported("a complex number");
    }
    double power = Math.pow(x, y);
    if (Double.isInfinite(power) && Double.isFinite(x) && Double.isFinite(y)) {
      throw new Fault("OverflowError: numerical result out of range");
    }
    return power;
  }

  private static double real(String operator, double x, double y) {
    return switch (operator) {
      case "+" -> x + y;
      case "-" -> x - y;
      case "*" -> x * y;
      case "/" -> x / nonZero(y);
      case "//" -> floorDivide(x, nonZero(y));
      case "%" -> modulo(x, nonZero(y));
      case "**" -> power(x, y);
      default -> throw new AssertionError(operator);
    };
  }

  private static double nonZero(double y) {
    if (y == 0) {
      throw divisionByZero();
    }
    return y;
  }

  /** As CPython's {@code float_rem}: the result has the sign of {@code y}. */
  private static double modulo(double x, double y) {
    double rest = x % y;
    if (rest == 0) {
      return Math.copySign(0.0, y);
    }
    return (y < 0) == (rest < 0) ? rest : rest + y;
  }

  /** As CPython's {@code float_floor_div}. */
  private static double floorDivide(double x, double y) {
    double rest = x % y;
    double quotient = (x - rest) / y;
    if (rest != 0 && (y < 0) != (rest < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, x / y);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  static Value negative(Value value) {
    BigInteger whole = Values.whole(value);
    return whole != null ? new Int(whole.negate()) : new Real(-number(value, "-"));
  }

  static Value positive(Value value) {
    BigInteger whole = Values.whole(value);
    return whole != null ? new Int(whole) : new Real(number(value, "+"));
  }

  private static double number(Value value, String operator) {
    if (value instanceof Real number) {
      return number.value();
    }
    throw value instanceof Undefined undefined
        ? undefined.fault()
        : Fault.type("bad operand type for unary %s: '%s'", operator, value.type());
  }

  /** One of {@code == != < <= > >=}. */
  static boolean compare(String operator, Value a, Value b, Budget budget) {
    return switch (operator) {
      case "==" -> Values.equal(a, b, budget);
      case "!=" -> !Values.equal(a, b, budget);
      default -> {
        Integer order = order(operator, a, b, 0, budget);
        yield order != null
            && switch (operator) {
              case "<" -> order < 0;
              case "<=" -> order <= 0;
              case ">" -> order > 0;
              case ">=" -> order >= 0;
              default -> throw new AssertionError(operator);
            };
      }
    };
  }

  /** Below, at or above zero, as {@code a} is to {@code b}; nothing if one is no number. */
  static @Nullable Integer order(String operator, Value a, Value b, int depth, Budget budget) {
    Values.checkDepth(depth);
    if (a instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (b instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Values.isNumber(a) && Values.isNumber(b)) {
      return orderOfNumbers(a, b);
    }
    if (a instanceof Text x && b instanceof Text y) {
      budget.spend(Math.min(x.length(), y.length()) / 16);
      return orderOfStrings(x.string(), y.string());
    }
    if (a instanceof Items x && b instanceof Items y && x.tuple() == y.tuple()) {
      Iterator<Value> others = y.values().iterator();
      for (Value value : x.values()) {
        if (!others.hasNext()) {
          return 1;
        }
        Value other = others.next();
        if (!Values.equal(value, other, budget)) {
          return order(operator, value, other, depth + 1, budget);
        }
      }
      return others.hasNext() ? -1 : 0;
    }
    throw Fault.type(
        "'%s' not supported between instances of '%s' and '%s'", operator, a.type(), b.type());
  }

  private static @Nullable Integer orderOfNumbers(Value a, Value b) {
    BigInteger x = Values.whole(a);
    BigInteger y = Values.whole(b);
    if (x != null && y != null) {
      return x.compareTo(y);
    }
    double p = x == null ? Values.real(a) : 0;
    double q = y == null ? Values.real(b) : 0;
    if (Double.isNaN(p) || Double.isNaN(q)) {
      return null;
    }
    if (Double.isInfinite(p) || Double.isInfinite(q)) {
      return Double.compare(p, q);
    }
    BigDecimal exactX = x == null ? new BigDecimal(p) : new BigDecimal(x);
    BigDecimal exactY = y == null ? new BigDecimal(q) : new BigDecimal(y);
    return exactX.compareTo(exactY);
  }

  /** By code points, which for surrogates is not the order of {@link String#compareTo}. */
  private static int orderOfStrings(String x, String y) {
    int length = Math.min(x.length(), y.length());
    for (int i = 0; i < length; i++) {
      char a = x.charAt(i);
      char b = y.charAt(i);
      if (a != b) {
        boolean surrogates = Character.isSurrogate(a) != Character.isSurrogate(b);
        return surrogates ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
      }
    }
    return Integer.compare(x.length(), y.length());
  }
}
