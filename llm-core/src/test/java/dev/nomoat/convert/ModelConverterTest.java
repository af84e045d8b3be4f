package dev.nomoat.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a conversion writes, and what is left when it fails. */
class ModelConverterTest {
  private static final String WEIGHTS = "model.safetensors";

  @TempDir private Path directory;
  private Path folder;
  private Path target;

  @BeforeEach
  void copyFolder() throws IOException, URISyntaxException {
    folder = Files.createDirectory(directory.resolve("tiny-llama-1K-chat"));
    Path source =
        Path.of(
            Objects.requireNonNull(getClass().getResource("/dev/nomoat/families/llama")).toURI());
    for (String name : List.of("config.json", WEIGHTS)) {
      Files.copy(source.resolve(name), folder.resolve(name));
    }
    TokenizerFolders.bytes(folder);
    target = Files.createDirectory(directory.resolve("out")).resolve("model.gguf");
  }

  private void replace(String name, String from, String to) throws IOException {
    String text = Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    Files.writeString(folder.resolve(name), text.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private List<Path> written() throws IOException {
    try (Stream<Path> files = Files.list(target.getParent())) {
      return files.toList();
    }
  }

  private List<TensorType> types(String name) throws IOException {
    try (GgufFile file = GgufFile.open(target)) {
      return file.tensors().stream()
          .filter(tensor -> tensor.name().contains(name))
          .map(GgufTensor::type)
          .distinct()
          .toList();
    }
  }

  @Test
  void bytesDoNotDependOnThreadsAndProgressReachesTheEnd() throws IOException {
    List<Long> done = new ArrayList<>();
    List<Long> total = new ArrayList<>();
    ConvertOptions options =
        ConvertOptions.defaults()
            .withThreads(1)
            .withListener(
                (bytesDone, bytesTotal) -> {
                  done.add(bytesDone);
                  total.add(bytesTotal);
                });
    ConversionResult result = ModelConverter.convert(folder, target, options);
    byte[] bytes = Files.readAllBytes(target);
    assertThat(result).isEqualTo(new ConversionResult(target, 30, bytes.length));
    assertThat(done).isSorted();
    assertThat(done.getLast()).isEqualTo(total.getLast());
    assertThat(total).containsOnly(total.getFirst());
    ModelConverter.convert(folder, target, ConvertOptions.defaults().withThreads(3));
    assertThat(Files.readAllBytes(target)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16", "Q8_0"})
  void matricesHaveTheTypeThatIsAskedForAndVectorsF32(TensorType type) throws IOException {
    ModelConverter.convert(folder, target, ConvertOptions.defaults().withType(type));
    assertThat(types("ffn_down")).containsExactly(type);
    assertThat(types("token_embd")).containsExactly(type);
    assertThat(types("norm")).containsExactly(TensorType.F32);
    try (GgufFile file = GgufFile.open(target)) {
      int number = file.metadata().requireInt("general.file_type");
      assertThat(number)
          .isEqualTo(
              switch (type) {
                case F32 -> 0;
                case F16 -> 1;
                case Q8_0 -> 7;
                default -> 32;
              });
    }
  }

  @Test
  void everyFormatThatIsWrittenHasANumber() {
    for (TensorType type : TensorType.values()) {
      boolean encoded = BlockCodec.supports(type) && BlockCodec.of(type).canEncode();
      assertThat(TensorTypes.fileType(type).isPresent()).as(type.name()).isEqualTo(encoded);
    }
    // llama_ftype: Q3_K_S, Q4_K_S, Q5_K_S, TQ1_0
    assertThat(TensorTypes.fileType(TensorType.Q3_K)).contains(11);
    assertThat(TensorTypes.fileType(TensorType.Q4_K)).contains(14);
    assertThat(TensorTypes.fileType(TensorType.Q5_K)).contains(16);
    assertThat(TensorTypes.fileType(TensorType.TQ1_0)).contains(36);
  }

  @Test
  void theFirstOverrideThatFitsCountsAndBlocksThatDoNotFitBecomeF16() throws IOException {
    ModelConverter.convert(
        folder,
        target,
        ConvertOptions.defaults()
            .withType(TensorType.Q8_0)
            .withType("^blk\\.0\\.ffn_(up|gate)", TensorType.Q4_0)
            .withType("ffn", TensorType.F32)
            .withType("attn_q", TensorType.Q4_K));
    assertThat(types("blk.0.ffn_up")).containsExactly(TensorType.Q4_0);
    assertThat(types("blk.1.ffn_up")).containsExactly(TensorType.F32);
    assertThat(types("attn_q.")).containsExactly(TensorType.F16);
    assertThat(types("attn_k.")).containsExactly(TensorType.Q8_0);
  }

  @Test
  void optionsAreChecked() {
    ConvertOptions options = ConvertOptions.defaults();
    assertThatThrownBy(() -> options.withType(TensorType.I8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no encoder for I8");
    assertThatThrownBy(() -> options.withType("x", TensorType.F64))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> options.withType("(", TensorType.F16))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> options.withThreads(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theFolderTellsWhereTheModelComesFrom() throws IOException {
    Files.writeString(
        folder.resolve("README.md"),
        """
        ---
        license: apache-2.0
        base_model: some-lab/Big-7B-v2
        tags:
          - small # very
          - "fast"
        language: [en, fr]
        ---
        # A model
        """);
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"temperature\": 0.7, \"top_k\": 20, \"eos_token_id\": [257, 259]}");
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    Files.createDirectory(folder.resolve("additional_chat_templates"));
    Files.writeString(folder.resolve("additional_chat_templates/tool-use.jinja"), "{{ tools }}");
    ModelConverter.convert(folder, target);
    try (GgufFile file = GgufFile.open(target)) {
      var keys = file.metadata();
      assertThat(keys.requireString("general.type")).isEqualTo("model");
      assertThat(keys.requireString("general.name")).isEqualTo("Tiny Llama 1K Chat");
      assertThat(keys.requireString("general.basename")).isEqualTo("tiny-llama");
      assertThat(keys.requireString("general.finetune")).isEqualTo("1k-chat");
      assertThat(keys.requireString("general.size_label")).isEqualTo("54K");
      assertThat(keys.requireString("general.license")).isEqualTo("apache-2.0");
      assertThat(keys.requireString("general.base_model.0.name")).isEqualTo("Big 7B v2");
      assertThat(keys.requireString("general.base_model.0.organization")).isEqualTo("Some Lab");
      assertThat(keys.requireStrings("general.tags").toTexts()).containsExactly("small", "fast");
      assertThat(keys.requireStrings("general.languages").toTexts()).containsExactly("en", "fr");
      assertThat(keys.requireInt("general.sampling.top_k")).isEqualTo(20);
      assertThat(keys.requireFloat("general.sampling.temp")).isEqualTo(0.7f);
      assertThat(keys.requireInt("general.quantization_version")).isEqualTo(2);
      assertThat(keys.requireString("tokenizer.chat_template")).isEqualTo("{{ messages }}");
      assertThat(keys.requireString("tokenizer.chat_template.tool_use")).isEqualTo("{{ tools }}");
      assertThat(keys.requireInt("tokenizer.ggml.eos_token_id")).isEqualTo(257);
      assertThat(keys.requireInt("tokenizer.ggml.eot_token_id")).isEqualTo(259);
    }
  }

  @Test
  void filesOfTheFolderAreNotReplaced() throws IOException {
    byte[] weights = Files.readAllBytes(folder.resolve(WEIGHTS));
    Path link = Files.createSymbolicLink(directory.resolve("link"), folder.resolve(WEIGHTS));
    for (Path input : List.of(folder.resolve(WEIGHTS), link, folder.resolve("config.json"))) {
      assertThatThrownBy(() -> ModelConverter.convert(folder, input))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is the input");
    }
    assertThatThrownBy(() -> ModelConverter.convert(folder, folder))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ModelConverter.convert(folder.resolve(WEIGHTS), target))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Files.readAllBytes(folder.resolve(WEIGHTS))).isEqualTo(weights);
    // a file beside them is no input, nor is one that was converted before
    Path inside = folder.resolve("model.gguf");
    ModelConverter.convert(folder, inside);
    ModelConverter.convert(folder, inside);
    assertThat(inside).exists();
  }

  @Test
  void failuresLeaveWhatWasThere() throws IOException {
    Files.writeString(target, "before");
    ConvertOptions failing =
        ConvertOptions.defaults()
            .withListener(
                (done, total) -> {
                  if (done > total / 2) {
                    throw new IllegalStateException("enough");
                  }
                });
    assertThatThrownBy(() -> ModelConverter.convert(folder, target, failing))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("enough");
    byte[] weights = Files.readAllBytes(folder.resolve(WEIGHTS));
    int first = 8 + ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN).getInt();
    weights[first + 1] = 0x5e; // as BF16 more than F16 can hold
    Files.write(folder.resolve(WEIGHTS), weights);
    ConvertOptions halves = ConvertOptions.defaults().withType(TensorType.F16);
    assertThatThrownBy(() -> ModelConverter.convert(folder, target, halves))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("numbers that F16 can hold");
    weights[first + 1] = 0x7f;
    weights[first] = (byte) 0xc0; // NaN
    Files.write(folder.resolve(WEIGHTS), weights);
    ConvertOptions blocks = ConvertOptions.defaults().withType(TensorType.Q8_0);
    assertThatThrownBy(() -> ModelConverter.convert(folder, target, blocks))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("numbers that Q8_0 can hold");
    Files.write(folder.resolve(WEIGHTS), List.of("short"));
    assertThatThrownBy(() -> ModelConverter.convert(folder, target))
        .isInstanceOf(ModelFormatException.class);
    assertThat(written()).containsExactly(target);
    assertThat(target).hasContent("before");
  }

  @Test
  void anInterruptEndsIt() throws IOException {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> ModelConverter.convert(folder, target))
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(written()).isEmpty();
  }

  @Test
  void theFolderOfTheTargetMustBeThere() throws IOException {
    Path nowhere = directory.resolve("nowhere/model.gguf");
    assertThatThrownBy(() -> ModelConverter.convert(folder, nowhere))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
    Files.delete(folder.resolve("tokenizer.json"));
    assertThatThrownBy(() -> ModelConverter.convert(folder, target))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tokenizer.json");
    assertThat(written()).isEmpty();
  }

  @Test
  void aTokenizerThatIsLargerThanTheModelIsRefused() throws IOException {
    replace("tokenizer.json", "\"the\":261", "\"the\":264");
    assertThatThrownBy(() -> ModelConverter.convert(folder, target))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("at most 264");
  }

  @Test
  void aTextThatHasNoUtf8IsATypedError() throws IOException {
    replace(
        "tokenizer_config.json",
        "{\"bos_token\"",
        "{\"chat_template\": \"\\ud800\", \"bos_token\"");
    assertThatThrownBy(() -> ModelConverter.convert(folder, target))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("surrogate");
    assertThat(written()).isEmpty();
  }

  @Test
  void damageIsATypedError() throws IOException {
    Random random = new Random(5);
    int converted = 0;
    for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      byte[] sound = Files.readAllBytes(folder.resolve(name));
      for (int round = 0; round < 60; round++) {
        byte[] damaged = sound.clone();
        for (int i = 0; i <= random.nextInt(3); i++) {
          int at = random.nextInt(damaged.length);
          // of a character of several bytes nothing, for then it would be no text
          damaged[at] = damaged[at] < 0 ? damaged[at] : (byte) (32 + random.nextInt(95));
        }
        Files.write(folder.resolve(name), damaged);
        try {
          ModelConverter.convert(folder, target);
          converted++;
        } catch (ModelFormatException | UnsupportedModelException e) {
          assertThat(e).hasMessageNotContaining("Exception");
        }
      }
      Files.write(folder.resolve(name), sound);
    }
    assertThat(converted).isBetween(1, 170);
  }
}
