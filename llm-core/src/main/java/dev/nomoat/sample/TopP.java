package dev.nomoat.sample;

/**
 * Keeps the fewest candidates, from the most likely down, that together have the probability {@code
 * p}.
 *
 * <p>Source: A. Holtzman et al., "The Curious Case of Neural Text Degeneration", ICLR 2020.
 *
 * @param p above 0, up to 1
 */
record TopP(float p) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    candidates.keepHeaviest(p * candidates.weigh());
  }
}
