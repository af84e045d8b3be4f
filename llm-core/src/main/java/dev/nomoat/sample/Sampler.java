package dev.nomoat.sample;

import dev.nomoat.LogProbabilities;
import dev.nomoat.SamplingOptions;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.TokenMatcher;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tokens of one generation, by the steps that {@link SamplingOptions} lists, in its
 * order. A step whose option is off takes no part.
 *
 * <p>The n-th call of {@link #sample} takes the n-th number of a {@link SplitMix64}, so equal
 * options, seed, accepted tokens and logits give equal tokens, on every JVM. Neither {@code sample}
 * nor {@link #accept} allocates, but for a window of tokens that has not yet reached its length.
 *
 * <p>Not thread-safe.
 */
public final class Sampler {
  private final int vocabulary;
  private final SamplerStep[] steps;
  private final Choice choice;
  private final Candidates candidates;
  private final @Nullable TokenMatcher matcher;
  private final @Nullable LogProbabilityReader reader;
  private @Nullable LogProbabilities logProbabilities; // of the last token

  /**
   * Starts a generation.
   *
   * @param options which steps there are
   * @param seed the start of the random numbers
   * @param vocabulary how many tokens there are
   * @throws IllegalArgumentException if the vocabulary is empty
   */
  public Sampler(SamplingOptions options, long seed, int vocabulary) {
    this(options, seed, vocabulary, null, DryBreakers.NONE, OptionalInt.empty());
  }

  /**
   * Starts a generation that may keep to a grammar. The tokens that {@link #sample} returns are
   * accepted by the matcher at once; those of {@link #accept} are no concern of it.
   *
   * @param options which steps there are; they apply to the tokens that the grammar lets follow
   * @param seed the start of the random numbers
   * @param vocabulary how many tokens there are
   * @param matcher follows the grammar, and belongs to the sampler from now on; null for none
   * @param breakers those of {@link SamplingOptions#dry}, in tokens
   * @param top for how many of the most likely tokens {@link #logProbabilities} is wanted; empty if
   *     it is not wanted at all
   * @throws IllegalArgumentException if the vocabulary is empty, or the bias has a token that it
   *     does not have
   */
  public Sampler(
      SamplingOptions options,
      long seed,
      int vocabulary,
      @Nullable TokenMatcher matcher,
      DryBreakers breakers,
      OptionalInt top) {
    if (vocabulary <= 0) {
      throw new IllegalArgumentException("a vocabulary of " + vocabulary + " tokens");
    }
    this.vocabulary = vocabulary;
    this.matcher = matcher;
    this.candidates = new Candidates(vocabulary, Chain.capacity(options, vocabulary));
    this.steps = Chain.of(options, seed, vocabulary, breakers, candidates);
    this.choice = choice(options, seed);
    this.reader = top.isPresent() ? new LogProbabilityReader(vocabulary, top.getAsInt()) : null;
  }

  private static Choice choice(SamplingOptions options, long seed) {
    if (Chain.greedy(options)) {
      return new Choice.Greedy();
    }
    SplitMix64 random = new SplitMix64(seed);
    return options.mirostat().isPresent()
        ? new MirostatChoice(options.mirostat().get(), random)
        : new Choice.Draw(random);
  }

  /**
   * Takes note of a token of the sequence, which the penalties look at: every token of the prompt,
   * and every one that was chosen. {@link #sample} does not do so by itself.
   *
   * @param token the token's id
   * @throws IndexOutOfBoundsException if the vocabulary has no such token
   */
  public void accept(int token) {
    Objects.checkIndex(token, vocabulary);
    for (SamplerStep step : steps) {
      step.accept(token);
    }
  }

  /**
   * Chooses the next token.
   *
   * @param logits holds the logits of the whole vocabulary one after the other; it is only read. -∞
   *     rules a token out.
   * @param offset where they begin
   * @return the id of the token
   * @throws IllegalStateException if a logit is NaN or +∞, or all are -∞: the model that made them
   *     is broken
   * @throws IndexOutOfBoundsException if there are fewer logits than tokens
   * @throws GrammarException if no token goes on as the grammar wants
   * @throws SamplingException if the bias or a step of the request rules out every token, or such a
   *     step throws
   */
  public int sample(float[] logits, int offset) {
    int token = choice.choose(narrow(logits, offset));
    if (matcher != null) {
      matcher.accept(token);
    }
    if (reader != null) {
      logProbabilities = reader.read(logits, offset, token);
    }
    return token;
  }

  /**
   * How likely the model considers the token that {@link #sample} last returned, and the most
   * likely ones.
   *
   * @return the probabilities of the logits as they came; empty if they are not wanted
   */
  public Optional<LogProbabilities> logProbabilities() {
    return Optional.ofNullable(logProbabilities);
  }

  /** Applies the steps to the logits of all tokens. */
  Candidates narrow(float[] logits, int offset) {
    Objects.checkFromIndexSize(offset, vocabulary, logits.length);
    candidates.load(logits, offset);
    if (matcher != null) {
      candidates.keepOnly(matcher.allowed());
    }
    for (SamplerStep step : steps) {
      step.apply(candidates);
    }
    return candidates;
  }

  /**
   * Whether the text is complete by the grammar, so that there is nothing more to sample.
   *
   * @return whether nothing may follow; false without a grammar
   */
  public boolean complete() {
    return matcher != null && matcher.complete();
  }
}
