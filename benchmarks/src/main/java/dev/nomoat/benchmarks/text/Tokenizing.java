package dev.nomoat.benchmarks.text;

import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Megabytes per second from text to ids and back, of one thread: a text is one megabyte, so that
 * texts per second are megabytes per second. With {@code -p tokenizer=FILE} that of a GGUF file or
 * {@code tokenizer.json}; with {@code -prof gc} the allocated bytes per megabyte.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class Tokenizing {
  /** The pre-tokenizer of byte-level BPE, another algorithm, or a file. */
  @Param({
    "gpt-2",
    "llama-bpe",
    "qwen2",
    "gpt-4o",
    "deepseek-v3",
    "sentencepiece",
    "unigram",
    "wordpiece"
  })
  public String tokenizer = "gpt-2";

  /** What the text is like. */
  @Param({"ENGLISH", "CODE", "MIXED"})
  public String corpus = "ENGLISH";

  private String text = "";
  private int[] ids = {};
  private @Nullable Tokenizer made;

  /** Makes an empty state. */
  public Tokenizing() {}

  /**
   * Makes the tokenizer and the text.
   *
   * @throws IOException if a file cannot be read
   */
  @Setup
  public void make() throws IOException {
    made = MadeTokenizers.named(tokenizer);
    text = Corpus.valueOf(corpus).text(2);
    ids = made().encode(text);
  }

  private Tokenizer made() {
    return Objects.requireNonNull(made);
  }

  /**
   * Encodes plain text.
   *
   * @return the ids
   */
  @Benchmark
  public int[] encode() {
    return made().encode(text);
  }

  /**
   * Encodes text in which control tokens are looked for.
   *
   * @return the ids
   */
  @Benchmark
  public int[] encodeWithControl() {
    return made().encode(text, SpecialTokens.PARSE);
  }

  /**
   * Counts the tokens.
   *
   * @return how many there are
   */
  @Benchmark
  public int count() {
    return made().count(text);
  }

  /**
   * Decodes the ids.
   *
   * @return the text
   */
  @Benchmark
  public String decode() {
    return made().decode(ids);
  }
}
