package dev.nomoat.model;

import dev.nomoat.quant.Activations;
import dev.nomoat.quant.PackedMatrix;

/**
 * The input of one or more projections, in the forms that their weights need. Reused from step to
 * step.
 */
final class ProjectionInput {
  private final Activations activations = new Activations();
  private final int levels;
  private boolean eightBit;
  private boolean few;

  /**
   * Makes an empty input.
   *
   * @param levels levels of the 8-bit form that weights which take it get, 0 for none
   */
  ProjectionInput(int levels) {
    this.levels = levels;
  }

  /** Sets the shape and forgets which forms were wanted. */
  void reset(int tokens, int cols) {
    reset(tokens, cols, false);
  }

  /** The same; {@code few} when products will be with a few of the tokens at a time. */
  void reset(int tokens, int cols, boolean few) {
    activations.reset(tokens, cols);
    eightBit = false;
    this.few = few;
  }

  /** Asks for the form that a matrix needs; after {@link #reset}, before {@link #finish}. */
  void want(PackedMatrix w) {
    if (usesEightBit(w)) {
      if (!eightBit) {
        eightBit = true;
        activations.reserveEightBit(levels, few);
      }
      activations.want(w);
    }
  }

  /** Whether products with a matrix use the 8-bit form. */
  boolean usesEightBit(PackedMatrix w) {
    return levels > 0 && w.quantizesActivations();
  }

  /** Where the numbers are written, row-major without padding. */
  float[] values() {
    return activations.values();
  }

  /** Prepares one token, once its numbers are written. */
  void finish(int token) {
    if (eightBit) {
      activations.quantize(token);
    }
  }

  Activations activations() {
    return activations;
  }
}
