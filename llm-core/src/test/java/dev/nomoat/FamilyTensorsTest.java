package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In the GGUF file of each family every tensor must be there, under its name. */
class FamilyTensorsTest {
  @TempDir private Path folder;

  private static Path resource(String name) throws URISyntaxException {
    String path = "/dev/nomoat/families/" + name;
    return Path.of(Objects.requireNonNull(FamilyTensorsTest.class.getResource(path)).toURI());
  }

  static List<String> families() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.list(resource(""))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".gguf"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyTensorIsNeeded(String family) throws IOException, URISyntaxException {
    Path source = resource(family);
    assertThat(LanguageModel.inspect(source).tensors()).isNotEmpty();
    List<GgufTensor> tensors;
    try (GgufFile file = GgufFile.open(source)) {
      tensors = file.tensors();
    }
    String bytes = Files.readString(source, StandardCharsets.ISO_8859_1);
    for (GgufTensor tensor : tensors) {
      String name = tensor.name();
      // another name of the same length
      String other = name.substring(0, name.length() - 1) + "_";
      String length = (char) name.length() + "\0".repeat(7);
      String changed = bytes.replace(length + name, length + other);
      assertThat(changed).isNotEqualTo(bytes);
      Path file = folder.resolve("changed.gguf");
      Files.writeString(file, changed, StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> LanguageModel.inspect(file))
          .as(name)
          .isInstanceOfAny(ModelFormatException.class, UnsupportedModelException.class)
          .hasMessageMatching("(?s).*tensor \"?(" + named(name, other) + ").*");
    }
  }

  /** Itself, or of the same part of the model what would do instead. */
  private static String named(String name, String other) {
    boolean block = name.startsWith("blk.");
    return block
        ? name.substring(0, name.indexOf('.', 4))
        : String.join("|", name, other, "output_norm.weight");
  }
}
