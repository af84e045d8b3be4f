package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.file.gguf.GgufValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model's files recommend is what requests get that do not say how to choose tokens. */
class DefaultSamplingTest {
  private static final int ALL = Integer.MAX_VALUE;

  @TempDir private Path directory;

  private Path folder(String generation) throws IOException {
    ModelFolder.copy("encoders/qwen3", directory);
    Files.writeString(directory.resolve("generation_config.json"), generation);
    return directory;
  }

  private Path file(Map<String, GgufValue> sampling) throws IOException {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    sampling.forEach((name, value) -> keys.put("general.sampling." + name, value));
    Path target = directory.resolve("sampling.gguf");
    Encoders.rewrite(Encoders.file("qwen3"), target, keys, Set.of());
    return target;
  }

  private static SamplingOptions sampling(Path path) throws IOException {
    try (LanguageModel model = LanguageModel.load(path)) {
      return model.defaultSampling();
    }
  }

  @Test
  void withoutARecommendationThereAreDefaults() throws IOException {
    SamplingOptions defaults = SamplingOptions.defaults();
    assertThat(sampling(Encoders.folder("qwen3"))).isEqualTo(defaults);
    assertThat(sampling(Encoders.file("qwen3"))).isEqualTo(defaults);
    assertThat(sampling(folder("{\"eos_token_id\": [257]}"))).isEqualTo(defaults);
  }

  @Test
  void bothContainersRecommend() throws IOException {
    SamplingOptions expected = recommended(0.6f, 20, 0.95f).withMinP(0.1f).withRepeatPenalty(1.05f);
    String json =
        "{\"do_sample\": true, \"temperature\": 0.6, \"top_k\": 20, \"top_p\": 0.95,"
            + " \"min_p\": 0.1, \"repetition_penalty\": 1.05}";
    assertThat(sampling(folder(json))).isEqualTo(expected);
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put("temp", GgufValue.float32(0.6f));
    keys.put("top_k", GgufValue.uint32(20));
    keys.put("top_p", GgufValue.float32(0.95f));
    keys.put("min_p", GgufValue.float32(0.1f));
    keys.put("penalty_repeat", GgufValue.float32(1.05f));
    assertThat(sampling(file(keys))).isEqualTo(expected);
    keys.put("penalty_last_n", GgufValue.uint32(7));
    assertThat(sampling(file(keys))).isEqualTo(expected.withPenaltyLastN(7));
  }

  @Test
  void theLessUsualStepsAreRecommendedToo() throws IOException {
    SamplingOptions all = recommended(1, 50, 1);
    assertThat(sampling(folder("{\"typical_p\": 0.9}"))).isEqualTo(all.withTypicalP(0.9f));
    GgufValue half = GgufValue.float32(0.5f);
    assertThat(sampling(file(Map.of("xtc_probability", half))))
        .isEqualTo(all.withXtc(new Xtc(0.5f, 0.1f)));
    assertThat(sampling(file(Map.of("xtc_probability", half, "xtc_threshold", half))))
        .isEqualTo(all.withXtc(new Xtc(0.5f, 0.5f)));
    assertThat(sampling(file(Map.of("xtc_probability", GgufValue.float32(0)))).xtc()).isEmpty();
    Map<String, GgufValue> mirostat = new LinkedHashMap<>();
    mirostat.put("mirostat", GgufValue.uint32(2));
    assertThat(sampling(file(mirostat))).isEqualTo(all.withMirostat(Mirostat.defaults()));
    mirostat.put("mirostat_tau", GgufValue.float32(3));
    mirostat.put("mirostat_eta", half);
    assertThat(sampling(file(mirostat))).isEqualTo(all.withMirostat(new Mirostat(3, 0.5f)));
    mirostat.put("mirostat", GgufValue.uint32(1));
    assertThat(sampling(file(mirostat))).isEqualTo(all);
  }

  @Test
  void whatIsLeftOutIsThatOfTransformers() throws IOException {
    SamplingOptions all = recommended(1, 50, 1);
    assertThat(sampling(folder("{\"do_sample\": true}"))).isEqualTo(all);
    assertThat(sampling(folder("{\"temperature\": 0.7}"))).isEqualTo(all.withTemperature(0.7f));
    assertThat(sampling(folder("{\"top_k\": -1}"))).isEqualTo(all.withTopK(0));
    assertThat(sampling(folder("{\"do_sample\": false, \"temperature\": 0.7}")).temperature())
        .isZero();
    assertThat(sampling(file(Map.of("temp", GgufValue.float32(0.7f)))))
        .isEqualTo(all.withTemperature(0.7f));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"top_p\": 2} | topP",
        "{\"temperature\": Infinity} | temperature",
        "{\"temperature\": \"high\"} | temperature",
        "{\"do_sample\": 1} | do_sample",
        "{\"eos_token_id\": 99999} | eos_token_id",
        "{\"eos_token_id\": [257, -1]} | eos_token_id",
        "[] | a JSON object"
      })
  void badRecommendationsAreNamed(String json, String named) throws IOException {
    Path folder = folder(json);
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("generation_config.json")
        .hasMessageContaining(named);
  }

  @Test
  void badRecommendationsOfFilesAreNamed() throws IOException {
    Path text = file(Map.of("temp", GgufValue.text("high")));
    assertThatThrownBy(() -> LanguageModel.load(text))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("general.sampling.temp");
    Path outside = file(Map.of("top_p", GgufValue.float32(-1)));
    assertThatThrownBy(() -> LanguageModel.load(outside))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("general.sampling.")
        .hasMessageContaining("topP");
  }

  @Test
  void requestsThatDoNotSayGetIt() throws IOException {
    GenerationRequest request = GenerationRequest.of("a fox").withMaxTokens(12);
    try (LanguageModel model = LanguageModel.load(folder("{\"do_sample\": false}"))) {
      String likeliest = model.generate(request.withSampling(SamplingOptions.greedy())).text();
      for (int seed = 0; seed < 5; seed++) {
        assertThat(model.generate(request.withSeed(seed)).text()).isEqualTo(likeliest);
      }
      GenerationRequest own = request.withSampling(SamplingOptions.defaults().withTemperature(9));
      assertThat(model.generate(own.withSeed(1)).text())
          .isNotEqualTo(model.generate(own.withSeed(2)).text());
    }
  }

  @Test
  void aTemperatureAloneKeepsTheRestOfIt() throws IOException {
    GenerationRequest request = GenerationRequest.of("a fox").withMaxTokens(12).withTemperature(5);
    // of one token that stays, the temperature does not matter
    try (LanguageModel model = LanguageModel.load(folder("{\"top_k\": 1}"))) {
      assertThat(model.generate(request.withSeed(1)).text())
          .isEqualTo(model.generate(request.withSeed(2)).text());
      GenerationRequest all = request.withSampling(SamplingOptions.defaults().withTemperature(9));
      assertThat(model.generate(all.withSeed(1)).text())
          .isNotEqualTo(model.generate(all.withSeed(2)).text());
    }
  }

  private static SamplingOptions recommended(float temperature, int topK, float topP) {
    return SamplingOptions.defaults()
        .withTemperature(temperature)
        .withTopK(topK)
        .withTopP(topP)
        .withMinP(0)
        .withPenaltyLastN(ALL);
  }
}
