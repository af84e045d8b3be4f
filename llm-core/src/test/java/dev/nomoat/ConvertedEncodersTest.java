package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.convert.ModelConverter;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files made of folders with tokenizers, templates and modules give what the folders give. */
class ConvertedEncodersTest {
  private static final List<String> TEXTS =
      List.of(
          "Once upon a time, there was a FOX named Pip; it's 12 years old!",
          "na\u00EFve caf\u00E9 \u4F60\u597D \uD83E\uDD8A x=y+1",
          "two  spaces\nand\ttabs");

  @TempDir private Path directory;

  static List<String> all() {
    return Encoders.ALL;
  }

  @ParameterizedTest
  @MethodSource("all")
  void resultsHaveTheBitsOfTheFolder(String name) throws IOException {
    Path target = directory.resolve("converted.gguf");
    ModelConverter.convert(Encoders.folder(name), target);
    try (LanguageModel file = Encoders.loadExact(target);
        LanguageModel folder = Encoders.loadExact(Encoders.folder(name))) {
      assertThat(Graph.bits(Encoders.results(file, name)))
          .isEqualTo(Graph.bits(Encoders.results(folder, name)));
      assertThat(file.info().architecture()).isEqualTo(folder.info().architecture());
      assertThat(file.info().pooling()).isEqualTo(folder.info().pooling());
      assertThat(file.info().reranker()).isEqualTo(folder.info().reranker());
      assertThat(file.contextLength()).isEqualTo(folder.contextLength());
      for (String text : TEXTS) {
        assertThat(file.tokenizer().encodePrompt(text, SpecialTokens.PLAIN_TEXT))
            .isEqualTo(folder.tokenizer().encodePrompt(text, SpecialTokens.PLAIN_TEXT));
      }
    }
    if (Encoders.hasFile(name)) {
      try (GgufFile ours = GgufFile.open(target);
          GgufFile theirs = GgufFile.open(Encoders.file(name))) {
        for (String key : List.of("model", "tokens", "scores", "merges", "bos_token_id")) {
          String whole = "tokenizer.ggml." + key;
          assertThat(ours.metadata().get(whole)).isEqualTo(theirs.metadata().get(whole));
        }
      }
    }
  }
}
