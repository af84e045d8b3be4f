package dev.nomoat.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void readsValues() {
    var root = new JsonPlace("", Json.parse(" {\"a\" : [1, -2.5e1, true, null, {}], \"b\":\"\"} "));
    assertThat(root.names()).containsExactly("a", "b");
    assertThat(root.get("a").elements()).hasSize(5);
    assertThat(root.get("a").elements().get(0).count()).isEqualTo(1);
    assertThat(root.get("a").elements().get(1).number()).isEqualTo(-25);
    assertThat(root.get("a").elements().get(2).bool()).isTrue();
    assertThat(root.get("b").text()).isEmpty();
    assertThat(root.find("c")).isEmpty();
    assertThat(root.flag("c", true)).isTrue();
  }

  @Test
  void readsEscapes() {
    assertThat(Json.parse("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\u00e9\""))
        .isEqualTo(new Json.TextValue("a\"\\/\b\f\n\r\t\u00e9\ud83d\ude00\u00e9"));
  }

  @Test
  void halfASurrogatePairIsACharacter() {
    for (String half : List.of("\\ud800", "\\udc00", "\\ud800A", "\\udc00\\ud800")) {
      assertThat(Json.parse("\"" + half + "\"").toJson()).isEqualTo("\"" + half + "\"");
    }
    assertThat(Json.parse("\"\\ud800\\u0041\"")).isEqualTo(new Json.TextValue("\ud800A"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "0",
        "-0.50",
        "12345678901234567890123",
        "1e400",
        "1.5E-7",
        "\"\"",
        "\"a\\\"b\\\\c\\n\\t\\u0001é世🌍\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}],\"x\"]",
        "{\"b\":1,\"a\":{\"c\":null}}"
      })
  void writesWhatItReads(String json) {
    assertThat(Json.parse(json).toJson()).isEqualTo(json);
    assertThat(Json.parse(" \n\t\r" + json + "\n").toJson()).isEqualTo(json);
  }

  @Test
  void knowsWholeNumbers() {
    assertThat(new Json.NumberValue("-12").isWhole()).isTrue();
    for (String digits : List.of("1.0", "1e2", "1E2")) {
      assertThat(new Json.NumberValue(digits).isWhole()).isFalse();
    }
  }

  @Test
  void theLastOfEqualNamesCounts() {
    assertThat(Json.parse("{\"a\":1,\"b\":2,\"a\":3}").toJson()).isEqualTo("{\"a\":3,\"b\":2}");
  }

  @Test
  void aValueMayBeFollowedByText() {
    assertThat(Json.parsePrefix("x {\"a\": 1} y", 1))
        .isEqualTo(new Json.Prefix(Json.parse("{\"a\":1}"), 10));
    assertThat(Json.parsePrefix("12,", 0).end()).isEqualTo(2);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parsePrefix("x\n {\"a\" 1} y", 1))
        .withMessage("Line 2, column 7 of the JSON: expected a colon");
  }

  @Test
  void anObjectMayBeAskedFor() {
    assertThat(Json.parseObject("{\"a\":[]}").members()).containsOnlyKeys("a");
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parseObject("[1]"))
        .withMessage("The JSON is an array, but should be an object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[",
        "{",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1,}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "NaN",
        "Infinity",
        "'a'",
        "nul",
        "tru",
        "truex",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"a",
        "\"\\u12g4\"",
        "\"\\u\uff11234\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"\\n\t\"",
        "1 1",
        "]",
        "[1]]",
        "/*x*/1",
        "\u00a01",
        "[1}",
        "{\"a\":1]"
      })
  void refusesWhatIsNoJson(String text) {
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parse(text))
        .withMessageStartingWith("Line 1, column ");
  }

  @Test
  void saysWhereTheFaultIs() {
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parse("[1,\n 2,\n x]"))
        .withMessage("Line 3, column 2 of the JSON: expected a value");
    var root = new JsonPlace("", Json.parse("{\"a\":[{\"b\":1.5}]}"));
    JsonPlace b = root.get("a").elements().get(0).get("b");
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(b::text)
        .withMessage("a[0].b is a number, but should be a string");
    assertThatExceptionOfType(JsonException.class).isThrownBy(b::count);
    assertThatExceptionOfType(JsonException.class).isThrownBy(b::bool);
    assertThatExceptionOfType(JsonException.class).isThrownBy(b::elements);
    assertThatExceptionOfType(JsonException.class).isThrownBy(b::names);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> root.get("x"))
        .withMessage("The JSON has no x");
  }

  @Test
  void valuesAreLimitedInNumber() {
    String many = "[" + "[],".repeat(4_000_000) + "0]";
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parse(many))
        .withMessageContaining("at most 4000000 values");
  }

  @Test
  void nestingIsLimited() {
    assertThat(Json.parse("[".repeat(200) + "]".repeat(200)).toJson()).hasSize(400);
    for (String open : List.of("[", "{\"a\":")) {
      assertThatExceptionOfType(JsonException.class)
          .isThrownBy(() -> Json.parse(open.repeat(60_000)))
          .withMessageContaining("deeper than 200");
    }
    for (String innermost : List.of("[]", "{}")) {
      assertThatExceptionOfType(JsonException.class)
          .isThrownBy(() -> Json.parse("[".repeat(200) + innermost + "]".repeat(200)))
          .withMessageStartingWith("Line 1, column 201 ");
    }
  }
}
