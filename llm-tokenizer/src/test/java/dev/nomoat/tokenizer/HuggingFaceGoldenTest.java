package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tokenizers trained for these tests with the {@code tokenizers} library 0.23, and what it makes of
 * random texts.
 *
 * <p>The fields of a line are: the text; the ids of it as plain text; the ids with special tokens
 * honoured; the ids with what the post-processor adds; the decoded text of the first. {@code =}
 * says that ids are those of the field before.
 */
class HuggingFaceGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "added",
        "bert-cased",
        "bert-uncased",
        "bpe-prefix",
        "clip",
        "falcon-original",
        "gemma",
        "gpt2-prefix",
        "llama2",
        "llama2-metaspace",
        "pre-cohere2moe",
        "pre-deepseek-v3",
        "pre-gpt-4o",
        "pre-kimi-k2",
        "starcoder-digits",
        "unigram-small",
        "wordlevel"
      })
  void encodesAndDecodesAsTheReferenceDoes(String name) throws IOException {
    String path = "huggingface/" + name;
    Tokenizer tokenizer = TokenizerFiles.ofJson(GoldenLines.text(path + ".json"), "{}");
    List<String[]> lines = GoldenLines.read(path + ".txt");
    assertThat(lines).hasSize(100);
    for (String[] fields : lines) {
      String text = GoldenLines.unescape(fields[0]);
      int[] plain = GoldenLines.ids(fields[1]);
      int[] parsed = fields[2].equals("=") ? plain : GoldenLines.ids(fields[2]);
      int[] prompt = fields[3].equals("=") ? parsed : GoldenLines.ids(fields[3]);
      assertThat(tokenizer.encode(text)).as(fields[0]).isEqualTo(plain);
      assertThat(tokenizer.count(text)).isEqualTo(plain.length);
      assertThat(tokenizer.encode(text, SpecialTokens.PARSE)).as(fields[0]).isEqualTo(parsed);
      assertThat(tokenizer.encodePrompt(text, SpecialTokens.PARSE)).as(fields[0]).isEqualTo(prompt);
      checkSpans(tokenizer.encodeWithSpans(text, SpecialTokens.PARSE), parsed);
      if (!fields[4].equals("~")) {
        assertThat(tokenizer.decode(plain))
            .as(fields[0])
            .isEqualTo(GoldenLines.unescape(fields[4]));
      }
    }
  }

  /** Spans are in order and in the text. */
  private static void checkSpans(TokenSpans spans, int[] ids) {
    assertThat(spans.ids()).isEqualTo(ids);
    for (int i = 0; i < spans.size(); i++) {
      assertThat(spans.start(i)).isBetween(i == 0 ? 0 : spans.start(i - 1), spans.end(i));
      assertThat(spans.end(i)).isBetween(i == 0 ? 0 : spans.end(i - 1), spans.text().length());
    }
    assertThat(Arrays.stream(ids).count()).isEqualTo(spans.size());
  }
}
