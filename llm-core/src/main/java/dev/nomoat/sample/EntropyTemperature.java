package dev.nomoat.sample;

/**
 * Divides the logits by a temperature that depends on the entropy of the candidates: the least one
 * if it is 0, the greatest if all are equally likely.
 *
 * @param least not negative
 * @param greatest above {@code least}
 * @param exponent of the entropy, as a share of the greatest possible; not negative
 */
record EntropyTemperature(float least, float greatest, float exponent) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    if (candidates.size() == 1) {
      return;
    }
    double entropy = candidates.entropy(candidates.weigh());
    double share = Math.clamp(entropy / StrictMath.log(candidates.size()), 0, 1);
    float temperature =
        (float) (least + ((double) greatest - least) * StrictMath.pow(share, exponent));
    if (temperature > 0) {
      candidates.divide(temperature);
    } else {
      candidates.keepMostLikely(1);
    }
  }
}
