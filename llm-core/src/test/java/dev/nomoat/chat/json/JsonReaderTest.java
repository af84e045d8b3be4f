package dev.nomoat.chat.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.json.JsonValue.JsonString;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class JsonReaderTest {
  /** Texts that are written as they were read. */
  static final List<String> GOOD =
      List.of(
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
          "{\"b\":1,\"a\":{\"c\":null}}");

  static final List<String> BAD =
      List.of(
          "",
          " ",
          "nul",
          "tru",
          "01",
          "1.",
          ".5",
          "+1",
          "-",
          "1e",
          "NaN",
          "Infinity",
          "'a'",
          "\"a",
          "\"\\x\"",
          "\"\\u12g4\"",
          "\"a\nb\"",
          "[1,]",
          "[,1]",
          "[1 2]",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{a:1}",
          "{1:1}",
          "[1]]",
          "1 2",
          "[",
          "{",
          "/*x*/1",
          "\u00a01");

  @ParameterizedTest
  @FieldSource("GOOD")
  void readsWhatItWrites(String json) {
    assertThat(JsonReader.read(json).toJson()).isEqualTo(json);
    assertThat(JsonReader.read(" \n\t\r" + json + "\n").toJson()).isEqualTo(json);
  }

  @ParameterizedTest
  @FieldSource("BAD")
  void refusesEverythingElse(String json) {
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> JsonReader.read(json))
        .withMessageContaining("character");
  }

  @Test
  void escapesStandForCharacters() {
    assertThat(JsonReader.read("\"\\u00e9\\ud83c\\udf0d\\/\\b\\f\\r\""))
        .isEqualTo(new JsonString("é🌍/\b\f\r"));
    assertThat(JsonReader.read("\"\\ud800\"").toJson()).isEqualTo("\"\\ud800\"");
  }

  @Test
  void theLastOfEqualNamesCounts() {
    assertThat(JsonReader.read("{\"a\":1,\"b\":2,\"a\":3}").toJson())
        .isEqualTo("{\"a\":3,\"b\":2}");
  }

  @Test
  void nestingIsLimited() {
    assertThat(JsonReader.read("[".repeat(200) + "]".repeat(200)).toJson()).hasSize(400);
    for (String open : List.of("[", "{\"a\":")) {
      assertThatExceptionOfType(JsonException.class)
          .isThrownBy(() -> JsonReader.read(open.repeat(60_000)))
          .withMessageContaining("deeper than 200");
    }
  }

  @Test
  void aValueMayBeFollowedByText() {
    assertThat(JsonReader.readPrefix("x {\"a\": 1} y", 1).end()).isEqualTo(10);
  }
}
