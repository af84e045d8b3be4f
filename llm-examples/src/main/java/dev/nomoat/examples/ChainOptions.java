package dev.nomoat.examples;

import dev.nomoat.Dry;
import dev.nomoat.DynamicTemperature;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Xtc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The less usual ways to choose tokens; the names are those of llama.cpp. */
final class ChainOptions {
  private static final Pattern BIAS = Pattern.compile("(\\d{1,9})([+-].+)");

  @Option(
      names = {"-l", "--logit-bias"},
      paramLabel = "ID(+|-)BIAS",
      description = "Add to the logit of a token; ID-inf forbids it. May be given several times.")
  private List<String> logitBias = new ArrayList<>();

  @Option(
      names = {"--top-nsigma", "--top-n-sigma"},
      paramLabel = "N",
      description = "Keep tokens at most N standard deviations below the likeliest; 0: all.")
  private @Nullable Float topNSigma;

  @Option(
      names = {"--typical", "--typical-p"},
      paramLabel = "P",
      description = "Keep the most typical tokens that together pass P; 1: all.")
  private @Nullable Float typicalP;

  @Option(
      names = "--xtc-probability",
      paramLabel = "P",
      description = "How often to drop the likeliest tokens; 0: never.")
  private @Nullable Float xtcProbability;

  @Option(
      names = "--xtc-threshold",
      paramLabel = "P",
      description = "The probability of tokens that XTC drops (default: 0.1).")
  private @Nullable Float xtcThreshold;

  @Option(
      names = "--dynatemp-range",
      paramLabel = "R",
      description = "Let the entropy move the temperature by up to R; 0: off.")
  private @Nullable Float dynamicRange;

  @Option(
      names = "--dynatemp-exp",
      paramLabel = "X",
      description = "The exponent of that (default: 1).")
  private @Nullable Float dynamicExponent;

  @Option(
      names = "--mirostat",
      paramLabel = "N",
      description = "2: hold the surprise of the text near a target by Mirostat 2; 0: off.")
  private @Nullable Integer mirostat;

  @Option(
      names = "--mirostat-ent",
      paramLabel = "T",
      description = "The target of Mirostat, in bits (default: 5).")
  private @Nullable Float mirostatTarget;

  @Option(
      names = "--mirostat-lr",
      paramLabel = "R",
      description = "The rate of Mirostat (default: 0.1).")
  private @Nullable Float mirostatRate;

  @Option(
      names = "--dry-multiplier",
      paramLabel = "X",
      description = "What a repetition costs by DRY; 0: off, 0.8 is usual.")
  private @Nullable Float dryMultiplier;

  @Option(
      names = "--dry-base",
      paramLabel = "X",
      description = "What each further token multiplies that with (default: 1.75).")
  private @Nullable Float dryBase;

  @Option(
      names = "--dry-allowed-length",
      paramLabel = "N",
      description = "Shorter repetitions are free (default: 2).")
  private @Nullable Integer dryAllowedLength;

  @Option(
      names = "--dry-penalty-last-n",
      paramLabel = "N",
      description = "How many tokens DRY looks at (default: all); -1: all.")
  private @Nullable Integer dryLastN;

  @Option(
      names = "--dry-sequence-breaker",
      paramLabel = "TEXT",
      description =
          "No repetition goes across this text; may be given several times, and replaces the"
              + " default ones (end of line, colon, quotation mark, asterisk); none: no such text.")
  private List<String> dryBreakers = new ArrayList<>();

  /**
   * The options, where those that are not given are the others.
   *
   * @throws IllegalArgumentException if a number is outside its range
   */
  SamplingOptions over(SamplingOptions others) {
    SamplingOptions options =
        others
            .withTopNSigma(Objects.requireNonNullElse(topNSigma, others.topNSigma()))
            .withTypicalP(Objects.requireNonNullElse(typicalP, others.typicalP()));
    if (!logitBias.isEmpty()) {
      options = options.withLogitBias(biases());
    }
    return withDry(withMirostat(withDynamicTemperature(withXtc(options))));
  }

  private SamplingOptions withXtc(SamplingOptions options) {
    if (xtcProbability == null) {
      needs("--xtc-probability", "--xtc-threshold", xtcThreshold);
      return options;
    }
    return xtcProbability == 0
        ? options.withoutXtc()
        : options.withXtc(new Xtc(xtcProbability, orElse(xtcThreshold, 0.1f)));
  }

  private SamplingOptions withDynamicTemperature(SamplingOptions options) {
    if (dynamicRange == null) {
      needs("--dynatemp-range", "--dynatemp-exp", dynamicExponent);
      return options;
    }
    return dynamicRange == 0
        ? options
        : options.withDynamicTemperature(
            new DynamicTemperature(dynamicRange, orElse(dynamicExponent, 1)));
  }

  private SamplingOptions withMirostat(SamplingOptions options) {
    if (mirostat == null) {
      needs("--mirostat", "--mirostat-ent", mirostatTarget);
      needs("--mirostat", "--mirostat-lr", mirostatRate);
      return options;
    }
    Mirostat usual = Mirostat.defaults();
    return switch (mirostat) {
      case 0 -> options.withoutMirostat();
      case 2 ->
          options.withMirostat(
              new Mirostat(orElse(mirostatTarget, usual.tau()), orElse(mirostatRate, usual.eta())));
      default ->
          throw new IllegalArgumentException("--mirostat must be 0 or 2, but is " + mirostat);
    };
  }

  private SamplingOptions withDry(SamplingOptions options) {
    if (dryMultiplier == null) {
      needs("--dry-multiplier", "--dry-base", dryBase);
      needs("--dry-multiplier", "--dry-allowed-length", dryAllowedLength);
      needs("--dry-multiplier", "--dry-penalty-last-n", dryLastN);
      needs("--dry-multiplier", "--dry-sequence-breaker", dryBreakers.isEmpty() ? null : "");
      return options;
    }
    return dryMultiplier == 0 ? options : options.withDry(dry(dryMultiplier));
  }

  /** Refuses an option that says how to do what is not done. */
  private static void needs(String option, String detail, @Nullable Object value) {
    if (value != null) {
      throw new IllegalArgumentException("%s needs %s".formatted(detail, option));
    }
  }

  private static float orElse(@Nullable Float number, float other) {
    return number == null ? other : number;
  }

  private Dry dry(float multiplier) {
    Dry usual = Dry.of(multiplier);
    List<String> breakers = dryBreakers;
    if (breakers.isEmpty()) {
      breakers = usual.breakers();
    } else if (breakers.equals(List.of("none"))) {
      breakers = List.of();
    }
    int lastN = dryLastN == null || dryLastN == -1 ? usual.lastN() : dryLastN;
    int allowed = dryAllowedLength == null ? usual.allowedLength() : dryAllowedLength;
    return new Dry(multiplier, orElse(dryBase, usual.base()), allowed, lastN, breakers);
  }

  private Map<Integer, Float> biases() {
    Map<Integer, Float> biases = new LinkedHashMap<>();
    for (String text : logitBias) {
      Matcher matcher = BIAS.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "--logit-bias must be like 15043+1.5 or 15043-inf, but is " + text);
      }
      biases.put(Integer.valueOf(matcher.group(1)), number(matcher.group(2), text));
    }
    return biases;
  }

  private static float number(String number, String text) {
    try {
      return number.equals("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--logit-bias has no number: " + text, e);
    }
  }
}
