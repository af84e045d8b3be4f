package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tokenizers trained for these tests with the {@code tokenizers} library 0.23, and what it makes of
 * random texts.
 *
 * <p>The fields of a line are parted by tabs: the text, in which {@code \}{@code uXXXX} stands for
 * everything but printable ASCII; the ids of it as plain text; the ids with special tokens
 * honoured; the ids with what the post-processor adds; the decoded text of the first. {@code =}
 * says that ids are those of the field before.
 */
class HuggingFaceGoldenTest {
  private static String resource(String name) throws IOException {
    try (InputStream in = HuggingFaceGoldenTest.class.getResourceAsStream("huggingface/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
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
    return Stream.of(field.split(" "))
        .filter(id -> !id.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

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
    Tokenizer tokenizer = TokenizerFiles.ofJson(resource(name + ".json"), "{}");
    List<String> lines = resource(name + ".txt").lines().toList();
    assertThat(lines).hasSize(100);
    for (String line : lines) {
      String[] fields = line.split("\t", -1);
      String text = unescape(fields[0]);
      int[] plain = ids(fields[1]);
      int[] parsed = fields[2].equals("=") ? plain : ids(fields[2]);
      int[] prompt = fields[3].equals("=") ? parsed : ids(fields[3]);
      assertThat(tokenizer.encode(text)).as(fields[0]).isEqualTo(plain);
      assertThat(tokenizer.count(text)).isEqualTo(plain.length);
      assertThat(tokenizer.encode(text, SpecialTokens.PARSE)).as(fields[0]).isEqualTo(parsed);
      assertThat(tokenizer.encodePrompt(text, SpecialTokens.PARSE)).as(fields[0]).isEqualTo(prompt);
      checkSpans(tokenizer.encodeWithSpans(text, SpecialTokens.PARSE), parsed);
      if (!fields[4].equals("~")) {
        assertThat(tokenizer.decode(plain)).as(fields[0]).isEqualTo(unescape(fields[4]));
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
