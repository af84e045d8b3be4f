package dev.nomoat.tokenizer.normalize;

import java.util.List;

/**
 * Several steps, one after the other.
 *
 * @param steps the steps
 */
public record NormalizerChain(List<Normalizer> steps) implements Normalizer {
  /** Copies the list. */
  public NormalizerChain {
    steps = List.copyOf(steps);
  }

  /**
   * The chain of some steps.
   *
   * @param steps the steps
   * @return the chain
   */
  public static NormalizerChain of(Normalizer... steps) {
    return new NormalizerChain(List.of(steps));
  }

  @Override
  public void apply(TextBuffer text) {
    for (Normalizer step : steps) {
      step.apply(text);
    }
  }
}
