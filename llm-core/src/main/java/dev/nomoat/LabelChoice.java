package dev.nomoat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which of several labels a model considers likeliest after a prompt. Immutable.
 *
 * @param label the likeliest
 * @param probabilities of each label, in the order they were given; together 1
 */
public record LabelChoice(String label, Map<String, Double> probabilities) {
  /**
   * Copies the probabilities.
   *
   * @throws IllegalArgumentException if the label has none
   */
  public LabelChoice {
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    if (!probabilities.containsKey(label)) {
      throw new IllegalArgumentException("no probability of " + label);
    }
  }

  /**
   * The probability of the likeliest label.
   *
   * @return from 0 to 1
   */
  public double probability() {
    Double probability = probabilities.get(label);
    return probability == null ? 0 : probability;
  }
}
