package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.HeadState;
import dev.nomoat.model.Recurrent.DeltaNet;
import dev.nomoat.model.Recurrent.StateSpace;
import dev.nomoat.model.huggingface.MappedTensor;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** Reads the sizes of state spaces and of other recurrences from a file's settings. */
final class StateSpaces {
  /** More tokens than the convolution of any model sees. */
  static final int MOST_LENGTH = 64;

  /** Far beyond any model. */
  static final int MOST_INNER = 1 << 18;

  private static final int MOST_STATE = 1 << 12;

  private StateSpaces() {}

  static StateSpace read(Settings settings) {
    int inner = settings.positive("ssm.inner_size", MOST_INNER);
    int heads = settings.positive("ssm.time_step_rank", inner);
    int groups = settings.positive("ssm.group_count", heads);
    int state = settings.positive("ssm.state_size", MOST_STATE);
    checkHeads(settings, inner, heads, groups);
    if (2L * groups * state > MOST_INNER) {
      throw settings.fault("ssm.group_count", "B of at most %d numbers".formatted(MOST_INNER / 2));
    }
    int chunks = HeadState.chunks(inner / heads);
    checkState(settings, (long) heads * chunks * state);
    return new StateSpace(heads, inner / heads, groups, state, length(settings));
  }

  static DeltaNet deltaNet(Settings settings, DeltaNet.Order order) {
    int inner = settings.positive("ssm.inner_size", MOST_INNER);
    int heads = settings.positive("ssm.time_step_rank", inner);
    int keyHeads = settings.positive("ssm.group_count", heads);
    int keyDim = settings.positive("ssm.state_size", MOST_STATE);
    checkHeads(settings, inner, heads, keyHeads);
    checkState(settings, (long) heads * HeadState.chunks(inner / heads) * keyDim);
    if (2L * keyHeads * keyDim > MOST_INNER) {
      throw settings.fault(
          "ssm.group_count", "keys of at most %d numbers".formatted(MOST_INNER / 2));
    }
    int length = length(settings);
    return new DeltaNet(keyHeads, heads, keyDim, inner / heads, length, order);
  }

  private static void checkHeads(Settings settings, int inner, int heads, int groups) {
    if (inner % heads != 0) {
      throw settings.fault("ssm.time_step_rank", "a divisor of the inner size " + inner);
    }
    if (heads % groups != 0) {
      throw settings.fault("ssm.group_count", "a divisor of " + heads + " heads");
    }
  }

  /** Tokens that the convolution sees. */
  static int length(Settings settings) {
    return settings.between("ssm.conv_kernel", 2, MOST_LENGTH);
  }

  /** Refuses a state, in chunks of 64 numbers, whose numbers are too many for an array. */
  static void checkState(Settings settings, long chunks) {
    if (chunks > 1 << 24) {
      throw settings.fault("ssm.state_size", "a state of at most 2^30 numbers");
    }
  }

  /**
   * Names the tensors of a state space.
   *
   * @param theirs what is between the number of the block and their names in a folder
   * @param heads how many it has
   * @param groups of heads that share B and C
   */
  static void translate(Translation from, String theirs, int heads, int groups) {
    from.settings()
        .put("ssm.time_step_rank", GgufValue.uint32(heads))
        .put("ssm.group_count", GgufValue.uint32(groups));
    requireNoLimits(from.settings());
    List<Long> column = List.of((long) heads, 1L);
    from.tensors()
        .block(theirs + ".in_proj", "ssm_in")
        .block(theirs + ".out_proj", "ssm_out")
        .block(theirs + ".conv1d", "ssm_conv1d")
        .change("ssm_conv1d.weight", ReorderedTensor::squeezed)
        .part(theirs + ".dt_bias", "ssm_dt.bias", tensor -> tensor)
        .part(
            theirs + ".A_log",
            "ssm_a",
            tensor -> MappedTensor.minusExp(ReorderedTensor.reshaped(tensor, column)))
        .part(theirs + ".D", "ssm_d", tensor -> ReorderedTensor.reshaped(tensor, column))
        .part(
            theirs + ".norm.weight",
            "ssm_norm.weight",
            tensor ->
                ReorderedTensor.reshaped(
                    tensor, List.of((long) groups, tensor.elements() / Math.max(1, groups))));
  }

  /** Refuses bounds of time steps other than 0 and infinity. */
  private static void requireNoLimits(SettingNames settings) {
    if (!settings.isUnlimited("time_step_limit")) {
      throw settings.unsupported("time_step_limit other than 0 to infinity");
    }
  }
}
