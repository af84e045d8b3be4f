package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.file.gguf.GgufValue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What files of models that embed may say, and what is refused. */
class EncoderFilesTest {
  @TempDir private Path directory;

  private Path changed(String name, Map<String, GgufValue> changes, Set<String> without)
      throws IOException {
    Path target = directory.resolve("changed.gguf");
    Encoders.rewrite(Encoders.file(name), target, changes, without);
    return target;
  }

  private void refused(
      String name, Map<String, GgufValue> changes, Set<String> without, String feature)
      throws IOException {
    Path file = changed(name, changes, without);
    assertThatThrownBy(() -> LanguageModel.inspect(file))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("unsupported: " + feature);
  }

  private void damaged(
      String name, Map<String, GgufValue> changes, Set<String> without, String expected)
      throws IOException {
    Path file = changed(name, changes, without);
    assertThatThrownBy(() -> LanguageModel.inspect(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void poolingIsWhatTheFileSaysOrTheMean() throws IOException {
    String key = "bert.pooling_type";
    assertThat(LanguageModel.inspect(changed("bert", Map.of(), Set.of(key))).pooling())
        .isEqualTo(Pooling.MEAN);
    Map<Integer, Pooling> names =
        Map.of(1, Pooling.MEAN, 2, Pooling.CLS, 3, Pooling.LAST, 4, Pooling.MEAN);
    for (Map.Entry<Integer, Pooling> name : names.entrySet()) {
      Path file = changed("bert", Map.of(key, GgufValue.uint32(name.getKey())), Set.of());
      assertThat(LanguageModel.inspect(file).pooling()).isEqualTo(name.getValue());
    }
    damaged("bert", Map.of(key, GgufValue.uint32(5)), Set.of(), "0 to 4");
  }

  @Test
  void anEncoderMustNotBeCausal() throws IOException {
    GgufValue causal = GgufValue.bool(true);
    refused("bert", Map.of("bert.attention.causal", causal), Set.of(), "attention that is causal");
  }

  @Test
  void whatTheGraphDoesNotHaveIsRefused() throws IOException {
    GgufValue relu = GgufValue.text("relu");
    refused(
        "modern-bert", Map.of("modern-bert.hidden_activation", relu), Set.of(), "activation relu");
    refused("bert", Map.of("bert.hidden_activation", relu), Set.of(), "key bert.hidden_activation");
    refused(
        "nomic-bert",
        Map.of("nomic-bert.moe_every_n_layers", GgufValue.uint32(2)),
        Set.of(),
        "key nomic-bert.moe_every_n_layers");
    refused(
        "xlm-roberta-rank",
        Map.of(),
        Set.of("cls.weight", "cls.bias"),
        "a classification head without the layer that pools");
    refused(
        "xlm-roberta-rank",
        Map.of(),
        Set.of("token_types.weight"),
        "the classification head of DistilBERT");
    refused(
        "qwen3-rank",
        Map.of(),
        Set.of("tokenizer.chat_template.rerank"),
        "a classification head without a template");
    refused("xlm-roberta-rank", Map.of(), Set.of("cls.output.weight"), "tensor cls.");
  }

  @Test
  void aMissingTensorIsNamed() throws IOException {
    damaged("bert", Map.of(), Set.of("token_embd_norm.weight"), "token_embd_norm.weight");
    damaged(
        "bert", Map.of(), Set.of("blk.1.attn_output_norm.weight"), "blk.1.attn_output_norm.weight");
    damaged("modern-bert", Map.of(), Set.of("blk.1.attn_norm.weight"), "blk.1.attn_norm.weight");
    damaged(
        "bert",
        Map.of("tokenizer.ggml.token_type_count", GgufValue.uint32(3)),
        Set.of(),
        "shape [3, 32] for tensor token_types.weight");
    damaged(
        "gemma-embedding",
        Map.of("gemma-embedding.dense_2_feat_out", GgufValue.uint32(64)),
        Set.of(),
        "shape [64, 32] for tensor dense_2.weight");
  }

  @Test
  void aHeadHasAsManyLabelsAsTheFileNames() throws IOException {
    damaged(
        "qwen3-rank",
        Map.of(),
        Set.of("qwen3.classifier.output_labels"),
        "shape [1, 32] for tensor cls.output.weight");
  }

  /** A decoder may be told to look both ways, as embedding models made of Llama are. */
  @Test
  void aDecoderThatIsNotCausalIsAnEncoder() throws IOException, URISyntaxException {
    String name = "/dev/nomoat/families/llama.gguf";
    Path source = Path.of(Objects.requireNonNull(getClass().getResource(name)).toURI());
    Path target = directory.resolve("both.gguf");
    Encoders.rewrite(
        source, target, Map.of("llama.attention.causal", GgufValue.bool(false)), Set.of());
    Prompt prompt = Prompt.tokens(256, 65, 66, 67);
    Prompt longer = Prompt.tokens(256, 65, 66, 67, 68);
    EmbeddingRequest first =
        EmbeddingRequest.ofPrompts(List.of(prompt, longer)).withPooling(Pooling.CLS);
    try (LanguageModel causal = LanguageModel.load(source);
        LanguageModel both = LanguageModel.load(target)) {
      assertThat(both.info().encoder()).isTrue();
      assertThat(both.info().pooling()).isEqualTo(Pooling.MEAN);
      List<float[]> before = causal.embed(first);
      assertThat(before.get(0)).containsExactly(before.get(1));
      List<float[]> after = both.embed(first);
      assertThat(Graph.distance(after.get(0), after.get(1))).isGreaterThan(0.01);
    }
  }

  @Test
  void windowsOfADecoderThatIsNotCausalAreRefused() throws IOException, URISyntaxException {
    String name = "/dev/nomoat/families/gemma2.gguf";
    Path source = Path.of(Objects.requireNonNull(getClass().getResource(name)).toURI());
    Path target = directory.resolve("windows.gguf");
    Encoders.rewrite(
        source, target, Map.of("gemma2.attention.causal", GgufValue.bool(false)), Set.of());
    assertThatThrownBy(() -> LanguageModel.inspect(target))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("windows of attention that is not causal");
  }
}
