package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hugging Face folders of models that embed or score, with their tokenizers and modules. */
class EncoderFoldersTest {
  private static final String FOX = Encoders.texts("bert").get(1);

  @TempDir private Path directory;

  private ModelFolder copy(String name) throws IOException {
    return ModelFolder.copy("encoders/" + name, directory);
  }

  static List<String> all() {
    return Encoders.ALL;
  }

  @ParameterizedTest
  @MethodSource("all")
  void resultsAreThoseOfTheReferenceAndHaveTheBitsOfTheFile(String name) throws IOException {
    try (LanguageModel folder = Encoders.loadExact(Encoders.folder(name))) {
      float[] results = Encoders.results(folder, name);
      assertThat(Graph.distance(results, Encoders.expected(name))).isLessThan(1e-5);
      assertThat(folder.info().reranker()).isEqualTo(name.endsWith("rank"));
      if (Encoders.hasFile(name)) {
        try (LanguageModel file = Encoders.loadExact(name)) {
          assertThat(Graph.bits(results)).isEqualTo(Graph.bits(Encoders.results(file, name)));
          assertThat(folder.info().architecture()).isEqualTo(file.info().architecture());
          assertThat(folder.info().pooling()).isEqualTo(file.info().pooling());
          assertThat(folder.contextLength()).isEqualTo(file.contextLength());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bert | config.json | \"is_decoder\": false | \"is_decoder\": true | is_decoder true",
        "bert | config.json | \"hidden_act\": \"gelu\" | \"hidden_act\": \"relu\" |"
            + " activation relu",
        "bert | config.json | \"model_type\" | \"position_embedding_type\": \"relative_key\","
            + " \"model_type\" | position_embedding_type relative_key",
        "bert | config.json | \"type_vocab_size\": 2 | \"type_vocab_size\": 3 | token_types",
        "bert-rank | config.json | \"type_vocab_size\": 1 | \"type_vocab_size\": 2 |"
            + " a classification head that reads types of tokens",
        "bert-rank | config.json | ForSequenceClassification | ForTokenClassification |"
            + " tensor \"classifier.",
        "bert-rank | config.json | \"0\": \"LABEL_0\" | \"zero\": \"LABEL_0\" | id2label",
        "roberta | config.json | \"max_position_embeddings\": 771 |"
            + " \"max_position_embeddings\": 259 | max_position_embeddings",
        "roberta | config.json | \"pad_token_id\": 258 | \"pad_token_id\": 900 |"
            + " max_position_embeddings",
        "nomic-bert | config.json | \"causal\": false | \"causal\": true | causal true",
        "nomic-bert | config.json | \"prenorm\": false | \"prenorm\": true | prenorm true",
        "nomic-bert | config.json | \"rotary_emb_interleaved\": false |"
            + " \"rotary_emb_interleaved\": true | rotary_emb_interleaved true",
        "nomic-bert | config.json | \"rotary_emb_fraction\": 1.0 |"
            + " \"rotary_emb_fraction\": 0.5 | rotary_emb_fraction",
        "nomic-bert | config.json | \"rotary_emb_scale_base\": null |"
            + " \"rotary_emb_scale_base\": 512 | rotary_emb_scale_base",
        "nomic-bert | config.json | \"model_type\" | \"moe_every_n_layers\": 2, \"model_type\" |"
            + " moe_every_n_layers",
        "modern-bert | config.json | \"sliding_attention\", | \"chunked\", | layer_types",
        "modern-bert-rank | config.json | \"classifier_pooling\": \"cls\" |"
            + " \"classifier_pooling\": \"max\" | classifier_pooling max",
        "modern-bert-rank | config.json | \"classifier_activation\": \"gelu\" |"
            + " \"classifier_activation\": \"relu\" | activation relu",
        "gemma-embedding | config.json | \"use_bidirectional_attention\": true |"
            + " \"use_bidirectional_attention\": 1 | use_bidirectional_attention",
        "gemma-embedding | modules.json | models.Dense | models.LayerNorm |"
            + " module sentence_transformers.models.LayerNorm",
        "gemma-embedding | modules.json | 2_Dense | ../2_Dense | the name of a folder",
        "gemma-embedding | modules.json | 2_Dense | 4_Dense | config.json in the folder 4_Dense",
        "gemma-embedding | modules.json | [ | { | modules.json",
        "gemma-embedding | 1_Pooling/config.json | mean_tokens | max_tokens | pooling max_tokens",
        "gemma-embedding | 1_Pooling/config.json | false | true |"
            + " pooling cls_token and lasttoken and mean_tokens",
        "gemma-embedding | 1_Pooling/config.json | true | 1 | pooling_mode_mean_tokens",
        "gemma-embedding | 2_Dense/config.json | Identity | Tanh | Tanh behind pooling",
        "gemma-embedding | 2_Dense/config.json | \"out_features\" | \"features\" | out_features",
        "gemma-embedding | 2_Dense/config.json | 128 | 64 | dense_2.weight",
      })
  void whatIsNotComputedIsRefusedByName(
      String name, String file, String from, String to, String named) throws IOException {
    assertThat(copy(name).outcome()).isEqualTo("loaded");
    assertThat(copy(name).replace(file, from, to).outcome()).contains(named);
  }

  /** Every tensor must be there, and none may be there that is not understood. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert",
        "bert-rank",
        "distilbert",
        "eurobert",
        "gemma-embedding",
        "modern-bert-rank",
        "nomic-bert",
        "qwen3-rank",
        "roberta",
        "xlm-roberta-rank"
      })
  void everyTensorIsNeeded(String name) throws IOException {
    List<String> tensors = copy(name).storedTensors();
    assertThat(tensors).hasSizeGreaterThan(10);
    for (String tensor : tensors) {
      String other = tensor.substring(0, tensor.length() - 1) + "_";
      assertThat(copy(name).rename(Pattern.quote(tensor), other).outcome()).contains(other);
    }
  }

  @Test
  void missingFilesOfModulesAreNamed() throws IOException {
    assertThat(copy("gemma-embedding").delete("1_Pooling/config.json").outcome())
        .contains("modules.json", "1_Pooling");
    assertThat(copy("gemma-embedding").delete("3_Dense/model.safetensors").outcome())
        .contains("3_Dense", "model.safetensors");
  }

  @ParameterizedTest
  @CsvSource({"mean_tokens, MEAN", "cls_token, CLS", "lasttoken, LAST"})
  void poolingIsWhatTheModulesSay(String mode, Pooling pooling) throws IOException {
    ModelFolder folder = copy("bert");
    String file = "1_Pooling/config.json";
    folder.replace(file, "true", "false").replace(file, mode + "\": false", mode + "\": true");
    assertThat(LanguageModel.inspect(folder.path()).pooling()).isEqualTo(pooling);
    folder.delete("modules.json");
    assertThat(LanguageModel.inspect(folder.path()).pooling()).isEqualTo(Pooling.MEAN);
  }

  /** What a model was trained with, and old names. */
  @Test
  void headsThatOnlyPredictWordsAreLeftOut() throws IOException {
    ModelFolder bert = copy("bert");
    List<String> tensors = bert.tensors();
    bert.add("cls.predictions.bias", "cls.seq_relationship.weight", "pooler.dense.weight")
        .add("embeddings.position_ids");
    assertThat(bert.tensors()).isEqualTo(tensors);
    bert.rename("([^\"]+LayerNorm)\\.weight", "$1.gamma")
        .rename("([^\"]+LayerNorm)\\.bias", "$1.beta");
    assertThat(bert.tensors()).isEqualTo(tensors);
    assertThat(bert.add("bert.other.weight").outcome()).contains("bert.other.weight");

    ModelFolder distil = copy("distilbert").add("vocab_transform.weight", "vocab_projector.bias");
    assertThat(distil.outcome()).isEqualTo("loaded");
    ModelFolder modern = copy("modern-bert").add("head.dense.weight", "decoder.bias");
    assertThat(modern.outcome()).isEqualTo("loaded");
    assertThat(copy("eurobert").add("lm_head.weight").outcome()).isEqualTo("loaded");
    assertThat(copy("roberta").add("lm_head.dense.weight").outcome()).isEqualTo("loaded");
  }

  /** The names that settings have on the hub. */
  @Test
  void oldNamesOfSettingsMeanTheSame() throws IOException {
    ModelFolder nomic = copy("nomic-bert");
    for (String name : List.of("hidden_size", "num_hidden_layers", "num_attention_heads")) {
      nomic.replace("config.json", "\"" + name + "\"", "\"old_" + name + "\"");
    }
    nomic
        .replace("config.json", "\"hidden_act\"", "\"old_act\"")
        .replace("config.json", "\"max_position", "\"old_position");
    ModelInfo info = LanguageModel.inspect(nomic.path());
    assertThat(info.layers()).isEqualTo(3);
    assertThat(info.contextLength()).isEqualTo(2048);
    ModelFolder modern = copy("modern-bert");
    modern
        .replace("config.json", "\"rope_parameters\"", "\"rope\"")
        .replace("config.json", "\"layer_types\"", "\"types\"");
    try (LanguageModel old = Encoders.loadExact(modern.path());
        LanguageModel file = Encoders.loadExact("modern-bert")) {
      assertThat(Graph.bits(old.embed(FOX))).isEqualTo(Graph.bits(file.embed(FOX)));
    }
  }

  /** A folder is known by its description, its name, or the name that it had. */
  @Test
  void theRerankerOfQwenIsKnownByItsName() throws IOException {
    ModelFolder folder = copy("qwen3-rank");
    List<String> tensors = folder.tensors();
    assertThat(tensors).contains("cls.output.weight").doesNotContain("output.weight");
    assertThat(folder.delete("README.md").tensors())
        .contains("output.weight")
        .doesNotContain("cls.output.weight");
    folder.set("_name_or_path", "\"Qwen/Qwen3-Reranker-0.6B\"");
    assertThat(folder.tensors()).isEqualTo(tensors);
    folder.replace("tokenizer.json", "\"no\"", "\"No\"");
    folder.replace("tokenizer.json", "[\"n\", \"o\"]", "[\"N\", \"o\"]");
    assertThat(folder.outcome()).contains("a token \"no\"");
  }

  /** Bytes of all small files turned at random: an error with a place, or none. */
  @ParameterizedTest
  @ValueSource(strings = {"bert-rank", "gemma-embedding", "nomic-bert", "modern-bert-rank"})
  void damagedFoldersAreRefused(String name) throws IOException {
    Random random = new Random(name.hashCode());
    List<Path> files;
    try (Stream<Path> all = Files.walk(copy(name).path())) {
      files = all.filter(f -> f.toString().endsWith(".json")).sorted().toList();
    }
    for (int i = 0; i < 100; i++) {
      ModelFolder folder = copy(name);
      Path file = files.get(random.nextInt(files.size()));
      byte[] bytes = Files.readAllBytes(file);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] =
            (byte) (random.nextBoolean() ? '0' + random.nextInt(10) : random.nextInt(128));
      }
      Files.write(file, bytes);
      assertThat(folder.outcome().toLowerCase(Locale.ROOT)).doesNotContain("exception");
    }
  }
}
