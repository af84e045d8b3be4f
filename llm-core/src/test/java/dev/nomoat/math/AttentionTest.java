package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.Kept;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
  private static final int KV_HEADS = 2;
  private static final int LAYER = 1;
  private static final int KV_HEAD = 1;
  private static final int LENGTH = 140;
  private static final int[] POSITIONS = {0, 1, 55, 62, 63, 64, 65, 66, 127, 128, 129, 130};

  /** A sequence whose keys and values are random, and NaN where nobody may look. */
  private static final class Sample {
    final int headDim;
    final int valueDim;
    final int group;
    final float scale;
    final AttentionSpan span;
    final float softCap;
    final float[] sinks;
    float maxBias; // of ALiBi, none at first
    final float[] keys;
    final float[] values;
    final float[] keptKeys; // in the cache
    final float[] keptValues;
    final float[] queries;
    final int stride; // of queries
    final int outStride;
    final PagePool pool;

    Sample(int headDim, int group, CacheType type) {
      this(headDim, headDim, group, type, AttentionSpan.ALL, 0, new float[0]);
    }

    Sample(
        int headDim,
        int valueDim,
        int group,
        CacheType type,
        AttentionSpan span,
        float softCap,
        float[] sinks) {
      this.valueDim = valueDim;
      this.span = span;
      this.softCap = softCap;
      this.sinks = sinks;
      this.headDim = headDim;
      this.group = group;
      this.scale = (float) (1 / Math.sqrt(headDim));
      this.keys = Numbers.random(LENGTH * headDim, 1);
      this.values = Numbers.random(LENGTH * valueDim, 2);
      this.keptKeys = Kept.heads(type, keys, headDim);
      this.keptValues = Kept.heads(type, values, valueDim);
      this.stride = KV_HEADS * group * headDim + 5;
      this.outStride = KV_HEADS * group * valueDim + 7;
      this.queries = Numbers.random(LENGTH * stride, 3);
      for (int i = 0; i < queries.length; i++) {
        queries[i] *= 4;
      }
      CacheShape.Layer shape = new CacheShape.Layer(KV_HEADS, headDim, valueDim);
      List<CacheShape.Layer> layers = List.of(new CacheShape.Layer(1, 24, 8), shape, shape);
      pool = new PagePool(new CacheShape(layers, type), Arena.ofAuto());
    }

    /** A cache that holds the first positions; all else in its pages is NaN. */
    SequenceCache cache(int length) {
      SequenceCache cache = new SequenceCache(pool);
      cache.require(length);
      float[] nan = new float[Math.max(24, Math.max(headDim, valueDim))];
      Arrays.fill(nan, Float.NaN);
      int pages = Math.ceilDiv(length, CacheShape.PAGE);
      for (int position = 0; position < pages * CacheShape.PAGE; position++) {
        cache.store(0, 0, position, nan, 0, nan, 0);
        for (int head = 0; head < 2 * KV_HEADS; head++) {
          cache.store(LAYER + head / KV_HEADS, head % KV_HEADS, position, nan, 0, nan, 0);
        }
        if (position < length) {
          cache.store(
              LAYER, KV_HEAD, position, keys, position * headDim, values, position * valueDim);
        }
      }
      return cache;
    }

    /** Attention of some tokens, shape [tokens, outStride], untouched elsewhere. */
    float[] attend(Attention attention, SequenceCache cache, int position, int tokens) {
      float[] out = new float[3 + tokens * outStride];
      Arrays.fill(out, 42);
      attention.attend(
          cache,
          LAYER,
          KV_HEAD,
          group,
          position,
          tokens,
          LENGTH,
          span,
          sinks,
          queries,
          position * stride,
          stride,
          out,
          3,
          outStride);
      return Arrays.copyOfRange(out, 3, out.length);
    }

    Attention attention() {
      return new Attention(new Attention.Rules(scale, softCap, maxBias), Kernels.best());
    }

    /** The same of one head of one token, in double. */
    double[] exact(int position, int head) {
      double[] weights = new double[LENGTH];
      int first =
          switch (span.kind()) {
            case ALL, WHOLE -> 0;
            case WINDOW -> Math.max(0, position + 1 - span.length());
            case CHUNK -> position / span.length() * span.length();
            case AROUND -> Math.max(0, position - span.length() / 2);
          };
      int last =
          switch (span.kind()) {
            case ALL, WINDOW, CHUNK -> position;
            case WHOLE -> LENGTH - 1;
            case AROUND -> Math.min(LENGTH - 1, position + span.length() / 2);
          };
      double sink = sinks.length == 0 ? Double.NEGATIVE_INFINITY : sinks[head];
      double max = sink;
      for (int p = first; p <= last; p++) {
        for (int i = 0; i < headDim; i++) {
          double q = queries[position * stride + head * headDim + i];
          weights[p] += q * keptKeys[p * headDim + i] * scale;
        }
        weights[p] = softCap == 0 ? weights[p] : softCap * Math.tanh(weights[p] / softCap);
        weights[p] -= slope(head) * Math.abs(position - p);
        max = Math.max(max, weights[p]);
      }
      double sum = Math.exp(sink - max);
      for (int p = first; p <= last; p++) {
        weights[p] = Math.exp(weights[p] - max);
        sum += weights[p];
      }
      double[] result = new double[valueDim];
      for (int p = first; p <= last; p++) {
        for (int i = 0; i < valueDim; i++) {
          result[i] += weights[p] / sum * keptValues[p * valueDim + i];
        }
      }
      return result;
    }

    /** Of 2ⁿ heads, equal steps of the exponent; of more, those between for the others. */
    private double slope(int head) {
      int heads = KV_HEADS * group;
      int power = Integer.highestOneBit(heads);
      double steps = head < power ? head + 1 : head - power + 0.5;
      return maxBias == 0 ? 0 : Math.pow(2, -maxBias * steps / power);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "32, 1, F32",
    "32, 8, F16",
    "64, 1, F16",
    "64, 2, F32",
    "64, 8, F32",
    "80, 2, F16",
    "80, 1, F32",
    "128, 2, F32",
    "128, 8, F16",
    "64, 8, Q8_0",
    "80, 2, Q8_0",
    "64, 8, Q4_0",
    "88, 2, Q4_0"
  })
  void attentionIsItsDefinitionAndTheSameInAnyBatch(int headDim, int group, CacheType type) {
    assertDefinition(new Sample(headDim, group, type));
  }

  @ParameterizedTest
  @CsvSource({"WINDOW, 1", "WINDOW, 5", "WINDOW, 64", "WINDOW, 70", "CHUNK, 7", "CHUNK, 64"})
  void attentionSeesItsSpanOnly(AttentionSpan.Kind kind, int length) {
    AttentionSpan span = new AttentionSpan(kind, length);
    assertDefinition(new Sample(64, 64, 2, CacheType.F32, span, 0, new float[0]));
  }

  @ParameterizedTest
  @CsvSource({"ALL, 0, 1", "ALL, 0, 2", "ALL, 0, 3", "ALL, 0, 5", "WINDOW, 70, 2"})
  void scoresMayFallWithTheDistance(AttentionSpan.Kind kind, int length, int group) {
    AttentionSpan span = new AttentionSpan(kind, length);
    Sample sample = new Sample(64, 64, group, CacheType.F32, span, 0, new float[0]);
    sample.maxBias = 8;
    assertDefinition(sample);
  }

  @ParameterizedTest
  @CsvSource({
    "96, 40, F32",
    "40, 96, F16",
    "80, 64, F16",
    "192, 128, F32",
    "96, 40, Q8_0",
    "40, 96, Q4_0"
  })
  void valuesMayBeOfAnotherLengthThanKeys(int headDim, int valueDim, CacheType type) {
    float[] none = {};
    assertDefinition(new Sample(headDim, valueDim, 3, type, AttentionSpan.ALL, 0, none));
  }

  @ParameterizedTest
  @CsvSource({"72, F32", "72, F16", "96, Q8_0", "64, Q4_0"})
  void valuesMayBeTheFirstNumbersOfKeys(int valueDim, CacheType type) {
    int group = 5;
    float[] keys = Numbers.random(LENGTH * 100, 1);
    float[] queries = Numbers.random(8 * group * 100, 2);
    float[][] out = new float[2][8 * group * valueDim];
    for (int i = 0; i < 2; i++) {
      CacheShape.Layer layer = new CacheShape.Layer(1, 100, valueDim, i == 0);
      SequenceCache cache =
          new SequenceCache(new PagePool(new CacheShape(List.of(layer), type), Arena.ofAuto()));
      cache.require(LENGTH);
      for (int p = 0; p < LENGTH; p++) {
        cache.store(0, 0, p, keys, p * 100, keys, p * 100);
      }
      new Attention(new Attention.Rules(0.1f, 0), Kernels.best())
          .attend(
              cache,
              0,
              0,
              group,
              LENGTH - 8,
              8,
              LENGTH,
              AttentionSpan.ALL,
              new float[0],
              queries,
              0,
              group * 100,
              out[i],
              0,
              group * valueDim);
    }
    assertThat(out[0]).containsExactly(out[1]);
    assertThat(new CacheShape.Layer(2, 100, 72, true).pageBytes(CacheType.F32))
        .isEqualTo(200 * 64 * 4);
  }

  @Test
  void oneInstanceServesHeadsOfAnySize() {
    Attention one = new Attention(new Attention.Rules(0.125f, 0), Kernels.best());
    for (int headDim : new int[] {64, 128, 32, 96}) {
      Sample sample = new Sample(headDim, headDim == 64 ? 4 : 2, CacheType.F32);
      SequenceCache cache = sample.cache(LENGTH);
      Attention fresh = new Attention(new Attention.Rules(0.125f, 0), Kernels.best());
      assertThat(sample.attend(one, cache, LENGTH - 4, 4))
          .containsExactly(sample.attend(fresh, cache, LENGTH - 4, 4));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WHOLE, 0, 64, 2, F32",
    "WHOLE, 0, 80, 1, F16",
    "AROUND, 1, 64, 2, F32",
    "AROUND, 6, 64, 8, F32",
    "AROUND, 7, 32, 1, F16",
    "AROUND, 64, 64, 2, F32",
    "AROUND, 300, 64, 2, F32",
    "AROUND, 6, 64, 2, Q8_0"
  })
  void attentionLooksBothWays(
      AttentionSpan.Kind kind, int length, int headDim, int group, CacheType type) {
    AttentionSpan span = new AttentionSpan(kind, length);
    assertDefinition(new Sample(headDim, headDim, group, type, span, 0, new float[0]));
  }

  @Test
  void scoresAreBoundedAndSinksTakeTheirShare() {
    AttentionSpan window = AttentionSpan.window(20);
    assertDefinition(new Sample(64, 64, 2, CacheType.F32, AttentionSpan.ALL, 3, new float[0]));
    float[] sinks = {9, -9, 2, -1};
    assertDefinition(new Sample(32, 32, 2, CacheType.F32, window, 0, sinks));
  }

  private static void assertDefinition(Sample sample) {
    SequenceCache whole = sample.cache(LENGTH);
    float[][] alone = new float[LENGTH][];
    Attention single = sample.attention();
    for (int position : POSITIONS) {
      for (int tokens = 1; tokens <= Attention.TOKENS; tokens += tokens == 2 ? 3 : 1) {
        // a causal token gets the same where nothing follows it yet
        SequenceCache cache = sample.cache(sample.span.causal() ? position + tokens : LENGTH);
        float[] together = sample.attend(sample.attention(), cache, position, tokens);
        cache.release();
        for (int t = 0; t < tokens; t++) {
          int p = position + t;
          if (alone[p] == null) {
            // later positions are in the cache already, and must not count
            alone[p] = sample.attend(single, whole, p, 1);
            assertExact(sample, p, alone[p]);
          }
          assertThat(Arrays.copyOfRange(together, t * sample.outStride, (t + 1) * sample.outStride))
              .as("position %d, in %d tokens from %d", p, tokens, position)
              .containsExactly(alone[p]);
        }
      }
    }
    whole.release();
    assertThat(sample.pool.used()).isZero();
  }

  private static void assertExact(Sample sample, int position, float[] out) {
    int first = KV_HEAD * sample.group;
    for (int i = 0; i < sample.outStride; i++) {
      int head = i / sample.valueDim;
      if (head < first || head >= first + sample.group) {
        assertThat(out[i]).as("another head's").isEqualTo(42);
      }
    }
    for (int head = first; head < first + sample.group; head++) {
      double[] exact = sample.exact(position, head);
      for (int i = 0; i < sample.valueDim; i++) {
        assertThat(Math.abs(out[head * sample.valueDim + i] - exact[i]))
            .as("position %d, head %d, number %d", position, head, i)
            .isLessThan(2e-6);
      }
    }
  }

  @Test
  void theFirstPositionGetsItsOwnValue() {
    Sample sample = new Sample(64, 2, CacheType.F32);
    float[] out = sample.attend(sample.attention(), sample.cache(1), 0, 1);
    float[] value = Arrays.copyOf(sample.values, 64);
    assertThat(Arrays.copyOfRange(out, 2 * 64, 3 * 64)).containsExactly(value);
    assertThat(Arrays.copyOfRange(out, 3 * 64, 4 * 64)).containsExactly(value);
  }

  @Test
  void scoresFarApartNeitherOverflowNorVanish() {
    Sample sample = new Sample(32, 1, CacheType.F32);
    for (int i = 0; i < sample.queries.length; i++) {
      sample.queries[i] *= 1e4f;
    }
    float[] out = sample.attend(sample.attention(), sample.cache(LENGTH), LENGTH - 1, 1);
    double[] exact = sample.exact(LENGTH - 1, 1);
    for (int i = 0; i < 32; i++) {
      assertThat(Math.abs(out[32 + i] - exact[i])).isLessThan(1e-5);
    }
  }
}
