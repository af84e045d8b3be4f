package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks that were trained for these tests, with some that no merge makes. */
class TiktokenTest {
  /** Ranks of all bytes, in their order. */
  private static String bytes() {
    var lines = new StringBuilder();
    for (int value = 0; value < 256; value++) {
      lines.append(line(new byte[] {(byte) value}, value));
    }
    return lines.toString();
  }

  private static String line(byte[] token, int rank) {
    return Base64.getEncoder().encodeToString(token) + " " + rank + "\n";
  }

  private static String line(String token, int rank) {
    return line(token.getBytes(StandardCharsets.UTF_8), rank);
  }

  private static Tokenizer read(String lines, Map<String, Integer> special) {
    return TokenizerFiles.ofTiktoken(
        lines.getBytes(StandardCharsets.ISO_8859_1), PreTokenizer.LLAMA_BPE, special);
  }

  /** The reference is the definition of tiktoken's merging, written down slowly. */
  @Test
  void encodesAsDefined() throws IOException {
    Tokenizer tokenizer =
        TokenizerFiles.ofTiktoken(
            GoldenLines.bytes("tiktoken/ref.tiktoken"), PreTokenizer.LLAMA_BPE, Map.of());
    List<String[]> lines = GoldenLines.read("tiktoken/ref.txt");
    assertThat(lines).hasSize(100);
    for (String[] fields : lines) {
      String text = GoldenLines.unescape(fields[0]);
      int[] ids = GoldenLines.ids(fields[1]);
      assertThat(tokenizer.encode(text)).as(fields[0]).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @Test
  void takesAWholePieceThatMergesDoNotMake() {
    Tokenizer tokenizer = read(bytes() + line("bc", 256) + line("abcd", 257), Map.of());
    assertThat(tokenizer.encode("abcd")).containsExactly(257);
    assertThat(tokenizer.encode("abcde")).containsExactly('a', 256, 'd', 'e');
  }

  @Test
  void honoursSpecialTokensOnlyWhenAsked() {
    Tokenizer tokenizer = read(bytes() + "\r\n", Map.of("<|end|>", 260));
    assertThat(tokenizer.vocabularySize()).isEqualTo(261);
    assertThat(tokenizer.encode("<|end|>")).hasSize(7);
    assertThat(tokenizer.encode("a<|end|>", SpecialTokens.PARSE)).containsExactly('a', 260);
    assertThat(tokenizer.isControl(260)).isTrue();
    assertThat(tokenizer.decode('a', 258, 260)).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource({
    "'YQ=', a token is not in Base64",
    "'YQ==', a line is no token with its rank",
    "'YQ== x', a line is no token with its rank",
    "'YQ==  1', a line is no token with its rank",
    "' 1', a line is no token with its rank",
    "'YQ== 99999999', the rank 99999999 is too high",
    "'YWI= 16777215', the rank 16777215 is too high for 257 tokens",
    "'YWI= 65', rank 65 comes twice",
    "'YQ== 300', the tokens of ranks 97 and 300 are the same"
  })
  void refusesWhatIsMalformed(String line, String message) {
    String lines = bytes() + line;
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> read(lines, Map.of()))
        .satisfies(e -> assertThat(e.offset()).isEqualTo(bytes().length()))
        .withMessage("At byte " + bytes().length() + ": " + message);
  }

  @Test
  void refusesOtherFaults() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(bytes().substring(7), Map.of()))
        .withMessage("Byte 0x00 has no token");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("", Map.of()))
        .withMessage("The vocabulary is empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(bytes(), Map.of("<|x|>", 97)))
        .withMessage("Token 97 is both \"a\" and \"<|x|>\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(bytes(), Map.of("<|x|>", -1)))
        .withMessage("\"<|x|>\" cannot be special token -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(bytes(), Map.of("<|x|>", 16_777_215)))
        .withMessage("\"<|x|>\" cannot be special token 16777215");
  }

  @Test
  void namesWhatIsNull() {
    Map<String, Integer> special = new HashMap<>();
    special.put("<|x|>", null);
    assertThatNullPointerException()
        .isThrownBy(() -> read(bytes(), special))
        .withMessage("specialTokens has null for the id of \"<|x|>\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen.tiktoken", "tiktoken.model"})
  void saysWhatIsMissingInADirectory(String name, @TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve(name), bytes());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerFiles.read(folder))
        .withMessageStartingWith(file + " has ranks of tokens only: give its contents to");
  }
}
