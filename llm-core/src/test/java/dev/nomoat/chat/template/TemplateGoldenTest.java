package dev.nomoat.chat.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.TemplateException;
import dev.nomoat.tokenizer.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Jinja 3.1.6 writes, set up as Hugging Face does; where it fails, an error is expected. */
class TemplateGoldenTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 7, 9, 14, 5, 6, 1_234_000);

  @Test
  void conversations() throws IOException {
    Json.ObjectValue goldens = read("conversations.json");
    List<Json> requests = items(goldens.members().get("requests"));
    int checked = 0;
    for (Json item : items(goldens.members().get("templates"))) {
      Json.ObjectValue golden = (Json.ObjectValue) item;
      String template = string(golden.members().get("template"));
      List<Json> results = items(golden.members().get("results"));
      for (int i = 0; i < requests.size(); i++) {
        check(template, (Json.ObjectValue) requests.get(i), results.get(i));
        checked++;
      }
    }
    assertThat(checked).isEqualTo(600);
  }

  @ParameterizedTest
  @CsvSource({"expressions.json, 2000", "filters.json, 300", "scopes.json, 300"})
  void smallTemplates(String name, int count) throws IOException {
    Json.ObjectValue goldens = read(name);
    Json.ObjectValue variables = (Json.ObjectValue) goldens.members().get("variables");
    List<Json> cases = items(goldens.members().get("cases"));
    assertThat(cases).hasSize(count);
    for (Json item : cases) {
      List<Json> pair = items(item);
      check(string(pair.get(0)), variables, pair.get(1));
    }
  }

  private static void check(String template, Json.ObjectValue request, Json expected) {
    Variables variables =
        new Variables().none("tools").none("documents").truth("add_generation_prompt", false);
    request.members().forEach(variables::json);
    if (expected instanceof Json.TextValue text) {
      assertThat(Template.parse(template).render(variables, NOW).text())
          .as(template)
          .isEqualTo(text.value());
    } else {
      assertThatExceptionOfType(TemplateException.class)
          .as(template)
          .isThrownBy(() -> Template.parse(template).render(variables, NOW));
    }
  }

  private static Json.ObjectValue read(String name) throws IOException {
    try (InputStream stream = TemplateGoldenTest.class.getResourceAsStream(name)) {
      assertThat(stream).isNotNull();
      return Json.parseObject(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static List<Json> items(Json value) {
    return ((Json.ArrayValue) value).elements();
  }

  private static String string(Json value) {
    return ((Json.TextValue) value).value();
  }
}
