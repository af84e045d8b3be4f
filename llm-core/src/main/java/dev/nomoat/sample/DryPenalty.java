package dev.nomoat.sample;

import dev.nomoat.Dry;
import java.util.Arrays;

/**
 * DRY: makes tokens less likely that would prolong a repetition. The time it takes is proportional
 * to the number of tokens that it looks at.
 *
 * <p>Source: P. E. Weidmann, "DRY: A modern repetition penalty that reliably prevents looping",
 * text-generation-webui, 2024. The lengths of the repetitions come from the Z-algorithm (D.
 * Gusfield, "Algorithms on Strings, Trees and Sequences", 1997) on the reversed text.
 */
final class DryPenalty implements SamplerStep {
  private final Dry options;
  private final DryBreakers breakers;
  private final TokenHistory text;
  private final int mostExponent;

  private int[] repeats = {}; // by place from the end: how long a repetition of the end ends there
  private final int[] longest; // by token that would prolong one: its length + 1; 0 for none
  private int[] prolonging = {}; // those tokens

  /**
   * Starts with nothing seen.
   *
   * @param options lastN above 0
   * @param breakers those of the options, in tokens
   * @param vocabulary how many tokens there are
   */
  DryPenalty(Dry options, DryBreakers breakers, int vocabulary) {
    this.options = options;
    this.breakers = breakers;
    this.text = new TokenHistory(options.lastN());
    this.longest = new int[vocabulary];
    double most = StrictMath.log(Float.MAX_VALUE) / StrictMath.log(options.base());
    this.mostExponent = (int) most; // a base of 1 has the greatest int
  }

  @Override
  public void accept(int token) {
    text.add(token);
  }

  @Override
  public void apply(Candidates candidates) {
    int n = text.size();
    if (n <= options.allowedLength()) {
      return;
    }
    int limit = breakers.tokensAfterLast(text);
    if (limit < options.allowedLength()) {
      return;
    }
    if (repeats.length < n) {
      repeats = Arrays.copyOf(repeats, Math.max(n, 2 * repeats.length));
      prolonging = Arrays.copyOf(prolonging, repeats.length);
    }
    measureRepeats(n);
    int count = collect(n, limit);
    for (int i = 0; i < count; i++) {
      int token = prolonging[i];
      penalise(candidates, token, longest[token] - 1);
      longest[token] = 0;
    }
  }

  /** Fills {@link #repeats} from place 1 on. */
  private void measureRepeats(int n) {
    // The part from boxStart to below boxEnd is known to repeat the end of the text.
    int boxStart = 0;
    int boxEnd = 0;
    for (int i = 1; i < n; i++) {
      int length = i < boxEnd ? Math.min(repeats[i - boxStart], boxEnd - i) : 0;
      while (i + length < n && text.fromEnd(length) == text.fromEnd(i + length)) {
        length++;
      }
      repeats[i] = length;
      if (i + length > boxEnd) {
        boxStart = i;
        boxEnd = i + length;
      }
    }
  }

  /** Lists the tokens that would prolong a repetition, each with the longest; returns how many. */
  private int collect(int n, int limit) {
    int count = 0;
    for (int i = 1; i < n; i++) {
      int length = Math.min(repeats[i], limit);
      if (length >= options.allowedLength()) {
        int token = text.fromEnd(i - 1);
        if (longest[token] == 0) {
          prolonging[count++] = token;
        }
        longest[token] = Math.max(longest[token], length + 1);
      }
    }
    return count;
  }

  private void penalise(Candidates candidates, int token, int length) {
    float logit = candidates.logitOf(token);
    if (logit == Float.NEGATIVE_INFINITY || breakers.holdsOne(token)) {
      return;
    }
    int exponent = Math.min(length - options.allowedLength(), mostExponent);
    double penalty = options.multiplier() * StrictMath.pow(options.base(), exponent);
    candidates.setLogitOf(token, (float) Math.max(logit - penalty, -Float.MAX_VALUE));
  }
}
