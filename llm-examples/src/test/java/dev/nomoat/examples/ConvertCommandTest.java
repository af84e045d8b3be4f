package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code llm convert}. */
class ConvertCommandTest {
  private static final Path FOLDER =
      Path.of("../llm-core/src/test/resources/dev/nomoat/encoders/qwen3");

  @TempDir private Path directory;

  private List<TensorType> types(Path file, String name) throws IOException {
    try (GgufFile gguf = GgufFile.open(file)) {
      return gguf.tensors().stream()
          .filter(tensor -> tensor.name().contains(name))
          .map(GgufTensor::type)
          .distinct()
          .toList();
    }
  }

  @Test
  void aFolderBecomesAFileThatGivesTheSameVectors() throws IOException {
    Path target = directory.resolve("model.gguf");
    Run run = Run.llm("convert", FOLDER.toString(), target.toString());

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo("%s: 35 tensors, %d bytes%n".formatted(target, Files.size(target)));
    Run ours = Run.llm("embed", "--model=" + target, "a dog", "two cats");
    Run theirs = Run.llm("embed", "--model=" + FOLDER, "a dog", "two cats");
    assertThat(ours.out()).isEqualTo(theirs.out()).isNotEmpty();
  }

  @Test
  void typesAreChosenByName() throws IOException {
    Path target = directory.resolve("model.gguf");
    Run run =
        Run.llm(
            "convert",
            "--type=q8_0",
            "--tensor-type",
            "blk\\.0\\.ffn=f16",
            "--tensor-type=ffn_up=bf16",
            "--threads=1",
            FOLDER.toString(),
            target.toString());

    assertThat(run.status()).isZero();
    assertThat(types(target, "attn_output")).containsExactly(TensorType.Q8_0);
    assertThat(types(target, "blk.0.ffn_up.")).containsExactly(TensorType.F16);
    assertThat(types(target, "blk.1.ffn_up.")).containsExactly(TensorType.BF16);
  }

  @Test
  void wrongUsageAndFailuresAreToldApart() {
    String target = directory.resolve("model.gguf").toString();
    Run type = Run.llm("convert", "--type=iq2_xxs", FOLDER.toString(), target);
    assertThat(type.status()).isEqualTo(2);
    assertThat(type.err()).contains("iq2_xxs is none of f32, f16, ").doesNotContain("iq1", "i8");
    assertThat(Run.llm("convert", "--tensor-type", "(=f16", FOLDER.toString(), target).status())
        .isEqualTo(2);
    assertThat(Run.llm("convert", directory.resolve("none").toString(), target).status())
        .isEqualTo(2);
    assertThat(Run.llm("convert", FOLDER.toString()).status()).isEqualTo(2);
    Run failed = Run.llm("convert", directory.toString(), target);
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).startsWith("llm: ").contains("config.json");
    assertThat(Path.of(target)).doesNotExist();
  }
}
