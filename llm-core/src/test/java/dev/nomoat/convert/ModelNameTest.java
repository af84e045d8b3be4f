package dev.nomoat.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The parts of names, as llama.cpp's converter tells them apart. */
class ModelNameTest {
  @ParameterizedTest
  @CsvSource({
    "Mixtral-8x7B-Instruct-v0.1, '', Mixtral, Instruct, v0.1, 8x7B",
    "meta-llama/Llama-2-7b-hf, meta-llama, Llama-2, hf, '', 7B",
    "Qwen/Qwen3-0.6B-Base, Qwen, Qwen3, Base, '', 0.6B",
    "Phi-3-mini-4k-instruct, '', Phi-3-mini, instruct, '', 4K",
    "bigscience/bloom-7b1-petals, bigscience, bloom, petals, '', 7.1B",
    "gpt2, '', '', '', '', ''",
    "A title of words, '', '', '', '', ''",
    "./gemma-2-2b-it, '', gemma-2, it, '', 2B",
    "DeepSeek-V2-Lite-Chat, '', DeepSeek-V2-Lite, Chat, '', ''"
  })
  void partsOfNames(
      String id,
      String organization,
      String basename,
      String finetune,
      String version,
      String size) {
    ModelName name = ModelName.of(id, 0);
    assertThat(name.organization()).isEqualTo(some(organization));
    assertThat(name.basename()).isEqualTo(some(basename));
    assertThat(name.finetune()).isEqualTo(some(finetune));
    assertThat(name.version()).isEqualTo(some(version));
    assertThat(name.sizeLabel()).isEqualTo(some(size));
  }

  @Test
  void aLongVersionIsOneToo() {
    String version = "1" + ".1".repeat(100_000);
    assertThat(ModelName.of("Model-7B-" + version, 0).version()).contains(version);
  }

  private static Optional<String> some(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  @Test
  void aSizeThatTheModelDoesNotHaveIsOfSomethingElse() {
    ModelName name = ModelName.of("Phi-3-mini-128K-instruct", 3_800_000_000L);
    assertThat(name.sizeLabel()).contains("mini");
    assertThat(name.finetune()).contains("128k-instruct");
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3-0.6b-base, Qwen3 0.6b Base",
    "Llama-3.2-1B, Llama 3.2 1B",
    "v2-mini, v2 Mini",
    "  tiny--model , Tiny Model"
  })
  void titlesHaveCapitals(String name, String title) {
    assertThat(ModelName.title(name)).isEqualTo(title);
  }

  @ParameterizedTest
  @CsvSource({
    "596049920, 0, 596M",
    "1235814400, 0, 1.2B",
    "3735808, 0, 3.7M",
    "47136, 0, 47K",
    "7000, 0, 7.0K",
    "1600000000, 8, 8x1.6B",
    "1000000000, 0, 1000M",
    "2300000000000, 0, 2.3T"
  })
  void sizesHaveTwoDigits(long parameters, long experts, String label) {
    assertThat(ModelName.sizeLabel(parameters, experts)).isEqualTo(label);
  }
}
