package dev.nomoat.sample;

import dev.nomoat.DynamicTemperature;
import dev.nomoat.SamplingOptions;
import java.util.ArrayList;
import java.util.List;

/** Makes the steps that options ask for, in their order. A step that is off takes no part. */
final class Chain {
  private final SamplingOptions options;
  private final int vocabulary;
  private final Candidates candidates;
  private final List<SamplerStep> steps = new ArrayList<>();

  private Chain(SamplingOptions options, int vocabulary, Candidates candidates) {
    this.options = options;
    this.vocabulary = vocabulary;
    this.candidates = candidates;
  }

  /**
   * Makes the steps.
   *
   * @throws IllegalArgumentException if the bias has a token that the vocabulary does not have
   */
  static SamplerStep[] of(
      SamplingOptions options,
      long seed,
      int vocabulary,
      DryBreakers breakers,
      Candidates candidates) {
    Chain chain = new Chain(options, vocabulary, candidates);
    chain.addForAllTokens(breakers);
    if (!greedy(options)) {
      if (options.mirostat().isEmpty()) {
        chain.addNarrowing(seed);
      }
      chain.addTemperature();
    }
    return chain.steps.toArray(SamplerStep[]::new);
  }

  static boolean greedy(SamplingOptions options) {
    return options.temperature() <= 0;
  }

  /** How many candidates the steps and the choice must have room for. */
  static int capacity(SamplingOptions options, int vocabulary) {
    if (greedy(options)) {
      return 0;
    }
    // Top-k is the first that makes a list.
    return narrowsToK(options, vocabulary) ? options.topK() : vocabulary;
  }

  private static boolean narrowsToK(SamplingOptions options, int vocabulary) {
    return options.mirostat().isEmpty() && options.topK() > 0 && options.topK() < vocabulary;
  }

  private void addForAllTokens(DryBreakers breakers) {
    if (!options.logitBias().isEmpty()) {
      steps.add(new LogitBias(options.logitBias(), vocabulary));
    }
    addPenalties();
    if (options.dry().isPresent() && options.dry().get().lastN() > 0) {
      steps.add(new DryPenalty(options.dry().get(), breakers, vocabulary));
    }
    if (!options.steps().isEmpty()) {
      steps.add(new CustomSteps(options.steps(), candidates));
    }
  }

  private void addPenalties() {
    SamplingOptions o = options;
    boolean neutral =
        o.repeatPenalty() == 1 && o.frequencyPenalty() == 0 && o.presencePenalty() == 0;
    if (!neutral && o.penaltyLastN() > 0) {
      TokenWindow window = new TokenWindow(o.penaltyLastN(), vocabulary);
      steps.add(
          new Penalties(o.repeatPenalty(), o.frequencyPenalty(), o.presencePenalty(), window));
    }
  }

  private void addNarrowing(long seed) {
    if (options.topNSigma() > 0) {
      steps.add(new TopNSigma(options.topNSigma()));
    }
    if (narrowsToK(options, vocabulary)) {
      steps.add(new TopK(options.topK()));
    }
    if (options.typicalP() < 1) {
      steps.add(new Typical(options.typicalP()));
    }
    if (options.topP() < 1) {
      steps.add(new TopP(options.topP()));
    }
    if (options.minP() > 0) {
      steps.add(new MinP(options.minP()));
    }
    options
        .xtc()
        .filter(xtc -> xtc.probability() > 0)
        .ifPresent(
            xtc -> {
              // Numbers of its own, so that the draws stay those of the seed.
              SplitMix64 random = new SplitMix64(new SplitMix64(seed).nextLong());
              steps.add(new ExcludeTopChoices(xtc.probability(), xtc.threshold(), random));
            });
  }

  private void addTemperature() {
    float middle = options.temperature();
    if (options.dynamicTemperature().isEmpty()) {
      steps.add(new Temperature(middle));
      return;
    }
    DynamicTemperature dynamic = options.dynamicTemperature().get();
    float least = Math.max(0, middle - dynamic.range());
    float greatest = Math.min(middle + dynamic.range(), Float.MAX_VALUE);
    steps.add(new EntropyTemperature(least, greatest, dynamic.exponent()));
  }
}
