package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.cache.StateShape;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CausalConvolutionTest {
  private static final int TOKENS = 23;

  /** Convolves batches of so many tokens. */
  private static float[] convolve(
      int channels,
      float[] taps,
      Optional<float[]> bias,
      boolean activated,
      float[] x,
      int stride,
      int tokens) {
    float[] y = x.clone();
    int length = taps.length / channels;
    CausalConvolution convolution = new CausalConvolution(channels, taps, bias, activated);
    float[] scratch = new float[CausalConvolution.scratchSize(length)];
    try (Arena arena = Arena.ofConfined()) {
      StateShape state = new StateShape(List.of(CausalConvolution.stateSize(channels, length)));
      SequenceCache sequence =
          new SequenceCache(new PagePool(CacheShape.uniform(1, 1, 1, CacheType.F32), state, arena));
      sequence.require(TOKENS);
      for (int first = 0; first < TOKENS; first += tokens) {
        int count = Math.min(tokens, TOKENS - first);
        sequence.begin(first);
        for (int block = 0; block < CausalConvolution.blocks(channels); block++) {
          convolution.apply(
              sequence,
              0,
              block,
              y,
              1 + first * stride,
              stride,
              count,
              scratch,
              new Exponentials());
        }
        sequence.end(first + count);
      }
    }
    return y;
  }

  @ParameterizedTest
  @CsvSource({"1, 2, true", "20, 4, true", "300, 3, false", "512, 5, true", "40, 1, false"})
  void isItsDefinitionHoweverItIsCut(int channels, int length, boolean biased) {
    float[] taps = Numbers.random(channels * length, 1);
    Optional<float[]> bias = biased ? Optional.of(Numbers.random(channels, 2)) : Optional.empty();
    int stride = channels + 3;
    float[] x = Numbers.random(1 + TOKENS * stride, 3);
    float[] found = convolve(channels, taps, bias, biased, x, stride, TOKENS);
    for (int t = 0; t < TOKENS; t++) {
      for (int c = 0; c < stride; c++) {
        int at = 1 + t * stride + c;
        double sum = c < channels && biased ? bias.orElseThrow()[c] : 0;
        for (int k = Math.max(0, length - 1 - t); c < channels && k < length; k++) {
          sum += (double) taps[c * length + k] * x[at + (k - length + 1) * stride];
        }
        double y = biased ? sum / (1 + Math.exp(-sum)) : sum;
        double expected = c < channels ? y : x[at];
        assertThat((double) found[at]).isCloseTo(expected, within(1e-6));
      }
    }
    for (int tokens : new int[] {1, 2, 7}) {
      assertThat(convolve(channels, taps, bias, biased, x, stride, tokens)).containsExactly(found);
    }
  }
}
