package dev.nomoat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How the next token is chosen from what the model considers likely. Immutable; start from {@link
 * #defaults()} or {@link #greedy()}.
 *
 * <p>The steps apply in this order, each to what the one before left:
 *
 * <ol>
 *   <li>to all logits: logit bias, penalties, DRY, and the caller's own steps;
 *   <li>to narrow the choice: top-n-sigma, top-k, typical-p, top-p, min-p, XTC;
 *   <li>temperature, and a random draw.
 * </ol>
 *
 * <p>At a temperature of 0 or below, the most likely token is taken after the first group, and
 * nothing else has an effect. With Mirostat the second group is left out, and Mirostat cuts and
 * draws after the temperature. Where a grammar lets some tokens follow only, all this happens among
 * those. A step is off at the value that is given as such, and empty turns it off.
 *
 * @param temperature divides the logits: below 1 likely tokens gain, above 1 they lose; any finite
 *     number, and at 0 or below the most likely token is always taken
 * @param topK how many of the most likely tokens stay; 0 (off) for all
 * @param topP the most likely tokens stay that together have at least this probability; above 0, up
 *     to 1 (off)
 * @param minP tokens stay that have at least this share of the probability of the most likely one;
 *     0 (off) to 1
 * @param repeatPenalty divides the logits above 0, and multiplies those below, of tokens that
 *     occurred; above 0, and 1 is off
 * @param frequencyPenalty is subtracted from the logit of a token as often as it occurred; any
 *     finite number, 0 is off
 * @param presencePenalty is subtracted once from the logit of a token that occurred; any finite
 *     number, 0 is off
 * @param penaltyLastN how many of the last tokens the penalties look at, those of the prompt
 *     included; 0 turns the penalties off
 * @param typicalP the tokens stay whose surprise is nearest to the expected one, as many as
 *     together have more than this probability; above 0, up to 1 (off)
 * @param topNSigma tokens stay whose logit is at most so many standard deviations of the logits
 *     below the greatest; finite, 0 is off
 * @param xtc when to drop the likeliest tokens
 * @param dynamicTemperature how far the temperature follows the entropy
 * @param mirostat the surprise to aim at
 * @param dry what repetitions cost
 * @param logitBias is added to the logits of tokens, by id; numbers below +∞, and -∞ forbids a
 *     token. Ids that the model does not have are refused when a generation starts.
 * @param steps the caller's own, in their order
 */
public record SamplingOptions(
    float temperature,
    int topK,
    float topP,
    float minP,
    float repeatPenalty,
    float frequencyPenalty,
    float presencePenalty,
    int penaltyLastN,
    float typicalP,
    float topNSigma,
    Optional<Xtc> xtc,
    Optional<DynamicTemperature> dynamicTemperature,
    Optional<Mirostat> mirostat,
    Optional<Dry> dry,
    Map<Integer, Float> logitBias,
    List<SamplingStep> steps) {
  private static final SamplingOptions DEFAULTS =
      new SamplingOptions(
          0.8f,
          40,
          0.95f,
          0.05f,
          1,
          0,
          0,
          64,
          1,
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Map.of(),
          List.of());

  /**
   * Checks the ranges, and copies the collections, so that the options cannot change.
   *
   * @throws IllegalArgumentException if a number is NaN, infinite or outside its range
   */
  public SamplingOptions {
    Require.finite(temperature, "temperature");
    Require.notNegative(topK, "topK");
    Require.positiveShare(topP, "topP");
    Require.share(minP, "minP");
    Require.positive(repeatPenalty, "repeatPenalty");
    Require.finite(frequencyPenalty, "frequencyPenalty");
    Require.finite(presencePenalty, "presencePenalty");
    Require.notNegative(penaltyLastN, "penaltyLastN");
    Require.positiveShare(typicalP, "typicalP");
    Require.finite(topNSigma, "topNSigma");
    if (topNSigma < 0) {
      throw new IllegalArgumentException("topNSigma must not be negative, but is " + topNSigma);
    }
    Objects.requireNonNull(xtc, "xtc");
    Objects.requireNonNull(dynamicTemperature, "dynamicTemperature");
    Objects.requireNonNull(mirostat, "mirostat");
    Objects.requireNonNull(dry, "dry");
    logitBias = Map.copyOf(logitBias);
    logitBias.forEach(SamplingOptions::checkBias);
    steps = List.copyOf(steps);
  }

  private static void checkBias(int token, float bias) {
    Require.notNegative(token, "a token of logitBias");
    // Negated, so that NaN is refused too.
    if (!(bias < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "logitBias must be a number below infinity, but is %s for token %d"
              .formatted(bias, token));
    }
  }

  /**
   * Lively text that stays on track: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, and nothing
   * else (penalties would look at the last 64 tokens).
   *
   * @return the options
   */
  public static SamplingOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Always the most likely token, so that the seed does not matter: {@link #defaults()} at
   * temperature 0.
   *
   * @return the options
   */
  public static SamplingOptions greedy() {
    return DEFAULTS.withTemperature(0);
  }

  /**
   * These options with another temperature.
   *
   * @param temperature divides the logits; at 0 or below the most likely token is always taken
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or infinite
   */
  public SamplingOptions withTemperature(float temperature) {
    Draft draft = new Draft(this);
    draft.temperature = temperature;
    return draft.options();
  }

  /**
   * These options with another top-k.
   *
   * @param topK how many of the most likely tokens stay; 0 for all
   * @return new options
   * @throws IllegalArgumentException if the number is negative
   */
  public SamplingOptions withTopK(int topK) {
    Draft draft = new Draft(this);
    draft.topK = topK;
    return draft.options();
  }

  /**
   * These options with another top-p.
   *
   * @param topP the most likely tokens stay that together have at least this probability; 1 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or outside its range
   */
  public SamplingOptions withTopP(float topP) {
    Draft draft = new Draft(this);
    draft.topP = topP;
    return draft.options();
  }

  /**
   * These options with another min-p.
   *
   * @param minP tokens stay that have at least this share of the probability of the most likely
   *     one; 0 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or outside its range
   */
  public SamplingOptions withMinP(float minP) {
    Draft draft = new Draft(this);
    draft.minP = minP;
    return draft.options();
  }

  /**
   * These options with another repeat penalty.
   *
   * @param repeatPenalty divides logits above 0 and multiplies those below; 1 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or outside its range
   */
  public SamplingOptions withRepeatPenalty(float repeatPenalty) {
    Draft draft = new Draft(this);
    draft.repeatPenalty = repeatPenalty;
    return draft.options();
  }

  /**
   * These options with another frequency penalty.
   *
   * @param frequencyPenalty is subtracted for each time that a token occurred; 0 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or infinite
   */
  public SamplingOptions withFrequencyPenalty(float frequencyPenalty) {
    Draft draft = new Draft(this);
    draft.frequencyPenalty = frequencyPenalty;
    return draft.options();
  }

  /**
   * These options with another presence penalty.
   *
   * @param presencePenalty is subtracted once if a token occurred; 0 for none
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or infinite
   */
  public SamplingOptions withPresencePenalty(float presencePenalty) {
    Draft draft = new Draft(this);
    draft.presencePenalty = presencePenalty;
    return draft.options();
  }

  /**
   * These options with another window of the penalties.
   *
   * @param penaltyLastN how many of the last tokens the penalties look at; 0 for no penalties
   * @return new options
   * @throws IllegalArgumentException if the number is negative
   */
  public SamplingOptions withPenaltyLastN(int penaltyLastN) {
    Draft draft = new Draft(this);
    draft.penaltyLastN = penaltyLastN;
    return draft.options();
  }

  /**
   * These options with another typical-p.
   *
   * @param typicalP the tokens stay, those of the most typical surprise first, that together have
   *     more than this probability; 1 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN or outside its range
   */
  public SamplingOptions withTypicalP(float typicalP) {
    Draft draft = new Draft(this);
    draft.typicalP = typicalP;
    return draft.options();
  }

  /**
   * These options with another top-n-sigma.
   *
   * @param topNSigma tokens stay whose logit is at most so many standard deviations below the
   *     greatest; 0 for all
   * @return new options
   * @throws IllegalArgumentException if the number is NaN, infinite or negative
   */
  public SamplingOptions withTopNSigma(float topNSigma) {
    Draft draft = new Draft(this);
    draft.topNSigma = topNSigma;
    return draft.options();
  }

  /**
   * These options with XTC.
   *
   * @param xtc when and what to exclude
   * @return new options
   */
  public SamplingOptions withXtc(Xtc xtc) {
    Draft draft = new Draft(this);
    draft.xtc = Optional.of(xtc);
    return draft.options();
  }

  /**
   * These options without XTC, which a model may recommend.
   *
   * @return new options
   */
  public SamplingOptions withoutXtc() {
    Draft draft = new Draft(this);
    draft.xtc = Optional.empty();
    return draft.options();
  }

  /**
   * These options with a temperature that follows the entropy.
   *
   * @param dynamicTemperature how far, around {@link #temperature}
   * @return new options
   */
  public SamplingOptions withDynamicTemperature(DynamicTemperature dynamicTemperature) {
    Draft draft = new Draft(this);
    draft.dynamicTemperature = Optional.of(dynamicTemperature);
    return draft.options();
  }

  /**
   * These options with Mirostat 2 instead of the steps that narrow.
   *
   * @param mirostat the target and how fast to follow it
   * @return new options
   */
  public SamplingOptions withMirostat(Mirostat mirostat) {
    Draft draft = new Draft(this);
    draft.mirostat = Optional.of(mirostat);
    return draft.options();
  }

  /**
   * These options without Mirostat, which a model may recommend.
   *
   * @return new options
   */
  public SamplingOptions withoutMirostat() {
    Draft draft = new Draft(this);
    draft.mirostat = Optional.empty();
    return draft.options();
  }

  /**
   * These options with DRY.
   *
   * @param dry what repetitions cost
   * @return new options
   */
  public SamplingOptions withDry(Dry dry) {
    Draft draft = new Draft(this);
    draft.dry = Optional.of(dry);
    return draft.options();
  }

  /**
   * These options with another bias.
   *
   * @param logitBias what to add to the logits of some tokens, by id; -∞ forbids a token
   * @return new options
   * @throws IllegalArgumentException if an id is negative, or a number NaN or +∞
   */
  public SamplingOptions withLogitBias(Map<Integer, Float> logitBias) {
    Draft draft = new Draft(this);
    draft.logitBias = logitBias;
    return draft.options();
  }

  /**
   * These options with a step of one's own, behind those that they have.
   *
   * @param step changes the logits
   * @return new options
   */
  public SamplingOptions withStep(SamplingStep step) {
    Draft draft = new Draft(this);
    draft.steps = Stream.concat(steps.stream(), Stream.of(step)).toList();
    return draft.options();
  }

  /** Options that can change. */
  private static final class Draft {
    float temperature;
    int topK;
    float topP;
    float minP;
    float repeatPenalty;
    float frequencyPenalty;
    float presencePenalty;
    int penaltyLastN;
    float typicalP;
    float topNSigma;
    Optional<Xtc> xtc;
    Optional<DynamicTemperature> dynamicTemperature;
    Optional<Mirostat> mirostat;
    Optional<Dry> dry;
    Map<Integer, Float> logitBias;
    List<SamplingStep> steps;

    Draft(SamplingOptions o) {
      temperature = o.temperature;
      topK = o.topK;
      topP = o.topP;
      minP = o.minP;
      repeatPenalty = o.repeatPenalty;
      frequencyPenalty = o.frequencyPenalty;
      presencePenalty = o.presencePenalty;
      penaltyLastN = o.penaltyLastN;
      typicalP = o.typicalP;
      topNSigma = o.topNSigma;
      xtc = o.xtc;
      dynamicTemperature = o.dynamicTemperature;
      mirostat = o.mirostat;
      dry = o.dry;
      logitBias = o.logitBias;
      steps = o.steps;
    }

    SamplingOptions options() {
      return new SamplingOptions(
          temperature,
          topK,
          topP,
          minP,
          repeatPenalty,
          frequencyPenalty,
          presencePenalty,
          penaltyLastN,
          typicalP,
          topNSigma,
          xtc,
          dynamicTemperature,
          mirostat,
          dry,
          logitBias,
          steps);
    }
  }
}
