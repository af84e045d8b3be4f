package dev.nomoat.sample;

import dev.nomoat.SamplingOptions;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.TokenMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tokens of one generation: penalties, top-k, top-p, min-p and temperature, in this
 * order, then a random draw; at a temperature of 0 or below the penalties, then the most likely
 * token. A step whose option is off takes no part.
 *
 * <p>The n-th call of {@link #sample} takes the n-th number of a {@link SplitMix64}, so equal
 * options, seed, accepted tokens and logits give equal tokens, on every JVM. Neither {@code sample}
 * nor {@link #accept} allocates, but for a window of penalties that has not yet reached its length.
 *
 * <p>Not thread-safe.
 */
public final class Sampler {
  private final int vocabulary;
  private final SamplerStep[] steps;
  private final Choice choice;
  private final Candidates candidates;
  private final @Nullable TokenMatcher matcher;

  /**
   * Starts a generation.
   *
   * @param options which steps there are
   * @param seed the start of the random numbers
   * @param vocabulary how many tokens there are
   * @throws IllegalArgumentException if the vocabulary is empty
   */
  public Sampler(SamplingOptions options, long seed, int vocabulary) {
    this(options, seed, vocabulary, null);
  }

  /**
   * Starts a generation that keeps to a grammar. The tokens that {@link #sample} returns are
   * accepted by the matcher at once; those of {@link #accept} are no concern of it.
   *
   * @param options which steps there are; they apply to the tokens that the grammar lets follow
   * @param seed the start of the random numbers
   * @param vocabulary how many tokens there are
   * @param matcher follows the grammar, and belongs to the sampler from now on; null for none
   * @throws IllegalArgumentException if the vocabulary is empty
   */
  public Sampler(
      SamplingOptions options, long seed, int vocabulary, @Nullable TokenMatcher matcher) {
    if (vocabulary <= 0) {
      throw new IllegalArgumentException("a vocabulary of " + vocabulary + " tokens");
    }
    this.vocabulary = vocabulary;
    this.matcher = matcher;
    boolean greedy = options.temperature() <= 0;
    List<SamplerStep> chain = new ArrayList<>();
    addPenalties(chain, options, vocabulary);
    if (!greedy) {
      addNarrowing(chain, options, vocabulary);
      chain.add(new Temperature(options.temperature()));
    }
    this.steps = chain.toArray(SamplerStep[]::new);
    this.choice = greedy ? new Choice.Greedy() : new Choice.Draw(new SplitMix64(seed));
    this.candidates = new Candidates(vocabulary, greedy ? 0 : capacity(options, vocabulary));
  }

  private static void addPenalties(List<SamplerStep> chain, SamplingOptions o, int vocabulary) {
    boolean neutral =
        o.repeatPenalty() == 1 && o.frequencyPenalty() == 0 && o.presencePenalty() == 0;
    if (!neutral && o.penaltyLastN() > 0) {
      TokenWindow window = new TokenWindow(o.penaltyLastN(), vocabulary);
      chain.add(
          new Penalties(o.repeatPenalty(), o.frequencyPenalty(), o.presencePenalty(), window));
    }
  }

  private static void addNarrowing(List<SamplerStep> chain, SamplingOptions o, int vocabulary) {
    if (narrowsToK(o, vocabulary)) {
      chain.add(new TopK(o.topK()));
    }
    if (o.topP() < 1) {
      chain.add(new TopP(o.topP()));
    }
    if (o.minP() > 0) {
      chain.add(new MinP(o.minP()));
    }
  }

  /** How many candidates the steps after the penalties must have room for. */
  private static int capacity(SamplingOptions options, int vocabulary) {
    return narrowsToK(options, vocabulary) ? options.topK() : vocabulary;
  }

  private static boolean narrowsToK(SamplingOptions options, int vocabulary) {
    return options.topK() > 0 && options.topK() < vocabulary;
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
   */
  public int sample(float[] logits, int offset) {
    Objects.checkFromIndexSize(offset, vocabulary, logits.length);
    candidates.load(logits, offset);
    if (matcher != null) {
      candidates.keepOnly(matcher.allowed());
    }
    for (SamplerStep step : steps) {
      step.apply(candidates);
    }
    int token = choice.choose(candidates);
    if (matcher != null) {
      matcher.accept(token);
    }
    return token;
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
