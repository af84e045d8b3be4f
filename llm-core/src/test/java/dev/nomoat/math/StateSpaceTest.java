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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateSpaceTest {
  private static final int TOKENS = 9;
  private static final float SKIP = 0.7f;

  private static float decay(int token) {
    return 0.5f + 0.05f * token;
  }

  private static float step(int token) {
    return 0.2f + 0.1f * token;
  }

  /** Tokens of B, C and x each; the state goes to a sequence and comes back after so many. */
  private static float[] scan(
      Kernels kernels, float[] numbers, int stateDim, int channels, int tokens) {
    float[] result = numbers.clone();
    int stride = 2 * stateDim + channels;
    try (Arena arena = Arena.ofConfined()) {
      int at = 5;
      StateShape shape = new StateShape(List.of(at + HeadState.size(stateDim, channels)));
      SequenceCache sequence =
          new SequenceCache(new PagePool(CacheShape.uniform(1, 1, 1, CacheType.F32), shape, arena));
      sequence.require(TOKENS);
      StateSpace space = new StateSpace(stateDim, kernels);
      for (int first = 0; first < TOKENS; first += tokens) {
        sequence.begin(first);
        space.state().load(sequence, 0, at);
        int end = Math.min(TOKENS, first + tokens);
        for (int t = first; t < end; t++) {
          int b = t * stride;
          int c = b + stateDim;
          space.next(decay(t), step(t), SKIP, result, b, c, c + stateDim, channels);
        }
        space.state().store(sequence, 0, at);
        sequence.end(end);
      }
    }
    return result;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "16, 64", "24, 20", "128, 63"})
  void isItsDefinitionHoweverItIsCut(int stateDim, int channels) {
    int stride = 2 * stateDim + channels;
    float[] numbers = Numbers.random(TOKENS * stride, 1);
    float[] result = scan(Kernels.best(), numbers, stateDim, channels, TOKENS);
    double[] state = new double[stateDim * channels];
    for (int t = 0; t < TOKENS; t++) {
      int b = t * stride;
      int x = b + 2 * stateDim;
      for (int i = 0; i < channels; i++) {
        double y = SKIP * numbers[x + i];
        for (int n = 0; n < stateDim; n++) {
          int at = n * channels + i;
          state[at] = decay(t) * state[at] + (double) numbers[b + n] * step(t) * numbers[x + i];
          y += numbers[b + stateDim + n] * state[at];
        }
        assertThat((double) result[x + i]).isCloseTo(y, within(1e-5));
      }
    }
    for (int tokens : new int[] {1, 2, 4}) {
      assertThat(scan(Kernels.best(), numbers, stateDim, channels, tokens)).containsExactly(result);
    }
    assertThat(scan(Kernels.scalar(), numbers, stateDim, channels, 3)).containsExactly(result);
  }

  @Test
  void statesAreWholeChunks() {
    assertThat(HeadState.chunks(64)).isEqualTo(1);
    assertThat(HeadState.chunks(65)).isEqualTo(2);
    assertThat(HeadState.size(16, 65)).isEqualTo(16 * 128);
  }
}
