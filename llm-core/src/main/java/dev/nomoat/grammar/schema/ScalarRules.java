package dev.nomoat.grammar.schema;

import dev.nomoat.file.Utf8;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.schema.NumberText.Bound;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Strings and numbers of schemas. */
final class ScalarRules {
  private static final int MOST_DIVISOR = 256;
  private static final int MOST_MULTIPLES = 10_000;
  private static final int MOST_SCALE = 40;

  /** Below this are all numbers that have no bound of their own. */
  private static final BigDecimal END = BigDecimal.TEN.pow(18);

  private ScalarRules() {}

  static Expression string(Keywords schema) {
    int min = schema.count("minLength", 0);
    int max = schema.count("maxLength", Expression.UNBOUNDED);
    if (max < min) {
      return Expression.NOTHING;
    }
    Optional<String> pattern = schema.text("pattern");
    Optional<String> format = schema.text("format");
    if (pattern.isPresent() && format.isPresent()) {
      throw GrammarException.in(schema.at("pattern"), "pattern beside format is not supported");
    }
    if (format.isPresent()) {
      if (schema.has("minLength") || schema.has("maxLength")) {
        throw GrammarException.in(
            schema.at("format"), "format beside minLength or maxLength is not supported");
      }
      Expression content = Formats.of(format.get());
      if (content == null) {
        throw GrammarException.in(
            schema.at("format"),
            "the format %s is not supported; these are: %s"
                .formatted(Utf8.quote(format.get()), Formats.names()));
      }
      return StringText.quoted(content);
    }
    if (pattern.isPresent()) {
      return StringText.quoted(pattern(schema, pattern.get(), min, max));
    }
    return StringText.quoted(new Expression.Repeat(StringText.ANY, min, max));
  }

  private static Expression pattern(Keywords schema, String text, int min, int max) {
    PatternParser.Pattern pattern = PatternParser.parse(text, schema.at("pattern"));
    if (pattern.min() >= min && pattern.max() <= max) {
      return pattern.expression();
    }
    Optional<Expression> bounded = pattern.bounded(min, max);
    if (bounded.isEmpty()) {
      throw GrammarException.in(
          schema.at("pattern"),
          "a pattern of strings shorter than minLength or longer than maxLength is not supported,"
              + " unless it is one repeated character; say how many in the pattern");
    }
    return bounded.get();
  }

  static Expression number(Keywords schema, boolean integer, RuleSet rules) {
    Optional<Bound> low =
        bound(schema, "minimum", "exclusiveMinimum", (a, b) -> a.compareTo(b) > 0);
    Optional<Bound> high =
        bound(schema, "maximum", "exclusiveMaximum", (a, b) -> a.compareTo(b) < 0);
    Optional<BigDecimal> multiple = schema.number("multipleOf");
    boolean bounded = low.isPresent() || high.isPresent();
    Bound from = low.orElse(new Bound(END.negate(), true));
    Bound to = high.orElse(new Bound(END, true));
    if (multiple.isPresent()) {
      return multiples(schema, multiple.get(), bounded, from, to, rules);
    }
    if (!bounded) {
      return integer ? JsonText.INTEGER : JsonText.NUMBER;
    }
    return integer ? NumberText.integers(ceiling(from), floor(to)) : NumberText.numbers(from, to);
  }

  private static Expression multiples(
      Keywords schema, BigDecimal multiple, boolean bounded, Bound from, Bound to, RuleSet rules) {
    if (multiple.signum() <= 0
        || multiple.stripTrailingZeros().scale() > 0
        || multiple.compareTo(END) > 0) {
      throw GrammarException.in(
          schema.at("multipleOf"), "only whole numbers above 0 are supported, not " + multiple);
    }
    BigInteger divisor = multiple.toBigInteger();
    if (!bounded) {
      if (divisor.compareTo(BigInteger.valueOf(MOST_DIVISOR)) > 0) {
        throw GrammarException.in(
            schema.at("multipleOf"),
            "more than %d is supported only between close bounds".formatted(MOST_DIVISOR));
      }
      return NumberText.multiples(divisor.intValue(), rules);
    }
    BigInteger first = ceiling(from);
    BigInteger last = floor(to);
    BigInteger start = first.add(first.negate().mod(divisor));
    List<String> texts = new ArrayList<>();
    if (last.subtract(start).divide(divisor).compareTo(BigInteger.valueOf(MOST_MULTIPLES)) > 0) {
      throw GrammarException.in(
          schema.at("multipleOf"),
          "more than %d multiples between bounds are not supported".formatted(MOST_MULTIPLES));
    }
    for (BigInteger value = start; value.compareTo(last) <= 0; value = value.add(divisor)) {
      texts.add(value.toString());
    }
    return texts.isEmpty() ? Expression.NOTHING : Expression.anyOf(texts);
  }

  private static BigInteger ceiling(Bound low) {
    BigInteger whole = low.value().setScale(0, RoundingMode.CEILING).toBigInteger();
    boolean out = low.open() && new BigDecimal(whole).compareTo(low.value()) == 0;
    return out ? whole.add(BigInteger.ONE) : whole;
  }

  private static BigInteger floor(Bound high) {
    return ceiling(high.negate()).negate();
  }

  @FunctionalInterface
  private interface Tighter {
    boolean than(BigDecimal a, BigDecimal b);
  }

  /** The tighter of two bounds, if there is one. */
  private static Optional<Bound> bound(
      Keywords schema, String closed, String open, Tighter tighter) {
    Optional<Bound> in = checked(schema, closed).map(value -> new Bound(value, false));
    Optional<Bound> out = checked(schema, open).map(value -> new Bound(value, true));
    if (in.isEmpty() || out.isEmpty()) {
      return in.isPresent() ? in : out;
    }
    return tighter.than(in.get().value(), out.get().value()) ? in : out;
  }

  private static Optional<BigDecimal> checked(Keywords schema, String key) {
    Optional<BigDecimal> value = schema.number(key).map(BigDecimal::stripTrailingZeros);
    if (value.isPresent()
        && (value.get().scale() > MOST_SCALE
            || (long) value.get().precision() - value.get().scale() > MOST_SCALE)) {
      throw GrammarException.in(
          schema.at(key), "a bound of more than %d digits is not supported".formatted(MOST_SCALE));
    }
    return value;
  }
}
