package dev.nomoat.grammar.record;

import dev.nomoat.tokenizer.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The shapes of types that are not made of others. */
final class Scalars {
  /** Numbers up to here have a finite float, and are written without an exponent. */
  private static final String FLOAT_BOUNDS =
      "{\"type\":\"number\",\"minimum\":-1e18,\"maximum\":1e18}";

  private static final Map<Class<?>, Shape> SHAPES = new HashMap<>();

  static {
    SHAPES.put(String.class, text("{\"type\":\"string\"}", text -> text));
    SHAPES.put(LocalDate.class, text(format("date"), LocalDate::parse));
    SHAPES.put(Instant.class, text(format("date-time"), Instant::parse));
    SHAPES.put(OffsetDateTime.class, text(format("date-time"), OffsetDateTime::parse));
    SHAPES.put(UUID.class, text(format("uuid"), UUID::fromString));
    both(
        byte.class,
        Byte.class,
        integer(Byte.MIN_VALUE, Byte.MAX_VALUE, BigDecimal::byteValueExact));
    both(
        short.class,
        Short.class,
        integer(Short.MIN_VALUE, Short.MAX_VALUE, BigDecimal::shortValueExact));
    both(
        int.class,
        Integer.class,
        integer(Integer.MIN_VALUE, Integer.MAX_VALUE, BigDecimal::intValueExact));
    both(
        long.class,
        Long.class,
        integer(Long.MIN_VALUE, Long.MAX_VALUE, BigDecimal::longValueExact));
    both(float.class, Float.class, number(FLOAT_BOUNDS, BigDecimal::floatValue));
    both(double.class, Double.class, number("{\"type\":\"number\"}", BigDecimal::doubleValue));
    SHAPES.put(BigInteger.class, number("{\"type\":\"integer\"}", BigDecimal::toBigIntegerExact));
    SHAPES.put(BigDecimal.class, number("{\"type\":\"number\"}", number -> number));
    both(
        boolean.class,
        Boolean.class,
        new Shape(
            Json.parse("{\"type\":\"boolean\"}"),
            json -> expect(Json.BoolValue.class, json).value()));
  }

  private Scalars() {}

  /** The shape of a type; null if it is not supported. */
  static @Nullable Shape of(Class<?> type) {
    return SHAPES.get(type);
  }

  private static void both(Class<?> primitive, Class<?> boxed, Shape shape) {
    SHAPES.put(primitive, shape);
    SHAPES.put(boxed, shape);
  }

  private static String format(String name) {
    return "{\"type\":\"string\",\"format\":\"%s\"}".formatted(name);
  }

  private static Shape text(String schema, Function<String, Object> parse) {
    return new Shape(
        Json.parse(schema), json -> parse.apply(expect(Json.TextValue.class, json).value()));
  }

  private static Shape integer(long min, long max, Function<BigDecimal, Object> convert) {
    return number(
        "{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d}".formatted(min, max), convert);
  }

  private static Shape number(String schema, Function<BigDecimal, Object> convert) {
    return new Shape(
        Json.parse(schema),
        json -> convert.apply(new BigDecimal(expect(Json.NumberValue.class, json).digits())));
  }

  /** JSON of a kind. */
  static <T extends Json> T expect(Class<T> kind, @Nullable Json json) {
    if (!kind.isInstance(json)) {
      throw new IllegalArgumentException(
          "%s where another kind of value is expected"
              .formatted(json == null ? "nothing" : json.kind()));
    }
    return kind.cast(json);
  }
}
