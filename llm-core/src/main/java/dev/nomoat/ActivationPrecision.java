package dev.nomoat;

/** How exactly the inputs of products with quantised weights are represented. */
public enum ActivationPrecision {
  /**
   * Inputs of products with quantised weights are rounded to 8 bits with a scale for each block,
   * which is what quantised models are commonly run with. Weights in a floating-point format are
   * unaffected.
   */
  FAST,
  /**
   * Inputs stay 32-bit floating-point numbers in every product: slower, as exact as the weights.
   */
  FULL
}
