package dev.nomoat.model.source;

import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Xtc;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the makers of a model recommend that its tokens be chosen, as far as its files tell. What
 * they leave out is what transformers takes then, for that is what they have tried; steps that we
 * do not have are left out, the first version of Mirostat among them.
 */
public final class RecommendedSampling {
  /** Numbers that files may have; all are optional. */
  public enum Setting {
    /** Divides the logits. */
    TEMPERATURE,
    /** How many of the most likely tokens stay; 0 or less for all. */
    TOP_K,
    /** The most likely tokens stay that together have this probability. */
    TOP_P,
    /** Tokens stay that have this share of the probability of the most likely one. */
    MIN_P,
    /** Divides the logits of tokens that occurred. */
    REPEAT_PENALTY,
    /** How many of the last tokens penalties look at. */
    PENALTY_LAST_N,
    /** The most typical tokens stay that together pass this probability. */
    TYPICAL_P,
    /** How often the likeliest tokens are dropped; 0 for never. */
    XTC_PROBABILITY,
    /** The probability of tokens that are dropped then. */
    XTC_THRESHOLD,
    /** Which version of Mirostat is used; 0 for none. */
    MIROSTAT,
    /** The surprise that Mirostat aims at, in bits. */
    MIROSTAT_TAU,
    /** How fast Mirostat follows. */
    MIROSTAT_ETA
  }

  private static final float XTC_THRESHOLD = 0.1f;

  private final Map<Setting, Double> numbers = new EnumMap<>(Setting.class);
  private boolean samples;

  /** Begins without a recommendation. */
  public RecommendedSampling() {}

  /**
   * Takes note of a number.
   *
   * @param setting what it is for
   * @param number the number, if a file has it
   * @return this
   */
  public RecommendedSampling with(Setting setting, Optional<Double> number) {
    number.ifPresent(value -> numbers.put(setting, value));
    return this;
  }

  /**
   * Takes note of whether tokens are drawn at all.
   *
   * @param draws whether they are; if not, the most likely one is always taken
   * @return this
   */
  public RecommendedSampling draws(boolean draws) {
    samples = draws;
    if (!draws) {
      numbers.put(Setting.TEMPERATURE, 0.0);
    }
    return this;
  }

  /**
   * The options.
   *
   * @return what was recommended, or {@link SamplingOptions#defaults()} if nothing was
   * @throws IllegalArgumentException if a number is outside its range
   */
  public SamplingOptions options() {
    if (numbers.isEmpty() && !samples) {
      return SamplingOptions.defaults();
    }
    SamplingOptions options =
        SamplingOptions.defaults()
            .withTemperature((float) number(Setting.TEMPERATURE, 1))
            .withTopK((int) Math.max(0, number(Setting.TOP_K, 50)))
            .withTopP((float) number(Setting.TOP_P, 1))
            .withMinP((float) number(Setting.MIN_P, 0))
            .withRepeatPenalty((float) number(Setting.REPEAT_PENALTY, 1))
            .withPenaltyLastN((int) number(Setting.PENALTY_LAST_N, Integer.MAX_VALUE))
            .withTypicalP((float) number(Setting.TYPICAL_P, 1));
    float probability = (float) number(Setting.XTC_PROBABILITY, 0);
    if (probability != 0) {
      float threshold = (float) number(Setting.XTC_THRESHOLD, XTC_THRESHOLD);
      options = options.withXtc(new Xtc(probability, threshold));
    }
    return number(Setting.MIROSTAT, 0) == 2 ? options.withMirostat(mirostat()) : options;
  }

  private Mirostat mirostat() {
    Mirostat usual = Mirostat.defaults();
    return new Mirostat(
        (float) number(Setting.MIROSTAT_TAU, usual.tau()),
        (float) number(Setting.MIROSTAT_ETA, usual.eta()));
  }

  private double number(Setting setting, double orElse) {
    return numbers.getOrDefault(setting, orElse);
  }
}
