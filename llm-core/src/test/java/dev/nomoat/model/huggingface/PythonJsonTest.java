package dev.nomoat.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PythonJsonTest {
  @Test
  void numbersThatAreNoJsonBecomeJson() {
    assertThat(PythonJson.toJson("{\"a\": [0.0, Infinity, -Infinity], \"b\": NaN}"))
        .isEqualTo("{\"a\": [0.0, 1e999, -1e999], \"b\": null}");
  }

  @Test
  void textsStay() {
    String json = "{\"Infinity\": \"NaN \\\" Infinity \\\\\", \"a\": 1}";
    assertThat(PythonJson.toJson(json)).isEqualTo(json);
    assertThat(PythonJson.toJson("\"\\")).isEqualTo("\"\\");
    String large = "{\"template\": \"" + "a\\\"\\n".repeat(1 << 20) + "\"}";
    assertThat(PythonJson.toJson(large)).isEqualTo(large);
  }
}
