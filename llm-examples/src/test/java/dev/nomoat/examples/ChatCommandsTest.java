package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code llm chat} and {@code llm template}. */
class ChatCommandsTest {
  private static final String TOOLS =
      """
      [{"type": "function", "function": {"name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
          "required": ["city"]}}}]
      """;

  @TempDir private Path folder;

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @Test
  void chatPassesCallsAndResults() throws IOException {
    Run run =
        Run.withInput(
            "What is the weather in Paris?\n{\"sky\": \"sunny\", \"degrees\": 21}\n",
            "chat",
            "--temperature=0",
            "--tools=" + file("tools.json", TOOLS));

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEqualToIgnoringNewLines("llm: calls get_weather {\"city\":\"Paris\"}");
    assertThat(run.out()).startsWith(System.lineSeparator()).contains("sunny", "21 degrees");
  }

  @Test
  void chatTakesATemplate() throws IOException {
    String template =
        file(
            "chatml.jinja",
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                + "{% endfor %}<|im_start|>assistant\n{{ '' }}");
    Run run =
        Run.withInput(
            "What color is the sky?\n", "chat", "--temperature=0", "--template=" + template);

    assertThat(run.err()).isEmpty();
    assertThat(run.out().strip()).isEqualTo("The sky is blue.");
  }

  @Test
  void templatePrintsTheText() throws IOException {
    String request =
        file(
            "request.json",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi <|im_end|>\"}],"
                + " \"add_generation_prompt\": true}");
    Run run = Run.llm("template", request);

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo("<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n");
  }

  @Test
  void templatesComeFromFilesAndFolders() throws IOException {
    String template = file("own.jinja", "{{ bos_token }}{{ tools }}{{ n }}");
    file("tokenizer_config.json", "{\"x\": [1], \"bos_token\": {\"content\": \"<s>\", \"y\": []}}");
    file("chat_template.jinja", "{{ bos_token }}!");

    assertThat(Run.withInput("{\"n\": 1.50}", "template", "--template", template, "-").out())
        .isEqualTo("None1.5");
    assertThat(Run.withInput("{}", "template", "-m", folder.toString(), "-").out())
        .isEqualTo("<s>!");
    assertThat(
            Run.withInput("{}", "template", "-m", folder.toString(), "--template", template, "-")
                .out())
        .isEqualTo("<s>None");
    assertThat(
            Run.withInput("{\"bos_token\": \"B\"}", "template", "-m", folder.toString(), "-").out())
        .isEqualTo("B!");
  }

  @Test
  void templateWorksInBulk() throws IOException {
    String template = file("own.jinja", "{{ x.y }}{{ raise_exception('no') if not x.y }}");
    Run run =
        Run.withInput(
            "[{\"x\": {\"y\": \"a\\u00e9\\n\"}}, {\"x\": {}}, {}, {\"x\": {\"y\": [1e2, \"]\"]}}]",
            "template",
            "--template",
            template,
            "--json");

    assertThat(run.status()).isZero();
    JsonNode results = new ObjectMapper().readTree(run.out());
    assertThat(results).hasSize(4);
    assertThat(results.get(0).get("text").asText()).isEqualTo("aé\n");
    assertThat(results.get(1).get("error").asText()).contains("line 1", "no");
    assertThat(results.get(2).get("error").asText()).contains("'x' is undefined");
    assertThat(results.get(3).get("text").asText()).isEqualTo("[100.0, ']']");
  }

  @Test
  void badTemplatesAndRequestsAreExplainedInOneLine() throws IOException {
    String bad = file("bad.jinja", "a\n{% sing %}");
    Run run = Run.withInput("{}", "template", "--template", bad, "-");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("line 2, column 4").hasLineCount(1);

    for (String request : new String[] {"[]", "{\"a\"", "[1]", "{} {}"}) {
      assertThat(Run.withInput(request, "template", "-").status()).isEqualTo(1);
    }
    for (String requests : new String[] {"{}", "[{}", "[] []"}) {
      assertThat(Run.withInput(requests, "template", "--json").status()).isEqualTo(1);
    }
    assertThat(Run.withInput("[1]", "template", "--json").out()).contains("\"error\"");
  }
}
