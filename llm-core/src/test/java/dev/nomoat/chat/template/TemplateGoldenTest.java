package dev.nomoat.chat.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.TemplateException;
import dev.nomoat.chat.json.JsonReader;
import dev.nomoat.chat.json.JsonValue;
import dev.nomoat.chat.json.JsonValue.JsonArray;
import dev.nomoat.chat.json.JsonValue.JsonObject;
import dev.nomoat.chat.json.JsonValue.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What Jinja 3.1.6 writes, set up as Hugging Face does; where it fails, an error is expected. */
class TemplateGoldenTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 7, 9, 14, 5, 6, 1_234_000);

  @Test
  void conversations() throws IOException {
    JsonObject goldens = read("conversations.json");
    List<JsonValue> requests = items(goldens.members().get("requests"));
    int checked = 0;
    for (JsonValue item : items(goldens.members().get("templates"))) {
      JsonObject golden = (JsonObject) item;
      String template = string(golden.members().get("template"));
      List<JsonValue> results = items(golden.members().get("results"));
      for (int i = 0; i < requests.size(); i++) {
        check(template, (JsonObject) requests.get(i), results.get(i));
        checked++;
      }
    }
    assertThat(checked).isEqualTo(600);
  }

  @Test
  void expressionsAndStatements() throws IOException {
    JsonObject goldens = read("expressions.json");
    JsonObject variables = (JsonObject) goldens.members().get("variables");
    List<JsonValue> cases = items(goldens.members().get("cases"));
    assertThat(cases).hasSize(2000);
    for (JsonValue item : cases) {
      List<JsonValue> pair = items(item);
      check(string(pair.get(0)), variables, pair.get(1));
    }
  }

  private static void check(String template, JsonObject request, JsonValue expected) {
    Variables variables =
        new Variables().none("tools").none("documents").truth("add_generation_prompt", false);
    request.members().forEach(variables::json);
    if (expected instanceof JsonString text) {
      assertThat(Template.parse(template).render(variables, NOW).text())
          .as(template)
          .isEqualTo(text.value());
    } else {
      assertThatExceptionOfType(TemplateException.class)
          .as(template)
          .isThrownBy(() -> Template.parse(template).render(variables, NOW));
    }
  }

  private static JsonObject read(String name) throws IOException {
    try (InputStream stream = TemplateGoldenTest.class.getResourceAsStream(name)) {
      assertThat(stream).isNotNull();
      return JsonReader.readObject(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static List<JsonValue> items(JsonValue value) {
    return ((JsonArray) value).items();
  }

  private static String string(JsonValue value) {
    return ((JsonString) value).value();
  }
}
