package dev.nomoat.sample;

/**
 * Makes tokens less likely that occurred lately, in the prompt or since. A positive logit is
 * divided by {@code repeat} and any other multiplied; then {@code frequency} is subtracted once for
 * each occurrence, and {@code presence} once.
 *
 * <p>Sources: N. Keskar et al., "CTRL", 2019, for the division, which is mirrored below zero
 * because it would reward there; the OpenAI API for the subtractions.
 */
final class Penalties implements SamplerStep {
  private final float repeat;
  private final double frequency;
  private final double presence;
  private final TokenWindow window;

  /**
   * Starts with nothing seen.
   *
   * @param repeat above 0, 1 for no effect
   * @param frequency any finite number, 0 for no effect
   * @param presence any finite number, 0 for no effect
   * @param window the tokens to look at
   */
  Penalties(float repeat, float frequency, float presence, TokenWindow window) {
    this.repeat = repeat;
    this.frequency = frequency;
    this.presence = presence;
    this.window = window;
  }

  @Override
  public void accept(int token) {
    window.add(token);
  }

  @Override
  public void apply(Candidates candidates) {
    for (int i = 0; i < window.distinct(); i++) {
      int token = window.token(i);
      float logit = candidates.logitOf(token);
      if (logit != Float.NEGATIVE_INFINITY) {
        candidates.setLogitOf(token, penalised(logit, window.count(i)));
      }
    }
  }

  private float penalised(float logit, int count) {
    double repeated = logit > 0 ? (double) logit / repeat : (double) logit * repeat;
    // Options of any size must not make an infinity, which would drop the token or hide the others.
    return (float)
        Math.clamp(repeated - (count * frequency + presence), -Float.MAX_VALUE, Float.MAX_VALUE);
  }
}
