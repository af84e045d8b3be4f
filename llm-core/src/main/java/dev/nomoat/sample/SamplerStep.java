package dev.nomoat.sample;

/** A link of the chain: changes the logits of candidates, or drops some, but never the last one. */
sealed interface SamplerStep
    permits LogitBias,
        Penalties,
        DryPenalty,
        CustomSteps,
        TopNSigma,
        TopK,
        Typical,
        TopP,
        MinP,
        ExcludeTopChoices,
        Temperature,
        EntropyTemperature {
  /**
   * Does the step's work. Called once for each token to choose.
   *
   * @param candidates what the steps before left; at least one, with a logit above -∞
   */
  void apply(Candidates candidates);

  /**
   * Takes note of a token of the sequence: of the prompt, or chosen.
   *
   * @param token its id, within the vocabulary
   */
  default void accept(int token) {}
}
