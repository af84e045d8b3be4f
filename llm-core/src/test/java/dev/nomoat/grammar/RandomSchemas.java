package dev.nomoat.grammar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random JSON schemas of all that is supported. */
final class RandomSchemas {
  private static final List<String> PATTERNS =
      List.of(
          "^[a-z]{1,8}$",
          "^(red|green|blue)$",
          "^[A-Z][a-z]{0,5}( [A-Z][a-z]{0,5}){0,2}$",
          "^\\\\d{3}-\\\\d{4}$",
          "^[^\\\"]{2,4}$",
          "^(\\\\+|-)?[0-9]{1,3}(\\\\.[0-9]{1,2})?$");

  static final List<String> FORMATS =
      List.of("date", "time", "date-time", "uuid", "ipv4", "ipv6", "hostname", "email", "uri");

  private static final List<String> LITERALS =
      List.of("1", "-2.5", "\"a\"", "\"b c\"", "null", "true", "[1,2]", "{\"x\":1}", "\"é😀\"");

  private final Random random;

  RandomSchemas(long seed) {
    random = new Random(seed);
  }

  String next() {
    return object(0, "");
  }

  private String value(int depth) {
    int kind = random.nextInt(depth > 2 ? 7 : 13);
    return switch (kind) {
      case 0 -> "{\"type\":\"boolean\"}";
      case 1, 2 -> string();
      case 3 -> number("integer");
      case 4 -> number("number");
      case 5 -> "{\"enum\":" + some(LITERALS) + "}";
      case 6 -> "{\"type\":[\"null\",\"string\"],\"maxLength\":" + random.nextInt(9) + "}";
      case 7, 8 -> object(depth, "");
      case 9, 10 -> array(depth);
      case 11 -> "{\"anyOf\":[%s,%s]}".formatted(value(depth + 1), value(depth + 1));
      default ->
          "{\"oneOf\":[%s,%s]}"
              .formatted(
                  object(depth, "\"kind\":{\"const\":\"a\"}"),
                  object(depth, "\"kind\":{\"enum\":[\"b\",\"c\"]}"));
    };
  }

  private String some(List<String> all) {
    List<String> chosen = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String one = all.get(random.nextInt(all.size()));
      if (!chosen.contains(one)) {
        chosen.add(one);
      }
    }
    return chosen.toString();
  }

  private String string() {
    return switch (random.nextInt(4)) {
      case 0 ->
          "{\"type\":\"string\",\"pattern\":\"%s\"}"
              .formatted(PATTERNS.get(random.nextInt(PATTERNS.size())));
      case 1 ->
          "{\"type\":\"string\",\"format\":\"%s\"}"
              .formatted(FORMATS.get(random.nextInt(FORMATS.size())));
      default -> {
        int min = random.nextInt(4);
        yield "{\"type\":\"string\",\"minLength\":%d,\"maxLength\":%d}"
            .formatted(min, min + random.nextInt(12));
      }
    };
  }

  private String number(String type) {
    StringBuilder schema = new StringBuilder("{\"type\":\"" + type + "\"");
    if (random.nextBoolean()) {
      String low =
          type.equals("integer") || random.nextBoolean()
              ? Integer.toString(random.nextInt(-2000, 2000))
              : "%d.%03d".formatted(random.nextInt(-20, 20), random.nextInt(1000));
      schema.append(random.nextBoolean() ? ",\"minimum\":" : ",\"exclusiveMinimum\":").append(low);
      if (random.nextBoolean()) {
        String high =
            new BigDecimal(low)
                .add(BigDecimal.valueOf(2 + random.nextInt(500), random.nextInt(2)))
                .add(BigDecimal.TWO)
                .toPlainString();
        schema
            .append(random.nextBoolean() ? ",\"maximum\":" : ",\"exclusiveMaximum\":")
            .append(high);
      }
    } else if (type.equals("integer") && random.nextBoolean()) {
      schema.append(",\"multipleOf\":").append(1 + random.nextInt(30));
    }
    return schema.append('}').toString();
  }

  private String array(int depth) {
    int min = random.nextInt(3);
    int max = min + random.nextInt(3);
    if (random.nextInt(4) == 0) {
      return "{\"type\":\"array\",\"prefixItems\":[%s,%s],\"items\":%s,\"minItems\":%d}"
          .formatted(
              value(depth + 1), value(depth + 1), random.nextBoolean() ? "false" : string(), min);
    }
    return "{\"type\":\"array\",\"items\":%s,\"minItems\":%d,\"maxItems\":%d}"
        .formatted(value(depth + 1), min, max);
  }

  private String object(int depth, String first) {
    StringBuilder properties = new StringBuilder(first);
    List<String> required = new ArrayList<>();
    if (!first.isEmpty()) {
      required.add("\"kind\"");
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      String name = "\"" + "abcdefghé\"\\".charAt(random.nextInt(9)) + i + "\"";
      properties.append(properties.isEmpty() ? "" : ",").append(name).append(':');
      properties.append(value(depth + 1));
      if (random.nextBoolean()) {
        required.add(name);
      }
    }
    StringBuilder schema = new StringBuilder("{\"type\":\"object\",\"properties\":{");
    schema.append(properties).append("},\"required\":").append(required);
    switch (random.nextInt(5)) {
      case 0 -> schema.append(",\"additionalProperties\":false");
      case 1 ->
          schema
              .append(",\"additionalProperties\":{\"type\":\"integer\"},\"maxProperties\":")
              .append(required.size() + random.nextInt(3) + 1);
      case 2 -> schema.append(",\"minProperties\":1");
      default -> {}
    }
    return schema.append('}').toString();
  }
}
