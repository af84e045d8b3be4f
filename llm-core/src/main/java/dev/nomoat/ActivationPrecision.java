package dev.nomoat;

/** How exactly the inputs of products with quantised weights are represented. */
public enum ActivationPrecision {
  /**
   * Inputs of products with 4- to 6-bit weights are rounded to 8 bits with a scale for each block,
   * which is what quantised models are commonly run with; those of the output head to 16 bits.
   * Products with other weights are unaffected.
   */
  FAST,
  /**
   * Inputs stay 32-bit floating-point numbers in every product: slower, as exact as the weights.
   */
  FULL
}
