package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of larger models around a text model, and those whose parts are stored in other ways. */
class HuggingFacePartsTest {
  @TempDir private Path directory;

  private ModelFolder copy(String family) throws IOException {
    return ModelFolder.copy("families/" + family, directory);
  }

  private static int[] bits(Path folder) throws IOException {
    try (Graph graph = Graph.open(folder)) {
      return Graph.bits(graph.logits(Graph.Mode.EXACT, FamilyModels.ids(), 256));
    }
  }

  private static void assertAsBefore(ModelFolder folder, String family)
      throws IOException, URISyntaxException {
    assertThat(bits(folder.path())).isEqualTo(bits(FamilyModels.path(family)));
  }

  /** With the names that transformers saves. */
  @ParameterizedTest
  @CsvSource({
    "cohere2, cohere2_vision, model.language_model., lm_head",
    "gemma3_text, gemma3, language_model.model., lm_head",
    "gemma4_text, gemma4, model.language_model., lm_head",
    "lfm2, lfm2_vl, model.language_model., lm_head",
    "llama, idefics3, model.text_model., lm_head",
    "llama, llava_next, language_model.model., language_model.lm_head",
    "llama4_text, llama4, language_model.model., language_model.lm_head",
    "ministral3, mistral3, language_model.model., language_model.lm_head",
    "qwen2, internvl, language_model.model., language_model.lm_head",
    "qwen3_5_moe_text, qwen3_5_moe, model.language_model., lm_head",
    "qwen3_5_text, qwen3_5, model.language_model., lm_head"
  })
  void theTextOfALargerModelIsLoaded(String family, String larger, String prefix, String head)
      throws IOException, URISyntaxException {
    ModelFolder folder = copy(family).wrap(larger).rename("model\\.(.+)", prefix + "$1");
    if (folder.storedTensors().contains("lm_head.weight") && !head.equals("lm_head")) {
      folder.rename("lm_head\\.weight", head + ".weight");
    }
    folder
        .add("vision_tower.layers.0.weight", "model.visual.blocks.0.norm1.weight")
        .add("multi_modal_projector.linear_1.bias", "model.connector.proj.weight")
        .add("model.audio_tower.conv.weight", "model.embed_vision.proj.qweight", "image_newline");
    assertAsBefore(folder, family);
  }

  @ParameterizedTest
  @CsvSource({
    "glm4, glm4v, glm4v_text",
    "qwen2, qwen2_vl, qwen2_vl_text",
    "qwen2, qwen2_5_vl, qwen2_5_vl_text",
    "qwen3, qwen3_vl, qwen3_vl_text",
    "qwen3_moe, qwen3_vl_moe, qwen3_vl_moe_text"
  })
  void thePartsOfPositionsInPicturesAreTheSameInTexts(String family, String larger, String text)
      throws IOException, URISyntaxException {
    ModelFolder folder = copy(family).set("model_type", "\"" + text + "\"");
    folder.replace("config.json", "\"rope_type\"", "\"mrope_section\":[2,3,3],\"rope_type\"");
    assertAsBefore(folder.wrap(larger).rename("model\\.(.+)", "model.language_model.$1"), family);
  }

  /** Older configurations have both in one object. */
  @Test
  void aLargerModelMayHaveASingleConfiguration() throws IOException, URISyntaxException {
    ModelFolder folder =
        copy("qwen2")
            .set("model_type", "\"qwen2_5_vl\"")
            .set("vision_config", "{}")
            .set("rope_parameters", "")
            .set("rope_theta", "10000.0")
            .set("rope_scaling", "{\"type\":\"mrope\",\"mrope_section\":[2,3,3]}")
            .add("visual.blocks.0.attn.qkv.weight");
    assertAsBefore(folder, "qwen2");
  }

  @Test
  void otherLargerModelsAreRefusedByName() throws IOException {
    assertThat(copy("gemma2").wrap("paligemma").outcome())
        .contains("model type paligemma around gemma2");
    assertThat(copy("llama").add("vision_tower.norm.weight").outcome())
        .contains("vision_tower.norm.weight");
    ModelFolder none = copy("llama").wrap("llava");
    assertThat(none.replace("config.json", "\"model_type\":\"llava\",", "").outcome())
        .contains("model_type");
  }

  /** The larger model's configuration may say that the head is the embedding's matrix. */
  @Test
  void theHeadOfALargerModelIsTheOneThatIsThere() throws IOException, URISyntaxException {
    ModelFolder folder = copy("llama").wrap("llava").set("tie_word_embeddings", "true");
    assertAsBefore(folder, "llama");
    folder.rename("lm_head\\.weight", "vision_tower.other.weight");
    assertThat(folder.tensors()).doesNotContain("output.weight");
    assertThat(folder.set("tie_word_embeddings", "false").outcome()).contains("an output head");
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3_moe, qwen3_vl_moe_text, false",
    "qwen3_moe, qwen3_vl_moe_text, true",
    "qwen3_next, qwen3_next, false",
    "qwen3_5_moe_text, qwen3_5_moe_text, false",
    "deepseek_v3, deepseek_v3, false"
  })
  void expertsMayBeStacked(String family, String type, boolean transposed)
      throws IOException, URISyntaxException {
    ModelFolder folder = copy(family).set("model_type", "\"" + type + "\"");
    assertAsBefore(folder.stackExperts(transposed), family);
  }

  @Test
  void anExpertThatIsMissingIsNamed() throws IOException {
    String second = "model\\.layers\\.1\\.mlp\\.experts\\.1\\.up_proj\\.weight";
    ModelFolder folder =
        copy("qwen3_moe").rename(second, "model.layers.1.mlp.experts.99.up_proj.weight");
    assertThat(folder.outcome()).contains("number 1 of those", "layers.1.mlp.experts.2.up_proj");
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek_v3", "qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"})
  void predictorsOfFurtherTokensAreLeftOut(String family) throws IOException {
    List<String> tensors = copy(family).tensors();
    ModelFolder folder =
        copy(family)
            .add("mtp.layers.0.mlp.gate.weight", "mtp.fc.weight", "model.mtp.norm.weight")
            .add("model.layers.99.eh_proj.weight", "model.layers.99.mlp.experts.0.up_proj.qweight");
    assertThat(folder.tensors()).isEqualTo(tensors);
  }

  @Test
  void otherFamiliesHaveNoPredictors() throws IOException {
    assertThat(copy("llama").add("mtp.fc.weight").outcome()).contains("mtp.fc.weight");
    assertThat(copy("llama").add("model.layers.9.eh_proj.weight").outcome())
        .contains("model.layers.9.eh_proj.weight");
  }

  @Test
  void layersOfGraniteWithAttentionMayBeListedOrCounted() throws IOException, URISyntaxException {
    ModelFolder listed = copy("granitemoehybrid").set("layer_types", "");
    assertThat(listed.outcome()).contains("blk.2.");
    assertAsBefore(listed.set("attn_layer_indices", "[2]"), "granitemoehybrid");
    ModelFolder counted = copy("granitemoehybrid").set("layer_types", "");
    counted.set("attn_layer_period", "4").set("attn_layer_offset", "2");
    assertAsBefore(counted, "granitemoehybrid");
  }
}
