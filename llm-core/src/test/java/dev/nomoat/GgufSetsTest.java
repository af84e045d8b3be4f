package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.convert.GgufSets;
import dev.nomoat.convert.ModelDiff;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Splitting and merging, and telling models apart. */
class GgufSetsTest {
  private static final Path MODEL = Story.file("q4_0");
  private static final LoadListener NOBODY = (done, total) -> {};

  @TempDir private Path directory;

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private List<Path> split(GgufSets.Limit limit) throws IOException {
    return GgufSets.split(MODEL, directory.resolve("set"), limit, NOBODY);
  }

  @Test
  void aSetIsTheSameModel() throws IOException {
    List<Path> files = split(GgufSets.Limit.ofTensors(10));

    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "set-00001-of-00004.gguf",
            "set-00002-of-00004.gguf",
            "set-00003-of-00004.gguf",
            "set-00004-of-00004.gguf");
    ModelDiff diff = ModelDiff.of(MODEL, files.getFirst());
    assertThat(diff.tensors()).isEmpty();
    assertThat(diff.metadata())
        .extracting(ModelDiff.ChangedKey::key)
        .containsExactly("split.no", "split.count", "split.tensors.count");
    try (LanguageModel model = LanguageModel.load(MODEL);
        LanguageModel set = LanguageModel.load(files.getFirst())) {
      assertThat(set.logits(1, 2, 3)).isEqualTo(model.logits(1, 2, 3));
    }
    try (GgufFile set = GgufFile.open(files.getFirst())) {
      assertThat(set.files()).isEqualTo(files);
      assertThat(set.tensors()).filteredOn(tensor -> tensor.part() == 1).hasSize(10);
    }
  }

  @Test
  void mergingUndoesSplitting() throws IOException {
    List<Path> files = split(new GgufSets.Limit(30, 300_000));
    Path merged = directory.resolve("merged.gguf");
    long[] heard = new long[2];

    GgufSets.merge(
        files.getFirst(),
        merged,
        (done, total) -> {
          heard[0] = done;
          heard[1] = total;
        });

    assertThat(files).hasSizeGreaterThan(4);
    for (Path file : files) {
      assertThat(Files.size(file)).isLessThan(600_000);
    }
    assertThat(ModelDiff.of(MODEL, merged).isEmpty()).isTrue();
    assertThat(heard[0]).isEqualTo(heard[1]).isPositive();
    // and a set can be cut anew
    List<Path> anew =
        GgufSets.split(
            files.getFirst(), directory.resolve("anew"), GgufSets.Limit.ofBytes(1), NOBODY);
    assertThat(anew).hasSize(38);
    assertThat(ModelDiff.of(files.getFirst(), anew.getFirst()).tensors()).isEmpty();
  }

  @Test
  void nothingIsOverwrittenAndNothingIsLeft() throws IOException {
    Path third = directory.resolve("set-00003-of-00004.gguf");
    Files.writeString(third, "precious");
    assertThatThrownBy(() -> split(GgufSets.Limit.ofTensors(10)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(files()).containsExactly(third);
    assertThat(third).hasContent("precious");
    Files.delete(third);

    long half = Files.size(MODEL) / 2;
    assertThatThrownBy(
            () ->
                GgufSets.split(
                    MODEL,
                    directory.resolve("set"),
                    GgufSets.Limit.ofTensors(10),
                    (done, total) -> {
                      if (done > half) {
                        throw new IllegalStateException("enough");
                      }
                    }))
        .hasMessage("enough");
    assertThat(files()).isEmpty();
  }

  @Test
  void ofTwoThatWriteTheSameSetTheFasterKeepsItsFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    assertThatThrownBy(
            () ->
                GgufSets.split(
                    MODEL,
                    directory.resolve("set"),
                    GgufSets.Limit.ofTensors(20),
                    (done, total) -> {
                      try {
                        if (files.isEmpty()) {
                          files.addAll(split(GgufSets.Limit.ofTensors(20)));
                        }
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(files()).isEqualTo(files).hasSize(2);
    assertThat(ModelDiff.of(MODEL, files.getFirst()).tensors()).isEmpty();
  }

  @Test
  void aSetOfOneFileIsASetAsWell() throws IOException {
    List<Path> files = split(GgufSets.Limit.ofTensors(1000));
    Path merged = directory.resolve("merged.gguf");
    GgufSets.merge(files.getFirst(), merged, NOBODY);

    assertThat(files).containsExactly(directory.resolve("set-00001-of-00001.gguf"));
    assertThat(Files.mismatch(merged, MODEL)).isEqualTo(-1);
  }

  @Test
  void inputsAndLimitsAreChecked() throws IOException {
    List<Path> files = split(GgufSets.Limit.ofTensors(20));
    Path merged = directory.resolve("merged.gguf");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufSets.merge(files.getFirst(), files.getLast(), NOBODY))
        .withMessageContaining("is the input");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufSets.merge(MODEL, merged, NOBODY))
        .withMessageContaining("no set of files");
    assertThatThrownBy(() -> GgufSets.merge(files.getLast(), merged, NOBODY))
        .isInstanceOf(ModelFormatException.class);
    Files.delete(files.getLast());
    assertThatThrownBy(() -> GgufSets.merge(files.getFirst(), merged, NOBODY))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("no such file");
    assertThat(files()).containsExactly(files.getFirst());
    for (String stem : List.of("", "/")) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> GgufSets.split(MODEL, Path.of(stem), GgufSets.Limit.ofTensors(9), NOBODY))
          .withMessageContaining("no beginning of the names");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> GgufSets.Limit.ofTensors(0));
    assertThatIllegalArgumentException().isThrownBy(() -> GgufSets.Limit.ofBytes(0));
  }

  @Test
  void differencesAreTold() throws IOException {
    ModelDiff diff = ModelDiff.of(Story.file("bf16"), MODEL);

    assertThat(diff.sameTensors()).isEqualTo(9);
    assertThat(diff.tensors()).hasSize(29);
    for (ModelDiff.ChangedTensor change : diff.tensors()) {
      ModelDiff.Difference numbers = change.numbers().orElseThrow();
      boolean head = change.name().equals("token_embd.weight");
      // 4 and 6 bits of numbers that are spread normally
      assertThat(numbers.relative()).isBetween(head ? 0.01 : 0.07, head ? 0.03 : 0.13);
      assertThat(numbers.largest()).isGreaterThan(numbers.rms());
      assertThat(numbers.changed()).isPositive();
    }
    assertThat(ModelDiff.of(MODEL, MODEL).isEmpty()).isTrue();
    Path infinite = directory.resolve("infinite");
    Path nan = directory.resolve("nan");
    numbers(infinite, TensorType.F32, 1, 2, Float.POSITIVE_INFINITY, Float.NaN);
    numbers(nan, TensorType.F16, 1, 2.5f, Float.POSITIVE_INFINITY, Float.NaN);
    ModelDiff.ChangedTensor odd = ModelDiff.of(infinite, nan).tensors().getFirst();
    assertThat(odd.numbers().orElseThrow().changed()).isEqualTo(1);
    assertThat(odd.numbers().orElseThrow().largest()).isEqualTo(0.5);
    assertThat(odd.numbers().orElseThrow().rms()).isEqualTo(0.25);

    Path tied = new TinyLlama(TinyLlama.Shape.ODD.withTied(true)).write(directory.resolve("t"));
    Path apart = new TinyLlama(TinyLlama.Shape.ODD).write(directory.resolve("a"));
    assertThat(ModelDiff.of(tied, apart).tensors())
        .filteredOn(change -> change.first().isEmpty())
        .extracting(ModelDiff.ChangedTensor::name)
        .containsExactly("output.weight");
    assertThat(ModelDiff.of(apart, tied).tensors())
        .filteredOn(change -> change.second().isEmpty())
        .extracting(ModelDiff.ChangedTensor::name)
        .containsExactly("output.weight");
  }

  private static void numbers(Path file, TensorType type, float... numbers) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(type.rowBytes(numbers.length))];
    BlockCodec.of(type).encode(numbers, 0, MemorySegment.ofArray(bytes), 0, numbers.length);
    new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .tensor("t", type, List.of((long) numbers.length), MemorySegment.ofArray(bytes))
        .write(file);
  }

  @Test
  void whatDiffersInMetadataIsSeen() throws IOException {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .put("number", GgufValue.uint32(7))
        .put("text", GgufValue.text("7"))
        .put("texts", GgufStringArray.of(List.of("a", "b", "c")))
        .put("integers", GgufNumberArray.ofInts(1, 2, -3))
        .put("floats", GgufNumberArray.ofFloats(0.5f, 0.1f))
        .put("truths", GgufNumberArray.ofBools(true, true))
        .put("longer", GgufNumberArray.ofInts(1, 2))
        .put("nan", GgufValue.float32(Float.NaN))
        .write(first);
    new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .put("number", GgufValue.integer(GgufValueType.INT64, 7))
        .put("text", GgufValue.text("8"))
        .put("texts", GgufStringArray.of(List.of("a", "x", "y")))
        .put("integers", GgufNumberArray.ofInts(1, 2, 3))
        .put("floats", GgufNumberArray.ofFloats(0.5f, 0.2f))
        .put("truths", GgufNumberArray.ofBools(true, false))
        .put("longer", GgufNumberArray.ofInts(1, 2, 3))
        .put("nan", GgufValue.float32(Float.NaN))
        .write(second);

    assertThat(ModelDiff.of(first, second).metadata())
        .extracting(change -> change.first().orElseThrow() + " | " + change.second().orElseThrow())
        .containsExactly(
            "UINT32 7 | INT64 7",
            "7 | 8",
            "array of 3 STRING, 1: \"b\" | array of 3 STRING, 1: \"x\"",
            "array of 3 INT32, 2: -3 | array of 3 INT32, 2: 3",
            "array of 2 FLOAT32, 1: 0.1 | array of 2 FLOAT32, 1: 0.2",
            "array of 2 BOOL, 1: true | array of 2 BOOL, 1: false",
            "array of 2 INT32 | array of 3 INT32");
  }
}
