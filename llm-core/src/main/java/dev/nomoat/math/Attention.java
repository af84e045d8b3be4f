package dev.nomoat.math;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.SequenceCache;
import java.util.Arrays;

/**
 * Causal attention of the query heads that share one key/value head (grouped-query attention), for
 * a few consecutive tokens of one sequence: {@code softmax(q · K / sqrt(headDim)) · V}.
 *
 * <p>An instance is the scratch memory of one thread; it grows with the longest context it has
 * seen.
 */
public final class Attention {
  private static final int PAGE = CacheShape.PAGE;

  /** Tokens that share one pass over the cache, at most. */
  public static final int TOKENS = 8;

  private final int headDim;
  private final int group;
  private final float scale;
  private final float[] block;
  private final short[] halves;
  private final float[] partial = new float[Reduction.LANES];
  private final float[] sums;
  private float[] scores = {};
  private int rowLength;

  /**
   * Makes scratch memory.
   *
   * @param headDim numbers of a head
   * @param group query heads that share a key/value head
   * @param scale what scores are multiplied by
   */
  public Attention(int headDim, int group, float scale) {
    this.headDim = headDim;
    this.group = group;
    this.scale = scale;
    this.block = new float[headDim * PAGE];
    this.halves = new short[headDim * PAGE];
    this.sums = new float[TOKENS * group];
  }

  /**
   * Attends from consecutive tokens to themselves and all before them.
   *
   * @param cache keys and values, those of these tokens included
   * @param layer which layer
   * @param kvHead which key/value head
   * @param position position of the first token
   * @param tokens how many tokens, 1 to {@link #TOKENS}
   * @param q queries, {@code q[qAt + t · stride + head · headDim + i]} over all heads of the model
   * @param qAt where the first token's queries begin
   * @param out receives the result in the same arrangement
   * @param outAt where the first token's output begins
   * @param qStride from one token to the next in q
   * @param outStride from one token to the next in out
   */
  public void attend(
      SequenceCache cache,
      int layer,
      int kvHead,
      int position,
      int tokens,
      float[] q,
      int qAt,
      int qStride,
      float[] out,
      int outAt,
      int outStride) {
    int pages = (position + tokens - 1) / PAGE + 1;
    reserve(pages);
    int head = kvHead * group * headDim;
    for (int page = 0; page < pages; page++) {
      cache.readKeys(layer, kvHead, page, block, halves);
      for (int t = firstToken(page, position); t < tokens; t++) {
        for (int g = 0; g < group; g++) {
          score(
              q, qAt + t * qStride + head + g * headDim, (t * group + g) * rowLength + page * PAGE);
        }
      }
    }
    for (int t = 0; t < tokens; t++) {
      for (int g = 0; g < group; g++) {
        sums[t * group + g] = exponentials((t * group + g) * rowLength, position + t + 1);
        int at = outAt + t * outStride + head + g * headDim;
        Arrays.fill(out, at, at + headDim, 0f);
      }
    }
    for (int page = 0; page < pages; page++) {
      cache.readValues(layer, kvHead, page, block, halves);
      for (int t = firstToken(page, position); t < tokens; t++) {
        int count = Math.min(PAGE, position + t + 1 - page * PAGE);
        for (int g = 0; g < group; g++) {
          int row = (t * group + g) * rowLength + page * PAGE;
          addValues(row, count, out, outAt + t * outStride + head + g * headDim);
        }
      }
    }
    for (int t = 0; t < tokens; t++) {
      for (int g = 0; g < group; g++) {
        int at = outAt + t * outStride + head + g * headDim;
        float inverse = 1f / sums[t * group + g];
        for (int i = 0; i < headDim; i++) {
          out[at + i] *= inverse;
        }
      }
    }
  }

  private void reserve(int pages) {
    if (rowLength < pages * PAGE) {
      // by doubling, so that a growing context allocates rarely
      rowLength = Math.max(pages, Math.min(2 * (rowLength / PAGE), 1 << 20)) * PAGE;
      scores = new float[Math.multiplyExact(TOKENS * group, rowLength)];
    }
  }

  /** The first of the tokens that sees a page. */
  private static int firstToken(int page, int position) {
    return Math.max(0, page * PAGE - position);
  }

  /** Scores of one query with the page in {@link #block}; lane is position. */
  private void score(float[] q, int qAt, int to) {
    Arrays.fill(scores, to, to + PAGE, 0f);
    for (int i = 0; i < headDim; i++) {
      float v = q[qAt + i];
      int from = i * PAGE;
      for (int lane = 0; lane < PAGE; lane++) {
        scores[to + lane] = Math.fma(block[from + lane], v, scores[to + lane]);
      }
    }
  }

  /** Turns scores into exponentials, relative to the largest; their sum. */
  private float exponentials(int from, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      scores[i] *= scale;
      max = Math.max(max, scores[i]);
    }
    for (int i = from; i < from + count; i++) {
      scores[i] = FloatMath.exp(scores[i] - max);
    }
    return Reduction.sum(scores, from, count, partial);
  }

  private void addValues(int row, int count, float[] out, int at) {
    for (int p = 0; p < count; p++) {
      float weight = scores[row + p];
      int from = p * headDim;
      for (int i = 0; i < headDim; i++) {
        out[at + i] = Math.fma(block[from + i], weight, out[at + i]);
      }
    }
  }
}
