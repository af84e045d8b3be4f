package dev.nomoat;

/**
 * Mirostat 2: keeps the surprise of the text near a target, whatever its length. The surprise of a
 * token is -log₂ of its probability. Tokens more surprising than a limit μ are cut, and after each
 * draw μ falls by {@code eta} times what the surprise of the token was above the target; μ begins
 * at twice the target.
 *
 * <p>Source: S. Basu et al., "Mirostat: A Neural Text Decoding Algorithm that Directly Controls
 * Perplexity", ICLR 2021.
 *
 * @param tau the target, in bits; above 0
 * @param eta how fast μ follows; above 0
 */
public record Mirostat(float tau, float eta) {
  private static final Mirostat DEFAULTS = new Mirostat(5, 0.1f);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is NaN, infinite or not above 0
   */
  public Mirostat {
    Require.positive(tau, "the target of Mirostat");
    Require.positive(eta, "the rate of Mirostat");
  }

  /**
   * A target of 5 bits and a rate of 0.1.
   *
   * @return the defaults
   */
  public static Mirostat defaults() {
    return DEFAULTS;
  }
}
