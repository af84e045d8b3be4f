package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.cache.StateShape;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeltaRuleTest {
  private static final int TOKENS = 9;

  private static float decay(int token) {
    return 0.99f - 0.05f * token;
  }

  private static float rate(int token) {
    return 0.1f + 0.1f * token;
  }

  /** Tokens of query, key and value each; keys of a length below 1. */
  private static float[] numbers(int keyDim, int channels) {
    int stride = 2 * keyDim + channels;
    float[] numbers = Numbers.random(TOKENS * stride, 1);
    for (int t = 0; t < TOKENS; t++) {
      for (int i = 0; i < keyDim; i++) {
        numbers[t * stride + keyDim + i] /= (float) Math.sqrt(keyDim);
      }
    }
    return numbers;
  }

  /** The state goes to a sequence and comes back after so many tokens. */
  private static float[] scan(
      Kernels kernels, float[] numbers, int keyDim, int channels, int tokens) {
    float[] result = numbers.clone();
    int stride = 2 * keyDim + channels;
    try (Arena arena = Arena.ofConfined()) {
      StateShape shape = new StateShape(List.of(HeadState.size(keyDim, channels)));
      SequenceCache sequence =
          new SequenceCache(new PagePool(CacheShape.uniform(1, 1, 1, CacheType.F32), shape, arena));
      sequence.require(TOKENS);
      DeltaRule rule = new DeltaRule(keyDim, kernels);
      for (int first = 0; first < TOKENS; first += tokens) {
        sequence.begin(first);
        rule.state().load(sequence, 0, 0);
        int end = Math.min(TOKENS, first + tokens);
        for (int t = first; t < end; t++) {
          int q = t * stride;
          int k = q + keyDim;
          rule.next(decay(t), rate(t), result, q, k, k + keyDim, channels);
        }
        rule.state().store(sequence, 0, 0);
        sequence.end(end);
      }
    }
    return result;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "16, 64", "24, 20", "128, 63"})
  void isItsDefinitionHoweverItIsCut(int keyDim, int channels) {
    int stride = 2 * keyDim + channels;
    float[] numbers = numbers(keyDim, channels);
    float[] result = scan(Kernels.best(), numbers, keyDim, channels, TOKENS);
    double[] state = new double[keyDim * channels];
    for (int t = 0; t < TOKENS; t++) {
      int q = t * stride;
      int k = q + keyDim;
      int v = k + keyDim;
      for (int i = 0; i < channels; i++) {
        double known = 0;
        for (int n = 0; n < keyDim; n++) {
          state[n * channels + i] *= decay(t);
          known += numbers[k + n] * state[n * channels + i];
        }
        double y = 0;
        for (int n = 0; n < keyDim; n++) {
          state[n * channels + i] += numbers[k + n] * rate(t) * (numbers[v + i] - known);
          y += numbers[q + n] * state[n * channels + i];
        }
        assertThat((double) result[v + i]).isCloseTo(y, within(1e-5));
      }
    }
    for (int tokens : new int[] {1, 2, 4}) {
      assertThat(scan(Kernels.best(), numbers, keyDim, channels, tokens)).containsExactly(result);
    }
    assertThat(scan(Kernels.scalar(), numbers, keyDim, channels, 3)).containsExactly(result);
  }
}
