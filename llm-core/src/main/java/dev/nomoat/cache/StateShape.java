package dev.nomoat.cache;

import java.util.List;

/**
 * Recurrent state of a sequence: what layers without keys and values remember of all its tokens, in
 * as many numbers however many tokens there are.
 *
 * @param layers f32 numbers that each layer keeps, 0 for none
 */
public record StateShape(List<Integer> layers) {
  /** No recurrent state. */
  public static final StateShape NONE = new StateShape(List.of());

  /** Copies the list. */
  public StateShape {
    layers = List.copyOf(layers);
  }

  /**
   * Bytes that a sequence takes.
   *
   * @return bytes
   */
  public long bytes() {
    return layers.stream().mapToLong(numbers -> 4L * numbers).sum();
  }
}
