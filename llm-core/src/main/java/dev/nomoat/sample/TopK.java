package dev.nomoat.sample;

/**
 * Keeps the candidates with the highest logits.
 *
 * @param k how many, at least 1; all stay if there are no more
 */
record TopK(int k) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    candidates.keepMostLikely(k);
  }
}
