package dev.nomoat.sample;

import java.util.Map;

/** Adds numbers to the logits of some tokens; -∞ rules a token out. */
final class LogitBias implements SamplerStep {
  private final int[] tokens;
  private final float[] biases;

  /**
   * Takes the numbers over.
   *
   * @param biases below +∞, by id
   * @param vocabulary how many tokens there are
   * @throws IllegalArgumentException if the vocabulary has no such token
   */
  LogitBias(Map<Integer, Float> biases, int vocabulary) {
    this.tokens = biases.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    this.biases = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] >= vocabulary) {
        throw new IllegalArgumentException(
            "logitBias has token %d, but the model has only %d".formatted(tokens[i], vocabulary));
      }
      this.biases[i] = biases.getOrDefault(tokens[i], 0f);
    }
  }

  @Override
  public void apply(Candidates candidates) {
    for (int i = 0; i < tokens.length; i++) {
      float sum = candidates.logitOf(tokens[i]) + biases[i];
      candidates.setLogitOf(tokens[i], Math.min(sum, Float.MAX_VALUE));
    }
    if (!candidates.anyPossible()) {
      throw new SamplingException("the logit bias rules out every token", null);
    }
  }
}
