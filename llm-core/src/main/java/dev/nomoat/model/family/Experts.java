package dev.nomoat.model.family;

import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Experts.Gating;
import java.util.Optional;

/**
 * How a family's experts are chosen; how many there are is read from the file, and whether any.
 *
 * @param gating how scores become weights
 * @param normalized whether the weights of the chosen ones are divided by their sum
 * @param shared whether there is an expert that all tokens use
 * @param ofInput whether the weights multiply what the experts read
 * @param apart whether the shared one is as wide as a network without experts would be
 */
record Experts(Gating gating, boolean normalized, boolean shared, boolean ofInput, boolean apart) {
  /** More than any model has. */
  private static final int MOST = 4096;

  /** More than a token of any model uses; buffers are as large as what a batch uses. */
  private static final int MOST_USED = 64;

  static Experts softmax(boolean normalized) {
    return new Experts(Gating.SOFTMAX, normalized, false, false, false);
  }

  static Experts sigmoid(boolean normalized) {
    return new Experts(Gating.SIGMOID, normalized, false, false, false);
  }

  Experts withShared() {
    return new Experts(gating, normalized, true, ofInput, false);
  }

  Experts besideNetwork() {
    return new Experts(gating, normalized, true, ofInput, true);
  }

  Experts weighingInput() {
    return new Experts(gating, normalized, shared, true, apart);
  }

  /** Reads the sizes; empty when the model has no experts. */
  Optional<ModelConfig.Experts> read(Settings settings, int maxDim) {
    if (settings.size("expert_count").isEmpty()) {
      return Optional.empty();
    }
    int count = settings.positive("expert_count", MOST);
    int used = settings.positive("expert_used_count", Math.min(count, MOST_USED));
    int sharedDim = shared ? sharedDim(settings, maxDim) : 0;
    int groups = settings.positive("expert_group_count", 1, count);
    if (count % groups != 0) {
      throw settings.fault("expert_group_count", "a divisor of " + count + " experts");
    }
    int groupsUsed = settings.positive("expert_group_used_count", groups, groups);
    if (used > groupsUsed * (count / groups)) {
      throw settings.fault("expert_used_count", "what the groups used have");
    }
    return Optional.of(
        new ModelConfig.Experts(
            count,
            used,
            sharedDim,
            gating(settings),
            settings.flag("expert_weights_norm", normalized),
            settings.number("expert_weights_scale", 1),
            ofInput,
            groups,
            groupsUsed));
  }

  private Gating gating(Settings settings) {
    int file = settings.size("expert_gating_func").orElse(0);
    return switch (file) {
      case 0 -> gating;
      case 1 -> Gating.SOFTMAX;
      case 2 -> Gating.SIGMOID;
      default -> throw settings.unsupported("expert_gating_func " + file);
    };
  }

  /** The size itself, or that of so many experts together. */
  private int sharedDim(Settings settings, int maxDim) {
    if (apart) {
      return settings.positive("feed_forward_length", maxDim);
    }
    if (settings.has("expert_shared_feed_forward_length")) {
      return settings.positive("expert_shared_feed_forward_length", maxDim);
    }
    int one = settings.positive("expert_feed_forward_length", maxDim);
    if (settings.has("expert_shared_count") && settings.size("expert_shared_count").isEmpty()) {
      return 0;
    }
    return one * settings.positive("expert_shared_count", 1, maxDim / one);
  }
}
