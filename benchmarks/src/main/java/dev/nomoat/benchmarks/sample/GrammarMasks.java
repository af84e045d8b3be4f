package dev.nomoat.benchmarks.sample;

import dev.nomoat.LanguageModel;
import dev.nomoat.grammar.Grammar;
import dev.nomoat.grammar.TokenMatcher;
import dev.nomoat.grammar.Vocabulary;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerAlgorithm;
import dev.nomoat.tokenizer.TokenizerSpec;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time that a grammar adds to a step of decoding: a whole text of random tokens that match, from a
 * grammar of which nothing is known yet, divided by its tokens. A step of a model of a thousand
 * million parameters takes some 50 ms.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 20)
@Measurement(iterations = 40)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class GrammarMasks {
  private static final int TOKENS = 200;

  /** A vocabulary: made up, of this many words, or a GGUF file. */
  @Param({"128000"})
  public String vocabulary = "128000";

  /** What texts must match. */
  @Param({"json", "schema", "counted"})
  public String grammar = "json";

  private int run;
  private Vocabulary tokens = made(16);
  private Grammar compiled = Grammar.json();

  /** Makes an empty state. */
  public GrammarMasks() {}

  /**
   * Makes the vocabulary.
   *
   * @throws IOException when the file cannot be read
   */
  @Setup
  public void load() throws IOException {
    if (vocabulary.chars().allMatch(Character::isDigit)) {
      tokens = made(Integer.parseInt(vocabulary));
    } else {
      Tokenizer tokenizer = LanguageModel.loadTokenizer(Path.of(vocabulary));
      tokens = new Vocabulary(tokenizer, tokenizer.vocabularySize());
    }
  }

  /** Words of one to twelve letters, as many begin with a space as not. */
  private static Vocabulary made(int size) {
    Random random = new Random(1);
    Set<String> words = new HashSet<>();
    List<VocabularyEntry> entries = new ArrayList<>();
    entries.add(new VocabularyEntry("<end>", TokenType.CONTROL));
    entries.add(new VocabularyEntry("<unk>", TokenType.UNKNOWN));
    for (char c = ' '; c < 127; c++) {
      words.add(Character.toString(c));
    }
    while (words.size() < size) {
      StringBuilder word = new StringBuilder(random.nextBoolean() ? " " : "");
      for (int left = 1 + random.nextInt(4) + random.nextInt(9); left > 0; left--) {
        // The square makes the first letters frequent, so that words share their beginnings.
        double place = random.nextDouble();
        word.append((char) ('a' + (int) (26 * place * place)));
      }
      words.add(word.toString());
    }
    words.stream()
        .sorted()
        .map(word -> new VocabularyEntry(word.replace(' ', '\u2581'), TokenType.NORMAL))
        .forEach(entries::add);
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(new TokenizerAlgorithm.SentencePieceBpe(false), entries)
                .withUnknown(1)
                .withEndOfGeneration(Set.of(0)));
    return new Vocabulary(tokenizer, tokenizer.vocabularySize());
  }

  /** Makes a grammar that equals none before. */
  @Setup(Level.Invocation)
  public void forget() {
    run++;
    String schema =
        switch (grammar) {
          case "json" -> "{\"title\":\"%d\"}";
          case "schema" ->
              "{\"title\":\"%d\",\"items\":{\"properties\":{\"name\":{\"type\":\"string\"},"
                  + "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150},"
                  + "\"tags\":{\"items\":{\"type\":\"string\"}}},\"required\":[\"name\"]}}";
          case "counted" ->
              "{\"title\":\"%d\",\"type\":\"string\",\"minLength\":900,\"maxLength\":10000}";
          default -> throw new IllegalArgumentException(grammar);
        };
    compiled = Grammar.jsonSchema(schema.formatted(run));
  }

  /**
   * Follows a text of 200 tokens.
   *
   * @return the sum of the tokens
   */
  @Benchmark
  public long text() {
    Random random = new Random(run);
    TokenMatcher matcher = tokens.start(compiled, true);
    long sum = 0;
    for (int i = 0; i < TOKENS; i++) {
      if (matcher.complete()) {
        matcher = tokens.start(compiled, true);
      }
      int token = draw(matcher.allowed(), random);
      matcher.accept(token);
      sum += token;
    }
    return sum;
  }

  private static int draw(long[] allowed, Random random) {
    int count = 0;
    for (long word : allowed) {
      count += Long.bitCount(word);
    }
    int left = random.nextInt(count);
    int at = 0;
    while (left >= Long.bitCount(allowed[at])) {
      left -= Long.bitCount(allowed[at++]);
    }
    long bits = allowed[at];
    while (left-- > 0) {
      bits &= bits - 1;
    }
    return (at << 6) + Long.numberOfTrailingZeros(bits);
  }
}
