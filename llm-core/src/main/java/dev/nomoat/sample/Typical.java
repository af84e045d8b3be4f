package dev.nomoat.sample;

/**
 * Keeps the fewest candidates that together have more than the probability {@code p}, from the one
 * on whose surprise is nearest to the entropy, that is to the expected surprise.
 *
 * <p>Source: C. Meister et al., "Locally Typical Sampling", TACL 2023.
 *
 * @param p above 0, below 1
 */
record Typical(float p) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    double total = candidates.weigh();
    // A surprise is log(total) - (logit - greatest logit), so it equals the entropy at this place.
    double centre = StrictMath.log(total) - candidates.entropy(total);
    candidates.keepNearest(centre, p * total);
  }
}
