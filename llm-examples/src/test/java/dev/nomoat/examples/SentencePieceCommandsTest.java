package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code llm tokenize} and {@code llm template} with a SentencePiece model. */
class SentencePieceCommandsTest {
  @TempDir private Path folder;

  private Path model;

  /** A model of {@code <unk> <s> </s> ▁ h i ▁hi}. */
  @BeforeEach
  void writeModel() throws IOException {
    var out = new ByteArrayOutputStream();
    piece(out, "<unk>", 2);
    piece(out, "<s>", 3);
    piece(out, "</s>", 3);
    for (String text : new String[] {"\u2581", "h", "i", "\u2581hi"}) {
      piece(out, text, 1);
    }
    model = Files.write(folder.resolve("tokenizer.model"), out.toByteArray());
  }

  private static void piece(ByteArrayOutputStream out, String text, int type) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(new byte[] {10, (byte) (utf8.length + 4), 10, (byte) utf8.length});
    out.writeBytes(utf8);
    out.writeBytes(new byte[] {24, (byte) type});
  }

  @Test
  void tokenizeReadsAFileOrAFolder() throws IOException {
    for (Path path : new Path[] {model, folder}) {
      assertThat(Run.llm("tokenize", "-m", path.toString(), "hi ih").out())
          .isEqualToIgnoringNewLines("6 3 5 4");
    }
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"add_bos_token\": true}");
    assertThat(
            Run.withInput("[\"hi\", \"\"]", "tokenize", "--bos", "--json", "-m", model.toString())
                .out())
        .isEqualToIgnoringNewLines("[[1,6],[1]]");
  }

  @Test
  void tokenizeSaysWhatIsWrong() throws IOException {
    Files.writeString(model, "no model");
    Run run = Run.llm("tokenize", "-m", model.toString(), "hi");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("At byte 0: ");
  }

  @Test
  void templateIsBesideTheFile() throws IOException {
    Run missing = Run.withInput("{}", "template", "-m", model.toString(), "-");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err()).contains("no chat template in the folder " + folder);
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}!{{ eos_token }}");
    assertThat(Run.withInput("{}", "template", "-m", model.toString(), "-").out())
        .isEqualTo("<s>!</s>");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"h\"}");
    assertThat(Run.withInput("{}", "template", "-m", model.toString(), "-").out())
        .isEqualTo("<s>!h");
  }
}
