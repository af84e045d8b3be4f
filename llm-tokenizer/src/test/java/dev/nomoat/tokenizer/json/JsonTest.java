package dev.nomoat.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
        "{\"a\":1,}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "NaN",
        "tru",
        "truex",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\t\"",
        "\"\\n\t\"",
        "1 1",
        "]",
        "{\"a\":1,\"a\":2}",
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
  void readsAnyDepth() {
    int depth = 1_000_000;
    Json value = Json.parse("[".repeat(depth) + "]".repeat(depth));
    int seen = 0;
    while (value instanceof Json.ArrayValue array) {
      seen++;
      value = array.elements().isEmpty() ? new Json.NullValue() : array.elements().getFirst();
    }
    assertThat(seen).isEqualTo(depth);
  }
}
