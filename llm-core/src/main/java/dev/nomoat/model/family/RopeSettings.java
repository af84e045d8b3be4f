package dev.nomoat.model.family;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.math.RotaryFrequencies.Yarn;
import dev.nomoat.model.ModelConfig.Rope;
import dev.nomoat.model.ModelConfig.Rope.Divisors;
import dev.nomoat.model.huggingface.Translation;
import java.util.Optional;

/** Reads rotary position embeddings from a file's settings. */
final class RopeSettings {
  /** Bounds of RoPE scaling: beyond them, angles leave what floats can hold. */
  private static final float MOST_SCALING = 0x1p20f;

  private final Settings settings;
  private final int headDim;

  RopeSettings(Settings settings, int headDim) {
    this.settings = settings;
    this.headDim = headDim;
  }

  /** The one that most families have, with the scaling that the file names. */
  Rope read(Pairing pairing) {
    // a factor without a type scales linearly
    Optional<String> type = settings.text("rope.scaling.type");
    return switch (type.orElse("linear")) {
      case "none" -> rope(pairing, 1, Optional.empty(), 1, Divisors.PLAIN);
      case "linear" -> {
        float factor = type.isPresent() ? factor() : factorOrOne();
        yield rope(pairing, 1 / factor, Optional.empty(), 1, Divisors.PLAIN);
      }
      case "yarn" -> yarn(pairing, true);
      default ->
          throw new UnsupportedModelException(
              "RoPE scaling " + type.orElseThrow(),
              "supported: none, linear, yarn, and factors in a tensor");
    };
  }

  /** YaRN, as the file describes it. */
  Rope yarn(Pairing pairing, boolean wholePairs) {
    float factor = factor();
    Yarn yarn =
        new Yarn(
            factor,
            settings.positive("rope.scaling.original_context_length", Integer.MAX_VALUE),
            settings.number("rope.scaling.yarn_beta_fast", 32),
            settings.number("rope.scaling.yarn_beta_slow", 1),
            settings.flag("rope.scaling.yarn_truncate", wholePairs));
    // the formula's own, unless the file has it; some models scale the scores by a part of it
    double own = magnitude(factor, 1);
    double ofScores = magnitude(factor, settings.bound("rope.scaling.yarn_log_multiplier"));
    double magnitude =
        settings.number("rope.scaling.yarn_attn_factor", own / ofScores)
            * settings.number("rope.scaling.attn_factor", 1);
    return rope(pairing, 1, Optional.of(yarn), (float) magnitude, Divisors.NONE);
  }

  /** YaRN's magnitude. */
  static double magnitude(double factor, double multiplier) {
    return factor <= 1 ? 1 : 1 + 0.1 * multiplier * Math.log(factor);
  }

  /** LongRoPE: divisors for short or for long contexts. */
  Rope longRope(Pairing pairing, int contextLength) {
    int original = settings.positive("rope.scaling.original_context_length", Integer.MAX_VALUE);
    float magnitude = settings.number("rope.scaling.attn_factor", 1);
    Divisors divisors = contextLength > original ? Divisors.LONG : Divisors.SHORT;
    return rope(pairing, 1, Optional.empty(), magnitude, divisors);
  }

  /** One without any scaling, of another base. */
  Rope plain(Pairing pairing, float base) {
    return new Rope(pairing, dim(), base, 1, Optional.empty(), 1, Divisors.NONE);
  }

  /** One without any scaling, that turns so many numbers of a head. */
  Rope plain(Pairing pairing, float base, int dim) {
    return new Rope(pairing, dim, base, 1, Optional.empty(), 1, Divisors.NONE);
  }

  private Rope rope(
      Pairing pairing, float scale, Optional<Yarn> yarn, float magnitude, Divisors divisors) {
    return new Rope(
        pairing, dim(), base("rope.freq_base", 10000), scale, yarn, magnitude, divisors);
  }

  float base(String key, double fallback) {
    float base = settings.number(key, fallback);
    if (base < 1) {
      throw settings.fault(key, "1 or more");
    }
    return base;
  }

  private int dim() {
    int dim = settings.positive("rope.dimension_count", headDim, headDim);
    if (dim % 2 != 0) {
      throw settings.fault("rope.dimension_count", "an even number");
    }
    return dim;
  }

  private float factorOrOne() {
    return settings.has("rope.scaling.factor") ? factor() : 1;
  }

  private float factor() {
    float factor = settings.number("rope.scaling.factor");
    if (factor < 1 / MOST_SCALING || factor > MOST_SCALING) {
      throw settings.fault("rope.scaling.factor", "2^-20 to 2^20");
    }
    return factor;
  }

  /**
   * Tells how much YaRN scales the scores beside, or in place of, the queries and keys.
   *
   * @param unit what the architecture multiplies {@code mscale_all_dim} with
   */
  static void translateYarn(Translation from, double unit) {
    double ofScores = from.ropeNumber("mscale_all_dim").orElse(0.0);
    if (ofScores == 0) {
      return;
    }
    if (from.ropeNumber("mscale").orElse(0.0) != ofScores) {
      throw from.settings().unsupported("mscale other than mscale_all_dim");
    }
    double magnitude = from.ropeNumber("attention_factor").orElse(1.0);
    from.settings()
        .put("rope.scaling.yarn_log_multiplier", GgufValue.float64(ofScores * unit))
        .put("rope.scaling.yarn_attn_factor", GgufValue.float64(magnitude))
        .put("rope.scaling.attn_factor", GgufValue.float64(1));
  }
}
