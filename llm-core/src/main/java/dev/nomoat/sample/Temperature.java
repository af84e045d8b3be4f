package dev.nomoat.sample;

/**
 * Divides the logits, which sharpens the distribution below 1 and flattens it above.
 *
 * @param temperature above 0
 */
record Temperature(float temperature) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    candidates.divide(temperature);
  }
}
