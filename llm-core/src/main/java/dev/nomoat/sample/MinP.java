package dev.nomoat.sample;

/**
 * Keeps the candidates whose probability is at least {@code p} times that of the most likely one.
 *
 * <p>Source: M. Nguyen et al., "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM
 * Outputs", ICLR 2025.
 *
 * @param p above 0, up to 1
 */
record MinP(float p) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    // The ratio of two probabilities is the exponential of the difference of their logits.
    candidates.keepFrom(candidates.maxLogit() + StrictMath.log(p));
  }
}
