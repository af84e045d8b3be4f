package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.pretokenize.Cl100kSplitter;
import dev.nomoat.tokenizer.pretokenize.Gpt2Splitter;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter;
import dev.nomoat.tokenizer.pretokenize.Splitter;
import dev.nomoat.tokenizer.pretokenize.SplitterChain;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How byte-level BPE splits text into the pieces that merges never cross: by regular expressions,
 * one after the other, each splitting the pieces that the one before made, at its matches and
 * between them. The syntax is Oniguruma's, as in {@code tokenizer.json}; splitting takes time
 * linear in the text.
 *
 * <p>The families go by the names that GGUF files have under {@code tokenizer.ggml.pre}; models
 * that split alike are told apart there. Immutable and thread-safe.
 */
public final class PreTokenizer {
  /** Words, numbers and other runs with the space before them, of GPT-2. */
  public static final PreTokenizer GPT2 = PreTokenizerFamilies.GPT2;

  /** As {@link #QWEN2}, but with digits in groups of three, of Llama 3. */
  public static final PreTokenizer LLAMA_BPE = PreTokenizerFamilies.LLAMA_BPE;

  /** Words with one character before them, single digits, newlines together, of Qwen 2. */
  public static final PreTokenizer QWEN2 = PreTokenizerFamilies.QWEN2;

  private final List<String> patterns;
  private final Set<String> names;
  private final boolean takesWholeWords;
  private final boolean addsBos;

  PreTokenizer(List<String> patterns, Set<String> names, boolean takesWholeWords, boolean addsBos) {
    this.patterns = List.copyOf(patterns);
    this.names = Set.copyOf(names);
    this.takesWholeWords = takesWholeWords;
    this.addsBos = addsBos;
  }

  /**
   * The pre-tokenizer that model files know by a name.
   *
   * @param name such as {@code qwen2}
   * @return the pre-tokenizer, or nothing if there is none of this name here
   */
  public static Optional<PreTokenizer> named(String name) {
    Objects.requireNonNull(name, "name");
    return PreTokenizerFamilies.ALL.stream()
        .filter(preTokenizer -> preTokenizer.names.contains(name))
        .findFirst();
  }

  /**
   * The pre-tokenizers that have names.
   *
   * @return all of them, immutable
   */
  public static List<PreTokenizer> families() {
    return PreTokenizerFamilies.ALL;
  }

  /**
   * A pre-tokenizer of other regular expressions.
   *
   * @param patterns the regular expressions in their order; none leave the text whole
   * @return a pre-tokenizer without a name
   * @throws IllegalArgumentException if a pattern is malformed, or needs what is not supported
   */
  public static PreTokenizer ofPatterns(String... patterns) {
    var preTokenizer = new PreTokenizer(List.of(patterns), Set.of(), false, false);
    Objects.requireNonNull(preTokenizer.splitter());
    return preTokenizer;
  }

  /**
   * The names by which model files know this pre-tokenizer.
   *
   * @return all of them, immutable
   */
  public Set<String> names() {
    return names;
  }

  /**
   * The regular expressions.
   *
   * @return all of them, in their order, immutable
   */
  public List<String> patterns() {
    return patterns;
  }

  /**
   * Whether models of these names take a piece that is a token as that token, even if the merges
   * would not make it.
   *
   * @return what {@link TokenizerAlgorithm.ByteLevelBpe#ignoreMerges} is for them
   */
  public boolean takesWholeWords() {
    return takesWholeWords;
  }

  /**
   * Whether models of these names want BOS before a text if their file does not say.
   *
   * @return whether they do
   */
  public boolean addsBos() {
    return addsBos;
  }

  Splitter splitter() {
    List<Splitter> splitters = patterns.stream().map(PreTokenizer::splitter).toList();
    return splitters.size() == 1 ? splitters.getFirst() : new SplitterChain(splitters);
  }

  /** The families that nearly all models belong to have splitters of their own, for speed. */
  static Splitter splitter(String pattern) {
    return switch (pattern) {
      case PreTokenizerFamilies.GPT2_PATTERN -> new Gpt2Splitter();
      case PreTokenizerFamilies.LLAMA_BPE_PATTERN -> new Cl100kSplitter(3);
      case PreTokenizerFamilies.QWEN2_PATTERN -> new Cl100kSplitter(1);
      default -> RegexSplitter.isolating(pattern);
    };
  }

  @Override
  public String toString() {
    return names.isEmpty()
        ? patterns.toString()
        : String.join(", ", names.stream().sorted().toList());
  }
}
