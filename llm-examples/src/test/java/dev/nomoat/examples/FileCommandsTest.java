package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.convert.ModelDiff;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that write model files, and those that judge them. */
class FileCommandsTest {
  private static final String RESOURCES = "../llm-core/src/test/resources/dev/nomoat/story/";
  private static final String FULL = RESOURCES + "story-bf16.gguf";
  private static final String STORIES = RESOURCES + "stories.txt";

  @TempDir private Path directory;

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  @Test
  void quantisedModelsRun() throws IOException {
    Run run = Run.llm("quantize", FULL, file("q8.gguf"), "q8_0", "--threads=1");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out()).startsWith("38 tensors, ").contains("8.5", "bits per weight");
    assertThat(ModelDiff.of(Path.of(file("q8.gguf")), EmbeddedModel.file()).isEmpty()).isTrue();
    Run story = Run.llm("generate", "-m", file("q8.gguf"), "--max-tokens=8", "Once");
    assertThat(story.status()).isZero();
  }

  @Test
  void aDryRunTellsAndWritesNothing() throws IOException {
    Run run =
        Run.llm("quantize", "--dry-run", "--tensor-type", "ffn_up=q8_0", FULL, file("x"), "q4_0");

    assertThat(run.out())
        .containsPattern("token_embd.weight +\\[2048, 256\\] +BF16 +-> Q6_K")
        .containsPattern("blk.3.ffn_up.weight +\\[768, 256\\] +BF16 +-> Q8_0")
        .containsPattern("blk.3.ffn_norm.weight +\\[256\\] +F32 *\\R");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void wrongUsageIsToldBeforeAnythingIsWritten() {
    assertThat(Run.llm("quantize", FULL, file("x"), "q9").status()).isEqualTo(2);
    Run pattern = Run.llm("quantize", "--tensor-type", "attn_v", FULL, file("x"), "q4_0");
    assertThat(pattern.status()).isEqualTo(2);
    assertThat(pattern.err()).contains("--tensor-type");
    Run type = Run.llm("quantize", "--tensor-type", "a=q9", FULL, file("x"), "q4_0");
    assertThat(type.err()).contains("--tensor-type", "q9");
    Run again = Run.llm("quantize", RESOURCES + "story-q4_0.gguf", file("x"), "q8_0");
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("quantising again must be allowed");
    Run folder = Run.llm("quantize", RESOURCES, file("x"), "q8_0");
    assertThat(folder.status()).isEqualTo(2);
    assertThat(folder.err()).contains("llm convert");
    assertThat(Run.llm("split", "--max-size", "3T", FULL, file("x")).status()).isEqualTo(2);
    assertThat(Run.llm("split", "--max-tensors", "0", FULL, file("x")).status()).isEqualTo(2);
    assertThat(Run.llm("merge", FULL, file("x")).err()).contains("no set of files");
    assertThat(Run.llm("perplexity", "-f", STORIES, "--chunk=2").status()).isEqualTo(2);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatIsReadIsNotOverwritten() throws IOException {
    Path model = Files.copy(Path.of(FULL), directory.resolve("m.gguf"));
    Path text = Files.copy(Path.of(STORIES), directory.resolve("t.txt"));
    for (Path output : new Path[] {model, text, directory.resolve("no/i"), directory}) {
      Run run =
          Run.llm(
              "imatrix", "-m", model.toString(), "-f", text.toString(), "-o", output.toString());
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.err()).contains(output.toString());
    }
    Run device = Run.llm("imatrix", "-m", FULL, "-f", STORIES, "-o", "/dev/null");
    assertThat(device.status()).isEqualTo(2);
    assertThat(device.err()).contains("no regular file");
    assertThat(Files.mismatch(model, Path.of(FULL))).isEqualTo(-1);
    assertThat(Files.mismatch(text, Path.of(STORIES))).isEqualTo(-1);
  }

  @Test
  void setsAreSplitAndMerged() throws IOException {
    Run split = Run.llm("split", "--max-size", "4M", FULL, file("set"));

    assertThat(split.out().lines())
        .containsExactly(file("set-00001-of-00002.gguf"), file("set-00002-of-00002.gguf"));
    assertThat(Run.llm("merge", file("set-00001-of-00002.gguf"), file("one.gguf")).status())
        .isZero();
    Run same = Run.llm("diff", FULL, file("one.gguf"));
    assertThat(same.out())
        .isEqualToIgnoringNewLines("0 keys and 0 tensors differ, 38 tensors are the same");
    Run different = Run.llm("diff", FULL, RESOURCES + "story-q6_k.gguf");
    assertThat(different.out())
        .containsPattern("~ general.file_type +32 -> 18\\R")
        .containsPattern(
            "~ blk.0.attn_q.weight +BF16 \\[256, 256\\] -> Q6_K \\[256, 256\\] +relative rms 0.0")
        .contains("9 tensors are the same");
  }

  @Test
  void longTextsAreShownWhereTheyDiffer() throws IOException {
    Path first = Path.of(file("a.gguf"));
    Path second = Path.of(file("b.gguf"));
    String begin = "0123456789".repeat(20);
    for (Path model : new Path[] {first, second}) {
      new GgufWriter()
          .put("general.architecture", GgufValue.text("llama"))
          .put("long", GgufValue.text(begin + model.getFileName()))
          .write(model);
    }
    assertThat(Run.llm("diff", first.toString(), second.toString()).out())
        .contains("~ long  ...01234567890123456789a.gguf -> ...01234567890123456789b.gguf");
  }

  @Test
  void perplexityAndImportanceAreMeasured() throws IOException {
    Run alone = Run.llm("perplexity", "-f", STORIES, "--chunk=128", "--chunks=4");
    assertThat(alone.err()).isEmpty();
    assertThat(alone.out()).containsPattern("^perplexity +1\\.9\\d+ ± 0\\.\\d+, 252 tokens in 4 ");

    Run beside =
        Run.llm("perplexity", "-f", STORIES, "--chunk=128", "--chunks=4", "--kl-base", FULL);
    assertThat(beside.out())
        .containsPattern("KL divergence +0\\.000\\d+ ± ")
        .containsPattern("same top token +(100\\.000|99\\.\\d+) %");

    Run imatrix =
        Run.llm("imatrix", "-m", FULL, "-f", STORIES, "--chunk=128", "--chunks=2", "-o", file("i"));
    assertThat(imatrix.out()).contains("28 tensors measured on 2 chunks of 128 tokens");
    Run better =
        Run.llm("quantize", "--pure", "--imatrix", file("i"), FULL, file("q4.gguf"), "q4_0");
    assertThat(better.status()).isZero();
    assertThat(Files.size(Path.of(file("q4.gguf")))).isBetween(2_000_000L, 2_400_000L);
  }
}
