package dev.nomoat.sample;

/**
 * Rules out the candidates whose logit is more than some standard deviations below the greatest.
 * Those at -∞ do not count for the deviation.
 *
 * <p>Source: C. Tang et al., "Top-nσ: Not All Logits Are You Need", ACL 2025.
 *
 * @param n how many standard deviations, above 0
 */
record TopNSigma(float n) implements SamplerStep {
  @Override
  public void apply(Candidates candidates) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < candidates.size(); i++) {
      float logit = candidates.logit(i);
      if (logit != Float.NEGATIVE_INFINITY) {
        sum += logit;
        count++;
      }
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = 0; i < candidates.size(); i++) {
      float logit = candidates.logit(i);
      if (logit != Float.NEGATIVE_INFINITY) {
        squares += (logit - mean) * (logit - mean);
      }
    }
    candidates.ruleOutBelow(candidates.maxLogit() - n * Math.sqrt(squares / count));
  }
}
