package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that are damaged, contradict themselves or ask for what is not there. */
class HuggingFaceHostileTest {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  @TempDir private Path folder;

  private static Path family(String name) throws URISyntaxException {
    String resource = "/dev/nomoat/families/" + name;
    return Path.of(
        Objects.requireNonNull(HuggingFaceHostileTest.class.getResource(resource)).toURI());
  }

  private void copy(String name) throws IOException, URISyntaxException {
    for (String file : List.of(CONFIG, WEIGHTS)) {
      Files.write(folder.resolve(file), Files.readAllBytes(family(name).resolve(file)));
    }
  }

  private void replace(String file, String from, String to) throws IOException {
    String text = Files.readString(folder.resolve(file), StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    Files.writeString(folder.resolve(file), text.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private String outcome() throws IOException {
    try {
      LanguageModel.inspect(folder);
      return "loaded";
    } catch (ModelFormatException | UnsupportedModelException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"model_type\": \"llama\" | \"model_type\": \"rwkv9\" | model type rwkv9",
        "\"model_type\": \"llama\" | \"model_type\": 3 | model_type",
        "\"model_type\" | \"some_type\" | model_type",
        "\"num_hidden_layers\": 3 | \"num_hidden_layers\": 4 | blk.3.",
        "\"num_hidden_layers\": 3 | \"num_hidden_layers\": 2 | blk.2.",
        "\"num_hidden_layers\": 3 | \"num_hidden_layers\": -1 | num_hidden_layers",
        "\"num_hidden_layers\": 3 | \"num_hidden_layers\": 2000000000 | num_hidden_layers",
        "\"num_hidden_layers\": 3 | \"num_hidden_layers\": \"3\" | num_hidden_layers",
        "\"num_hidden_layers\" | \"layers\" | num_hidden_layers",
        "\"hidden_size\": 32 | \"hidden_size\": 33 | token_embd",
        "\"hidden_size\" | \"size\" | hidden_size",
        "\"intermediate_size\": 64 | \"intermediate_size\": 65 | ffn_",
        "\"vocab_size\": 264 | \"vocab_size\": 265 | token_embd",
        "\"vocab_size\": 264 | \"vocab_size\": 0 | vocab_size",
        "\"num_attention_heads\": 4 | \"num_attention_heads\": 0 | num_",
        "\"num_attention_heads\": 4 | \"num_attention_heads\": 3 | num_",
        "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | num_key_value_heads",
        "\"head_dim\": 16 | \"head_dim\": 15 | rows",
        "\"head_dim\": 16 | \"head_dim\": 1 | rope.dimension_count",
        "\"rms_norm_eps\": 1e-05 | \"rms_norm_eps\": 1e999 | rms_norm_eps",
        "\"rms_norm_eps\": 1e-05 | \"rms_norm_eps\": -1 | rms_norm_eps",
        "\"rms_norm_eps\" | \"eps\" | norm_eps",
        "\"max_position_embeddings\": 512 | \"max_position_embeddings\": 0 |"
            + " max_position_embeddings",
        "\"hidden_act\": \"silu\" | \"hidden_act\": \"relu2\" | activation relu2",
        "\"rope_type\": \"default\" | \"rope_type\": \"dynamic\" | RoPE scaling dynamic",
        "\"rope_type\": \"default\" | \"rope_type\": \"linear\", \"factor\": 0 |"
            + " rope.scaling.factor",
        "\"rope_theta\": 10000.0 | \"rope_theta\": 0 | rope.freq_base",
        "\"rope_parameters\": { | \"rope_parameters\": [], \"x\": { | rope_parameters",
        "\"tie_word_embeddings\": false | \"tie_word_embeddings\": 0 | tie_word_embeddings",
        "\"model_type\" | \"attn_logit_softcapping\": 5, \"model_type\" | attn_logit_softcapping",
        "\"model_type\" | \"clip_qkv\": 5, \"model_type\" | clip_qkv",
        "\"model_type\" | \"quantization_config\": {\"quant_method\": \"bitsandbytes\"},"
            + " \"model_type\" | quantisation bitsandbytes",
        "\"model_type\" | \"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 8},"
            + " \"model_type\" | gptq of 8 bits",
      })
  void badSettingsAreNamed(String from, String to, String named)
      throws IOException, URISyntaxException {
    copy("llama");
    replace(CONFIG, from, to);
    assertThat(outcome()).contains(named);
  }

  @Test
  void aFolderWithoutItsFilesIsNamed() throws IOException, URISyntaxException {
    assertThat(outcome()).contains(folder.toString(), CONFIG);
    copy("llama");
    Files.delete(folder.resolve(WEIGHTS));
    assertThat(outcome()).contains(WEIGHTS);
    Files.writeString(folder.resolve(CONFIG), "{\"model_type\":");
    assertThat(outcome()).contains(CONFIG, "JSON");
    Files.writeString(folder.resolve(CONFIG), "[".repeat(100_000));
    assertThat(outcome()).contains(CONFIG, "JSON");
    Files.write(folder.resolve(CONFIG), new byte[] {(byte) 0xff});
    assertThat(outcome()).contains("UTF-8");
  }

  static List<String> families() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.list(family(""))) {
      return files
          .filter(file -> Files.exists(file.resolve(CONFIG)))
          .map(file -> String.valueOf(file.getFileName()))
          .sorted()
          .toList();
    }
  }

  /** Every tensor of a family must be there, and none may be there that is not understood. */
  @ParameterizedTest
  @MethodSource("families")
  void everyTensorIsNeeded(String name) throws IOException, URISyntaxException {
    copy(name);
    assertThat(outcome()).isEqualTo("loaded");
    byte[] whole = Files.readAllBytes(folder.resolve(WEIGHTS));
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    List<String> tensors =
        Pattern.compile("\"([^\"]+\\.[^\"]+)\":\\{\"dtype\"")
            .matcher(text)
            .results()
            .map(m -> m.group(1))
            .toList();
    assertThat(tensors).hasSizeGreaterThan(10);
    for (String tensor : tensors) {
      // another name of the same length
      String other = tensor.substring(0, tensor.length() - 1) + "_";
      Files.writeString(
          folder.resolve(WEIGHTS),
          text.replace("\"" + tensor + "\"", "\"" + other + "\""),
          StandardCharsets.ISO_8859_1);
      assertThat(outcome()).as(tensor).contains(other);
    }
  }

  @Test
  void tensorsOfOtherTypesAndShapesAreNamed() throws IOException, URISyntaxException {
    copy("llama");
    replace(
        WEIGHTS,
        "\"model.norm.weight\":{\"dtype\":\"BF16\",\"shape\":[32]",
        "\"model.norm.weight\":{\"dtype\":\"I16\" ,\"shape\":[32]");
    assertThat(outcome()).contains("output_norm.weight", "I16");
    copy("llama");
    replace(
        WEIGHTS,
        "\"model.norm.weight\":{\"dtype\":\"BF16\",\"shape\":[32]",
        "\"model.norm.weight\":{\"dtype\":\"BF16\",\"shape\":[4,8]");
    assertThat(Objects.requireNonNull(outcome())).isNotEqualTo("loaded");
  }

  /**
   * Bytes of the configuration and of the header turned at random: an error with a place, or none.
   */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "falcon", "gpt_oss", "gemma3_text", "phi3"})
  void damagedFoldersAreRefused(String name) throws IOException, URISyntaxException {
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 150; i++) {
      copy(name);
      String file = random.nextBoolean() ? CONFIG : WEIGHTS;
      byte[] bytes = Files.readAllBytes(folder.resolve(file));
      int reach = file.equals(CONFIG) ? bytes.length : Math.min(bytes.length, 3000);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(reach)] =
            (byte) (random.nextBoolean() ? '0' + random.nextInt(10) : random.nextInt(128));
      }
      Files.write(folder.resolve(file), bytes);
      assertThat(outcome().toLowerCase(Locale.ROOT)).doesNotContain("exception");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq-asym", "awq", "int4", "fp8", "mxfp4"})
  void damagedQuantisedFoldersAreRefused(String name) throws IOException, URISyntaxException {
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 100; i++) {
      copy("quantized/" + name);
      byte[] bytes = Files.readAllBytes(folder.resolve(WEIGHTS));
      for (int n = 1 + random.nextInt(2); n > 0; n--) {
        bytes[random.nextInt(3000)] = (byte) ('0' + random.nextInt(10));
      }
      Files.write(folder.resolve(WEIGHTS), bytes);
      assertThat(outcome().toLowerCase(Locale.ROOT)).doesNotContain("exception");
    }
  }

  @Test
  void theFilesOfAFolderMeanTheFolder() throws IOException, URISyntaxException {
    copy("llama");
    for (String file : List.of(CONFIG, WEIGHTS)) {
      assertThat(LanguageModel.inspect(folder.resolve(file)).layers()).isEqualTo(3);
    }
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tokenizer.json");
  }
}
