package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.convert.GgufSets;
import dev.nomoat.convert.ModelDiff;
import dev.nomoat.convert.ModelQuantizer;
import dev.nomoat.convert.QuantizationMix;
import dev.nomoat.convert.QuantizeOptions;
import dev.nomoat.convert.QuantizedTensor;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.measure.ImportanceMatrix;
import dev.nomoat.measure.MeasureOptions;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Quantised files: formats, bytes, and what happens when something goes wrong. */
class ModelQuantizerTest {
  private static final Path FULL = Story.file("bf16");
  private static final QuantizeOptions EIGHT_BITS = QuantizeOptions.of(QuantizationMix.Q8_0);

  @TempDir private Path directory;

  private Path target() {
    return directory.resolve("out.gguf");
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void eightBitsAreTheBytesOfTheReference() throws Exception {
    List<QuantizedTensor> tensors = ModelQuantizer.quantize(FULL, target(), EIGHT_BITS);

    assertThat(tensors).hasSize(38);
    ModelDiff diff = ModelDiff.of(target(), Story.file("q8_0"));
    assertThat(diff.tensors()).isEmpty();
    assertThat(diff.metadata()).isEmpty();
    assertThat(diff.sameTensors()).isEqualTo(38);
    assertThat(diff.isEmpty()).isTrue();
  }

  @Test
  void onlyWhatTellsOfTheFormatsChangesInTheMetadata() throws Exception {
    ModelQuantizer.quantize(FULL, target(), EIGHT_BITS);

    ModelDiff diff = ModelDiff.of(FULL, target());
    assertThat(diff.metadata())
        .containsExactly(
            new ModelDiff.ChangedKey("general.file_type", Optional.of("32"), Optional.of("7")));
    assertThat(diff.tensors()).hasSize(29).allMatch(change -> change.numbers().isPresent());
    assertThat(diff.tensors()).allMatch(change -> change.numbers().orElseThrow().relative() < 0.01);
  }

  @Test
  void mixesChooseAsTheReferenceDoes() throws Exception {
    // from the files that llama-quantize made
    for (QuantizationMix mix :
        List.of(
            QuantizationMix.Q4_0,
            QuantizationMix.Q4_1,
            QuantizationMix.Q5_0,
            QuantizationMix.Q5_1,
            QuantizationMix.Q4_K_M,
            QuantizationMix.Q5_K_M,
            QuantizationMix.Q6_K,
            QuantizationMix.Q2_K,
            QuantizationMix.Q3_K_M,
            QuantizationMix.IQ4_NL,
            QuantizationMix.IQ4_XS)) {
      Map<String, TensorType> expected = new TreeMap<>();
      try (GgufFile file = GgufFile.open(Story.file(mix.name().toLowerCase(Locale.ROOT)))) {
        file.tensors().forEach(tensor -> expected.put(tensor.name(), tensor.type()));
      }
      Map<String, TensorType> chosen = new TreeMap<>();
      ModelQuantizer.plan(FULL, QuantizeOptions.of(mix))
          .forEach(tensor -> chosen.put(tensor.name(), tensor.to()));
      assertThat(chosen).as(mix.name()).isEqualTo(expected);
    }
  }

  @Test
  void overridesPureAndFallbacks() throws Exception {
    List<QuantizedTensor> pure =
        ModelQuantizer.plan(FULL, QuantizeOptions.of(QuantizationMix.Q4_0).withPure(true));
    assertThat(pure)
        .filteredOn(tensor -> tensor.from() == TensorType.BF16)
        .allMatch(tensor -> tensor.to() == TensorType.Q4_0);
    assertThat(pure)
        .filteredOn(tensor -> tensor.from() == TensorType.F32)
        .hasSize(9)
        .allMatch(tensor -> tensor.to() == TensorType.F32);

    QuantizeOptions mixed =
        EIGHT_BITS
            .withType("attn_v", TensorType.Q4_0)
            .withType("attn_", TensorType.F16)
            .withType("^token_embd\\.weight$", TensorType.Q5_1);
    Map<String, TensorType> types = new TreeMap<>();
    ModelQuantizer.quantize(FULL, target(), mixed)
        .forEach(tensor -> types.put(tensor.name(), tensor.to()));
    assertThat(types)
        .containsEntry("blk.0.attn_v.weight", TensorType.Q4_0)
        .containsEntry("blk.0.attn_q.weight", TensorType.F16)
        .containsEntry("blk.0.attn_norm.weight", TensorType.F32)
        .containsEntry("blk.0.ffn_up.weight", TensorType.Q8_0)
        .containsEntry("token_embd.weight", TensorType.Q5_1);
    try (GgufFile file = GgufFile.open(target())) {
      file.tensors().forEach(t -> assertThat(t.type()).isEqualTo(types.get(t.name())));
    }

    Path odd = new TinyLlama(TinyLlama.Shape.ODD).write(directory.resolve("odd.gguf"));
    for (QuantizedTensor tensor :
        ModelQuantizer.plan(odd, QuantizeOptions.of(QuantizationMix.Q4_K_M))) {
      boolean head = tensor.name().equals("output.weight");
      if (tensor.to() != tensor.from()) {
        assertThat(tensor.wanted().blockElements()).isEqualTo(head ? 32 : 256);
        assertThat(tensor.to()).isIn(TensorType.Q5_0, TensorType.Q8_0);
      }
    }
  }

  @Test
  void theNumberOfThreadsDoesNotMatter() throws Exception {
    Path other = directory.resolve("other.gguf");
    QuantizeOptions options = QuantizeOptions.of(QuantizationMix.Q4_0).withPure(true);
    long[] heard = new long[2];
    ModelQuantizer.quantize(FULL, target(), options.withThreads(1));
    ModelQuantizer.quantize(
        FULL,
        other,
        options
            .withThreads(5)
            .withListener(
                (done, total) -> {
                  assertThat(done).isGreaterThan(heard[0]);
                  heard[0] = done;
                  heard[1] = total;
                }));

    assertThat(Files.mismatch(target(), other)).isEqualTo(-1);
    assertThat(heard[0]).isEqualTo(heard[1]).isPositive();
    assertThat(Resources.modelThreads()).isEmpty();
  }

  @Test
  void importanceMakesTheErrorThatCountsSmaller() throws Exception {
    ImportanceMatrix importance;
    try (LanguageModel model = Story.load("bf16")) {
      int[] text = MeasureOptions.tokens(model.tokenizer(), Files.readString(Story.stories()));
      importance =
          ImportanceMatrix.measure(
              model, text, "stories", MeasureOptions.defaults().withChunkSize(256));
    }
    QuantizeOptions options = QuantizeOptions.of(QuantizationMix.Q4_0).withPure(true);
    Path weighted = directory.resolve("weighted.gguf");
    ModelQuantizer.quantize(FULL, target(), options);
    ModelQuantizer.quantize(FULL, weighted, options.withImportance(importance));

    try (GgufFile full = GgufFile.open(FULL);
        GgufFile plain = GgufFile.open(target());
        GgufFile better = GgufFile.open(weighted)) {
      for (String name : importance.tensors()) {
        float[] columns = importance.of(name).orElseThrow();
        assertThat(StoredNumbers.weightedError(full, better, name, columns))
            .isLessThan(StoredNumbers.weightedError(full, plain, name, columns));
      }
    }
  }

  @Test
  void importanceOfAnotherModelIsRefused() throws Exception {
    ImportanceMatrix importance;
    try (LanguageModel model = LanguageModel.load(FamilyModels.path("llama.gguf"))) {
      int[] text = new int[64];
      importance =
          ImportanceMatrix.measure(
              model, text, "zeros", MeasureOptions.defaults().withChunkSize(32));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelQuantizer.quantize(
                    FULL,
                    target(),
                    QuantizeOptions.of(QuantizationMix.Q4_0).withImportance(importance)))
        .withMessageContaining("of another model");
    assertThat(files()).isEmpty();
  }

  @Test
  void whatCannotBeDoneIsRefusedBeforeAnythingIsWritten() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelQuantizer.quantize(Story.file("q4_0"), target(), EIGHT_BITS))
        .withMessageContaining("quantising again must be allowed");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelQuantizer.quantize(
                    FULL, target(), EIGHT_BITS.withType("attn_x", TensorType.Q8_0)))
        .withMessageContaining("attn_x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EIGHT_BITS.withType("attn_(", TensorType.Q8_0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EIGHT_BITS.withType("attn", TensorType.IQ2_XXS));
    assertThatIllegalArgumentException().isThrownBy(() -> EIGHT_BITS.withThreads(-1));
    assertThatThrownBy(() -> ModelQuantizer.quantize(directory.resolve("no"), target(), EIGHT_BITS))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(files()).isEmpty();

    ModelQuantizer.quantize(
        Story.file("q4_0"), target(), EIGHT_BITS.withRequantize(true).withThreads(2));
    assertThat(ModelDiff.of(target(), Story.file("q8_0")).sameTensors()).isEqualTo(9);
  }

  @Test
  void aRegularExpressionThatNeedsTooMuchOfTheStackIsNamed() throws Exception {
    Path model = directory.resolve("long.gguf");
    String name = "ab".repeat(30_000) + ".weight";
    small().tensor(name, TensorType.F32, List.of(2L, 32L), floats(64)).write(model);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelQuantizer.plan(
                    model, EIGHT_BITS.withType("^(a|b|c)*x", TensorType.Q8_0).withPure(true)))
        .withMessageContaining("the regular expression \"^(a|b|c)*x\" cannot be searched for");
  }

  private static GgufWriter small() {
    return new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .put("llama.block_count", GgufValue.uint32(1));
  }

  private static MemorySegment floats(int count) {
    return MemorySegment.ofArray(new byte[count * Float.BYTES]);
  }

  @Test
  void aFileThatHasAllTheKeysThereCanBeGetsNoMore() throws Exception {
    Path model = directory.resolve("keys.gguf");
    GgufWriter writer = small();
    for (int key = 2; key < 1 << 16; key++) {
      writer.put("k" + key, GgufValue.uint32(key));
    }
    writer.tensor("t.weight", TensorType.F32, List.of(2L, 32L), floats(64)).write(model);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.put("one.more", GgufValue.uint32(0)))
        .withMessage("a file holds at most 65536 keys");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelQuantizer.quantize(model, target(), EIGHT_BITS))
        .withMessage("a file holds at most 65536 keys");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                GgufSets.split(model, target(), GgufSets.Limit.ofTensors(1), (done, total) -> {}));
    assertThat(files()).containsExactly(model);
  }

  @Test
  void textsThatAreNotUtf8AreCopiedAsTheyAre() throws Exception {
    Path model = directory.resolve("in.gguf");
    small()
        .put("general.author", GgufValue.text("M?ller"))
        .tensor("t.weight", TensorType.F32, List.of(2L, 32L), floats(64))
        .write(model);
    byte[] bytes = Files.readAllBytes(model);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("M?ller");
    bytes[at + 1] = (byte) 0xfc;
    Files.write(model, bytes);

    ModelQuantizer.quantize(model, target(), EIGHT_BITS);

    byte[] copied = Files.readAllBytes(target());
    assertThat(new String(copied, StandardCharsets.ISO_8859_1)).contains("M\u00fcller");
    try (GgufFile file = GgufFile.open(target())) {
      assertThat(file.metadata().string("general.author")).contains("M\ufffdller");
    }
    assertThat(ModelDiff.of(model, target()).metadata())
        .extracting(ModelDiff.ChangedKey::key)
        .containsExactly("general.file_type", "general.quantization_version");
    bytes[at + 1] = (byte) 0xfe;
    Files.write(model, bytes);
    assertThat(ModelDiff.of(model, target()).metadata())
        .extracting(ModelDiff.ChangedKey::key)
        .contains("general.author");
  }

  @Test
  void theInputStaysAsItIs() throws Exception {
    Path input = directory.resolve("in.gguf");
    Files.copy(FULL, input);
    Path link = Files.createSymbolicLink(directory.resolve("link.gguf"), input);
    for (Path output : List.of(input, link)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ModelQuantizer.quantize(input, output, EIGHT_BITS))
          .withMessageContaining("is the input");
    }
    assertThat(Files.mismatch(input, FULL)).isEqualTo(-1);
    assertThat(files()).hasSize(2);
  }

  @Test
  void aFailureLeavesWhatWasThere() throws Exception {
    Path broken = directory.resolve("broken.gguf");
    Story.rewrite(
        broken,
        TensorType.F32,
        (name, values) -> {
          if (name.equals("blk.3.ffn_down.weight")) {
            values[1000] = Float.NaN;
            values[2000] = 1e6f;
          }
          return values;
        });
    Files.writeString(target(), "precious");

    assertThatThrownBy(() -> ModelQuantizer.quantize(broken, target(), EIGHT_BITS))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("row 1 of tensor blk.3.ffn_down.weight")
        .hasMessageContaining("element 232");
    assertThat(target()).hasContent("precious");
    assertThat(files()).hasSize(2);

    Path large = directory.resolve("large.gguf");
    Story.rewrite(
        large,
        TensorType.F32,
        (name, values) -> {
          values[0] = name.equals("blk.0.attn_q.weight") ? 65_520 : values[0];
          return values;
        });
    assertThatThrownBy(
            () -> ModelQuantizer.quantize(large, target(), QuantizeOptions.of(QuantizationMix.F16)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("numbers that F16 can hold in row 0 of tensor blk.0.attn_q.weight");
    Story.rewrite(
        large,
        TensorType.F32,
        (name, values) -> {
          values[0] = name.equals("blk.0.attn_q.weight") ? Float.MAX_VALUE : values[0];
          return values;
        });
    assertThatThrownBy(
            () ->
                ModelQuantizer.quantize(large, target(), QuantizeOptions.of(QuantizationMix.BF16)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("numbers that BF16 can hold");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelQuantizer.quantize(FULL, directory, EIGHT_BITS))
        .withMessageContaining("is a folder");
    assertThatThrownBy(
            () -> ModelQuantizer.quantize(FULL, directory.resolve("no/where.gguf"), EIGHT_BITS))
        .isInstanceOf(NoSuchFileException.class);
    // the listener stands for whatever may fail in between
    assertThatThrownBy(
            () ->
                ModelQuantizer.quantize(
                    FULL,
                    target(),
                    EIGHT_BITS.withListener(
                        (done, total) -> {
                          throw new IllegalStateException("enough");
                        })))
        .hasMessage("enough");
    assertThat(target()).hasContent("precious");
    assertThat(files()).hasSize(3);
  }

  @Test
  void anInterruptEndsTheWorkAndLeavesNothing() throws Exception {
    var failure = new AtomicReference<Throwable>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    ModelQuantizer.quantize(
                        FULL,
                        target(),
                        EIGHT_BITS.withListener(
                            (done, total) -> Thread.currentThread().interrupt()));
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                });
    thread.join();
    assertThat(failure.get()).isInstanceOf(IOException.class);
    assertThat(files()).isEmpty();
  }
}
