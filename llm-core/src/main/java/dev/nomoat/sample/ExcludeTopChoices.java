package dev.nomoat.sample;

/**
 * XTC: drops, at times, all candidates that have a probability but the least likely of them. Takes
 * one number of {@code random} for each token.
 *
 * <p>Source: P. E. Weidmann, "Exclude Top Choices (XTC)", text-generation-webui, 2024.
 *
 * @param probability how often
 * @param threshold the probability, above 0
 * @param random gives the numbers; not those of the draw
 */
record ExcludeTopChoices(float probability, float threshold, SplitMix64 random)
    implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    if (random.nextDouble() < probability) {
      candidates.dropLikelier(threshold * candidates.weigh());
    }
  }
}
