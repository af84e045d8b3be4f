package dev.nomoat;

/**
 * How the next token is chosen from what the model considers likely. Immutable; start from {@link
 * #defaults()} or {@link #greedy()}.
 *
 * <p>The steps apply in this order, each to what the one before left: penalties, top-k, top-p,
 * min-p, temperature, and a random draw. A step is off at the value that is given as such.
 *
 * @param temperature divides the logits: below 1 likely tokens gain, above 1 they lose; any finite
 *     number, and at 0 or below the most likely token is always taken
 * @param topK how many of the most likely tokens stay; 0 (off) for all
 * @param topP the most likely tokens stay that together have at least this probability; above 0, up
 *     to 1 (off)
 * @param minP tokens stay that have at least this share of the probability of the most likely one;
 *     0 (off) to 1
 * @param repeatPenalty divides the logits above 0, and multiplies those below, of tokens that
 *     occurred; above 0, and 1 is off
 * @param frequencyPenalty is subtracted from the logit of a token as often as it occurred; any
 *     finite number, 0 is off
 * @param presencePenalty is subtracted once from the logit of a token that occurred; any finite
 *     number, 0 is off
 * @param penaltyLastN how many of the last tokens the penalties look at, those of the prompt
 *     included; 0 turns the penalties off
 */
public record SamplingOptions(
    float temperature,
    int topK,
    float topP,
    float minP,
    float repeatPenalty,
    float frequencyPenalty,
    float presencePenalty,
    int penaltyLastN) {
  private static final SamplingOptions DEFAULTS =
      new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 64);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is NaN, infinite or outside its range
   */
  public SamplingOptions {
    Require.finite(temperature, "temperature");
    Require.notNegative(topK, "topK");
    // Written so that NaN fails too.
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be above 0 and at most 1, but is " + topP);
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("minP must be from 0 to 1, but is " + minP);
    }
    Require.finite(repeatPenalty, "repeatPenalty");
    if (repeatPenalty <= 0) {
      throw new IllegalArgumentException("repeatPenalty must be above 0, but is " + repeatPenalty);
    }
    Require.finite(frequencyPenalty, "frequencyPenalty");
    Require.finite(presencePenalty, "presencePenalty");
    Require.notNegative(penaltyLastN, "penaltyLastN");
  }

  /**
   * Lively text that stays on track: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, and no
   * penalties (which would look at the last 64 tokens).
   *
   * @return the options
   */
  public static SamplingOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Always the most likely token, so that the seed does not matter: {@link #defaults()} at
   * temperature 0.
   *
   * @return the options
   */
  public static SamplingOptions greedy() {
    return DEFAULTS.withTemperature(0);
  }

  /**
   * These options with another temperature.
   *
   * @param temperature divides the logits; at 0 or below the most likely token is always taken
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withTemperature(float temperature) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another top-k.
   *
   * @param topK how many of the most likely tokens stay; 0 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withTopK(int topK) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another top-p.
   *
   * @param topP the most likely tokens stay that together have at least this probability; 1 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withTopP(float topP) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another min-p.
   *
   * @param minP tokens stay that have at least this share of the probability of the most likely
   *     one; 0 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withMinP(float minP) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another repeat penalty.
   *
   * @param repeatPenalty divides logits above 0 and multiplies those below; 1 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withRepeatPenalty(float repeatPenalty) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another frequency penalty.
   *
   * @param frequencyPenalty is subtracted for each time that a token occurred; 0 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withFrequencyPenalty(float frequencyPenalty) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another presence penalty.
   *
   * @param presencePenalty is subtracted once if a token occurred; 0 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withPresencePenalty(float presencePenalty) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }

  /**
   * These options with another window of the penalties.
   *
   * @param penaltyLastN how many of the last tokens the penalties look at; 0 for no penalties
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withPenaltyLastN(int penaltyLastN) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeatPenalty,
        frequencyPenalty,
        presencePenalty,
        penaltyLastN);
  }
}
