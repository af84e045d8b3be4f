package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The tokenizer of the story model against ids made with the {@code tokenizers} library.
 *
 * <p>In the resources a text has {@code \}{@code uXXXX} for everything but printable ASCII; fields
 * are parted by tabs. {@code story-golden.txt}: text, ids of it as plain text, ids with control
 * tokens parsed, {@code =} if they are the same. {@code story-prompts.txt}: text, ids with BOS and
 * control tokens, the answer, its ids.
 */
class StoryTokenizerTest {
  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() throws IOException {
    List<VocabularyEntry> vocabulary = new ArrayList<>();
    List<String> merges = new ArrayList<>();
    for (String line : lines("story-vocabulary.txt").skip(1).toList()) {
      if (line.equals("merges") || !merges.isEmpty()) {
        merges.add(line);
      } else {
        vocabulary.add(
            new VocabularyEntry(
                line.substring(2), line.startsWith("!") ? TokenType.CONTROL : TokenType.NORMAL));
      }
    }
    merges.removeFirst();
    tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(
                    new ByteLevelBpe(
                        PreTokenizer.GPT2,
                        Vocabularies.merges(merges.toArray(String[]::new)),
                        false),
                    vocabulary)
                .withBos(0, true)
                .withEos(2, false)
                .withEndOfGeneration(Set.of(0, 2)));
  }

  private static Stream<String> lines(String name) throws IOException {
    try (InputStream in = StoryTokenizerTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8)
          .lines();
    }
  }

  private static String unescape(String field) {
    var text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\') {
        text.append((char) Integer.parseInt(field, i + 2, i + 6, 16));
        i += 5;
      } else {
        text.append(field.charAt(i));
      }
    }
    return text.toString();
  }

  private static int[] ids(String field) {
    return Stream.of(field.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
  }

  @Test
  void encodesAsTheReferenceDoes() throws IOException {
    List<String> lines = lines("story-golden.txt").toList();
    assertThat(lines).hasSize(500);
    for (String line : lines) {
      String[] fields = line.split("\t", -1);
      String text = unescape(fields[0]);
      int[] plain = ids(fields[1]);
      int[] parsed = fields[2].equals("=") ? plain : ids(fields[2]);
      assertThat(tokenizer.encode(text)).as(fields[0]).isEqualTo(plain);
      assertThat(tokenizer.encode(text, SpecialTokens.PARSE)).as(fields[0]).isEqualTo(parsed);
      assertThat(tokenizer.decode(plain)).isEqualTo(text);
      assertThat(tokenizer.decodeWithControl(parsed)).isEqualTo(text);
      assertThat(tokenizer.count(text)).isEqualTo(plain.length);
    }
  }

  @Test
  void encodesPromptsAndDecodesAnswers() throws IOException {
    List<String> lines = lines("story-prompts.txt").toList();
    assertThat(lines).hasSize(5);
    for (String line : lines) {
      String[] fields = line.split("\t", -1);
      assertThat(tokenizer.encodePrompt(unescape(fields[0]), SpecialTokens.PARSE))
          .isEqualTo(ids(fields[1]));
      StreamingDecoder decoder = StreamingDecoder.ofContinuation(tokenizer).withControl();
      var answer = new StringBuilder();
      for (int id : ids(fields[3])) {
        answer.append(decoder.accept(id));
      }
      assertThat(answer.append(decoder.finish()).toString()).isEqualTo(unescape(fields[2]));
    }
  }
}
