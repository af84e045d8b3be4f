package dev.nomoat.model.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Vocabularies of well-known models: {@code NAME.gguf} with texts in {@code NAME.gguf.inp} and
 * their ids in {@code NAME.gguf.out}, one line for each. They come from the llama.cpp project
 * ({@code models/}) and are not part of this one; the system property {@code nomoat.vocab} names
 * the folder that has them.
 */
class VocabularyPairsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("nomoat.vocab", "../../shared/fixtures/vocab"));

  /** The pairs that must be exact. Others may be, or be refused for what they ask for. */
  private static final Set<String> EXACT =
      Set.of(
          "ggml-vocab-bert-bge",
          "ggml-vocab-deepseek-coder",
          "ggml-vocab-gpt-2",
          "ggml-vocab-llama-spm",
          "ggml-vocab-mpt",
          "ggml-vocab-phi-3");

  @Test
  void encodesEveryTextExactly() throws IOException {
    if (!Files.isDirectory(FOLDER)) {
      System.out.println("NOT CHECKED: there are no vocabularies in " + FOLDER);
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.filter(file -> file.toString().endsWith(".gguf")).sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Path path : files) {
      String name = path.getFileName().toString().replace(".gguf", "");
      try (GgufFile file = GgufFile.open(path)) {
        String refused = EXACT.contains(name) ? "" : refusal(file);
        if (refused.isEmpty()) {
          String model = file.metadata().requireString("tokenizer.ggml.model");
          boolean isLossless = model.equals("llama") || model.equals("gpt2");
          check(GgufTokenizer.read(file), path, isLossless);
        } else {
          System.out.println(name + " is refused: unsupported " + refused);
        }
      }
    }
  }

  /**
   * What the vocabulary asks for and is refused for, in the words of the file; empty if it is not
   * refused.
   */
  private static String refusal(GgufFile file) {
    try {
      GgufTokenizer.read(file);
      return "";
    } catch (UnsupportedModelException e) {
      assertThat(e.feature())
          .isIn(
              "tokenizer " + file.metadata().requireString("tokenizer.ggml.model"),
              "pre-tokenizer " + file.metadata().requireString("tokenizer.ggml.pre"));
      return e.feature();
    }
  }

  private static void check(Tokenizer tokenizer, Path path, boolean isLossless) throws IOException {
    String inputs = Files.readString(path.resolveSibling(path.getFileName() + ".inp"));
    String[] texts = inputs.split(Pattern.quote("\n__ggml_vocab_test__\n"), -1);
    List<String> lines = Files.readAllLines(path.resolveSibling(path.getFileName() + ".out"));
    // A separator follows the last text too.
    assertThat(texts).hasSize(lines.size() + 1);
    for (int i = 0; i < lines.size(); i++) {
      String ids =
          String.join(
              " ", IntStream.of(tokenizer.encode(texts[i])).mapToObj(Integer::toString).toList());
      assertThat(ids).as("%s, text %d: %s", path, i, texts[i]).isEqualTo(lines.get(i).strip());
      if (isLossless) {
        assertThat(tokenizer.decode(tokenizer.encode(texts[i]))).isEqualTo(texts[i]);
      }
    }
  }
}
