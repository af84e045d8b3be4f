package dev.nomoat.math;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Hashes of results, which are the same on every machine and with every compiler. */
final class MathGoldens {
  static final List<String> EXPECTED =
      """
      exp ca7e5e9e150147c3
      silu 2196b013a49a6ac3
      rms 1448e404e6c672f0
      rope INTERLEAVED b279d8aa52ed7a19
      rope HALVES c807f60bd176f80f
      attention F32 29736538a51c1863
      attention F16 4ad79b93a297ff03
      attention Q8_0 307898c4a30a5fd3
      attention Q4_0 08c94f35d691a7f2
      """
          .lines()
          .toList();

  private static final int DIM = 300;

  private MathGoldens() {}

  static List<String> compute() {
    List<String> result = new ArrayList<>();
    float[] x = Numbers.random(1 << 16, 1);
    float[] exp = new float[x.length];
    float[] silu = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      exp[i] = FloatMath.exp(100 * x[i]);
      silu[i] = FloatMath.silu(20 * x[i]);
    }
    result.add("exp " + Numbers.hash(exp));
    result.add("silu " + Numbers.hash(silu));
    float[] norms = new float[200 * DIM];
    float[] weight = Numbers.random(DIM, 2);
    float[] partial = new float[Reduction.LANES];
    for (int t = 0; t < 200; t++) {
      Norms.rms(x, 100 * t, weight, 1e-5f, norms, t * DIM, partial);
    }
    result.add("rms " + Numbers.hash(norms));
    for (RotaryEmbedding.Pairing pairing : RotaryEmbedding.Pairing.values()) {
      result.add("rope %s %s".formatted(pairing, Numbers.hash(rope(pairing))));
    }
    for (CacheType type : CacheType.values()) {
      result.add("attention %s %s".formatted(type, Numbers.hash(attention(type))));
    }
    return result;
  }

  private static float[] rope(RotaryEmbedding.Pairing pairing) {
    RotaryEmbedding rope =
        new RotaryEmbedding(pairing, RotaryFrequencies.scaled(64, 10000, 1, new float[0]), 1);
    float[] heads = Numbers.random(2000 * 64, 3);
    float[] cos = new float[32];
    float[] sin = new float[32];
    for (int i = 0; i < 2000; i++) {
      rope.angles(i < 1000 ? i : 500 * i, cos, sin, 0);
      rope.turn(heads, i * 64, cos, sin, 0);
    }
    return heads;
  }

  private static float[] attention(CacheType type) {
    int headDim = 48;
    int group = 3;
    int length = 200;
    float[] numbers = Numbers.random(length * headDim, 4);
    float[] queries = Numbers.random(length * group * headDim, 5);
    float[] out = new float[queries.length];
    PagePool pool = new PagePool(CacheShape.uniform(1, 1, headDim, type), Arena.ofAuto());
    SequenceCache cache = new SequenceCache(pool);
    cache.require(length);
    Attention attention = new Attention(new Attention.Rules(0.7f, 0), Kernels.best());
    int stride = group * headDim;
    for (int p = 0; p < length; p++) {
      int value = (length - 1 - p) * headDim;
      cache.store(0, 0, p, numbers, p * headDim, numbers, value);
      attention.attend(
          cache,
          0,
          0,
          group,
          p,
          1,
          p + 1,
          AttentionSpan.ALL,
          new float[0],
          queries,
          p * stride,
          stride,
          out,
          p * stride,
          stride);
    }
    return out;
  }
}
