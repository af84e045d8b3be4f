package dev.nomoat;

import static dev.nomoat.FamilyModels.ids;
import static dev.nomoat.FamilyModels.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.convert.ConvertOptions;
import dev.nomoat.convert.ModelConverter;
import dev.nomoat.convert.TokenizerFolders;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files made of the folders of all families have the tensors and settings of those that llama.cpp's
 * converter made, and give the bits of the folders.
 */
class ConvertedFamiliesTest {
  /** What the converter does not take from the folder, or takes from the text of a tokenizer. */
  private static final Set<String> NOT_OF_THE_FOLDER =
      Set.of(
          "general.name",
          "falcon.context_length",
          "falcon.tensor_data_layout",
          "granitehybrid.context_length");

  /** Its file is from a time when keys and values were made of latents by one matrix. */
  private static final String OLDER_FORM = "deepseek_v2";

  @TempDir private Path directory;

  static List<String> families() throws IOException, URISyntaxException {
    return FamilyModels.references("");
  }

  @ParameterizedTest
  @MethodSource("families")
  void filesAreThoseOfTheConverter(String family) throws IOException, URISyntaxException {
    Path folder = Files.createDirectory(directory.resolve("hf"));
    ModelFolder.copy("families/" + family, folder);
    TokenizerFolders.bytes(folder);
    Path target = directory.resolve("converted.gguf");
    try (GgufFile theirs = GgufFile.open(path(family + ".gguf"))) {
      TensorType type = theirs.requireTensor("token_embd.weight").type();
      ModelConverter.convert(folder, target, ConvertOptions.defaults().withType(type));
      try (GgufFile ours = GgufFile.open(target)) {
        if (!family.equals(OLDER_FORM)) {
          requireSameTensors(ours, theirs);
          requireSettings(ours, theirs);
        }
      }
    }
    try (Graph file = Graph.open(target);
        Graph source = Graph.open(folder)) {
      assertThat(Graph.bits(file.logits(Graph.Mode.EXACT, ids(), 256)))
          .isEqualTo(Graph.bits(source.logits(Graph.Mode.EXACT, ids(), 256)));
    }
  }

  static List<String> quantizedForms() throws IOException, URISyntaxException {
    return FamilyModels.references("quantized");
  }

  @ParameterizedTest
  @MethodSource("quantizedForms")
  void quantizedWeightsKeepTheirBits(String form) throws IOException {
    Path folder = Files.createDirectory(directory.resolve("hf"));
    ModelFolder.copy("families/quantized/" + form, folder);
    TokenizerFolders.bytes(folder);
    Path target = directory.resolve("converted.gguf");
    ModelConverter.convert(folder, target);
    try (Graph file = Graph.open(target);
        Graph source = Graph.open(folder)) {
      assertThat(Graph.bits(file.logits(Graph.Mode.EXACT, ids(), 256)))
          .isEqualTo(Graph.bits(source.logits(Graph.Mode.EXACT, ids(), 256)));
    }
  }

  private static void requireSameTensors(GgufFile ours, GgufFile theirs) throws IOException {
    assertThat(ours.tensors().stream().map(GgufTensor::name))
        .containsExactlyInAnyOrderElementsOf(
            theirs.tensors().stream().map(GgufTensor::name).toList());
    for (GgufTensor tensor : ours.tensors()) {
      String name = tensor.name();
      GgufTensor other = theirs.requireTensor(name);
      assertThat(tensor.shape()).as(name).isEqualTo(other.shape());
      assertThat(tensor.type()).as(name).isEqualTo(other.type());
      if (name.endsWith("ssm_a")) {
        // an exponential that the converter rounds in another way
        assertThat(Graph.distance(numbers(ours, tensor), numbers(theirs, other))).isLessThan(1e-6);
      } else {
        assertThat(Arrays.equals(bytes(ours, tensor), bytes(theirs, other))).as(name).isTrue();
      }
    }
  }

  private static byte[] bytes(GgufFile file, GgufTensor tensor) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
    file.read(tensor, 0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static float[] numbers(GgufFile file, GgufTensor tensor) throws IOException {
    float[] numbers = new float[Math.toIntExact(tensor.elements())];
    MemorySegment bytes = MemorySegment.ofArray(bytes(file, tensor));
    BlockCodec.of(tensor.type()).decode(bytes, 0, numbers, 0, numbers.length);
    return numbers;
  }

  /** All that the other file says is there; ours may say more. */
  private static void requireSettings(GgufFile ours, GgufFile theirs) {
    for (String key : theirs.metadata().keys()) {
      if (key.startsWith("tokenizer.") || NOT_OF_THE_FOLDER.contains(key)) {
        continue;
      }
      GgufValue wanted = theirs.metadata().get(key).orElseThrow();
      GgufValue value = ours.metadata().get(key).orElse(null);
      if (value instanceof GgufNumberArray array && !(wanted instanceof GgufNumberArray)) {
        // the same for all layers
        assertThat(array.toInts()).as(key).containsOnly(theirs.metadata().requireInt(key));
      } else if (key.endsWith("activation_sparsity_scale")) {
        float[] scales = ours.metadata().requireFloats(key);
        float[] others = theirs.metadata().requireFloats(key);
        for (int i = 0; i < others.length; i++) {
          boolean finite = Float.isFinite(others[i]);
          assertThat(scales[i]).isCloseTo(others[i], within(finite ? 1e-6f : 0));
        }
      } else {
        assertThat(value).as(key).isEqualTo(wanted);
      }
    }
  }
}
