package dev.nomoat.math;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.quant.Kernels;
import java.util.Arrays;

/**
 * Attention of the query heads that share one key/value head (grouped-query attention), for a few
 * consecutive tokens of one sequence: {@code softmax(scale · q · K) · V}.
 *
 * <p>Both products are those of a page of keys or values with all queries at once; a query is a
 * head of a token, and a page is read once for all of them.
 *
 * <p>An instance is the scratch memory of one thread; it grows with the longest context and the
 * widest heads it has seen.
 */
public final class Attention {
  private static final int PAGE = CacheShape.PAGE;
  private static final int CHUNK = CacheShape.CHUNK;

  /** Tokens that share one pass over the cache, at most. */
  public static final int TOKENS = 8;

  private final Rules rules;
  private final Kernels kernels;
  private final float[] partial = new float[Reduction.LANES];
  private float[] panel = {}; // keys [keyDim, PAGE] or values [chunks, PAGE, CHUNK]
  private float[] keys = {}; // [keyDim, PAGE], where values are read from them
  private float[] queries = {}; // [TOKENS · group, keyDim]
  private float[] mixed = {}; // [TOKENS · group, paddedDim]
  private float[] sums = {}; // [TOKENS · group]
  private int paddedDim; // of a value, in whole chunks
  private final Exponentials exponentials = new Exponentials();
  private float[] scores = {}; // [TOKENS · group, rowLength]
  private int rowLength;

  /**
   * What becomes of the scores.
   *
   * @param scale what they are multiplied by
   * @param softCap c of {@code c · tanh(score / c)}, which bounds them, or 0 for none
   * @param maxBias b of ALiBi, which lowers the score of a position by its distance times a slope
   *     of the head's own, down to 2^−b (Press et al., 2021), or 0 for none
   */
  public record Rules(float scale, float softCap, float maxBias) {
    /**
     * Rules without a bias.
     *
     * @param scale what scores are multiplied by
     * @param softCap bound of the scores, or 0 for none
     */
    public Rules(float scale, float softCap) {
      this(scale, softCap, 0);
    }

    /** By how much a position lowers the scores of a head for each one that it is away. */
    private float slope(int head, int heads) {
      if (maxBias == 0) {
        return 0;
      }
      int power = Integer.highestOneBit(heads);
      double steps = head < power ? head + 1 : head - power + 0.5;
      return (float) StrictMath.pow(2, -maxBias * steps / power);
    }
  }

  /**
   * Makes scratch memory.
   *
   * @param rules what becomes of the scores
   * @param kernels products
   */
  public Attention(Rules rules, Kernels kernels) {
    this.rules = rules;
    this.kernels = kernels;
  }

  /**
   * Attends from consecutive tokens to the positions that they see.
   *
   * @param cache keys and values of those positions, of these tokens included
   * @param layer which layer
   * @param kvHead which key/value head
   * @param group query heads that share it
   * @param position position of the first token
   * @param tokens how many tokens, 1 to {@link #TOKENS}
   * @param length positions of the whole sequence; counts when the span is not causal
   * @param span which positions a token sees
   * @param sinks for each query head of the layer the score of a position that has no value, or
   *     empty when there is none (Xiao et al., 2023)
   * @param q queries, {@code q[qAt + t · stride + head · keyDim + i]} over all heads of the layer
   * @param qAt where the first token's queries begin
   * @param out receives the result, arranged alike by {@code valueDim}
   * @param outAt where the first token's output begins
   * @param qStride from one token to the next in q
   * @param outStride from one token to the next in out
   */
  public void attend(
      SequenceCache cache,
      int layer,
      int kvHead,
      int group,
      int position,
      int tokens,
      int length,
      AttentionSpan span,
      float[] sinks,
      float[] q,
      int qAt,
      int qStride,
      float[] out,
      int outAt,
      int outStride) {
    int firstPage = span.first(position) / PAGE;
    int end = span.end(position + tokens - 1, length);
    int pages = (end - 1) / PAGE + 1;
    CacheShape.Layer shape = cache.shape().layers().get(layer);
    int keyDim = shape.keyDim();
    int valueDim = shape.valueDim();
    reserve(shape, group, pages);
    int rows = tokens * group;
    int width = group * keyDim;
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(q, qAt + t * qStride + kvHead * width, queries, t * width, width);
    }
    for (int row = 0; row < rows; row++) {
      Arrays.fill(scores, row * rowLength + firstPage * PAGE, row * rowLength + pages * PAGE, 0f);
    }
    for (int page = firstPage; page < pages; page++) {
      cache.readKeys(layer, kvHead, page, kernels, panel);
      kernels.accumulate(
          panel, 0, keyDim, queries, 0, keyDim, rows, scores, page * PAGE, rowLength);
    }
    for (int row = 0; row < rows; row++) {
      int own = position + row / group;
      int first = span.first(own);
      int seen = span.end(own, length) - first;
      // what the token does not see of the pages that are read for all weighs nothing
      Arrays.fill(scores, row * rowLength + firstPage * PAGE, row * rowLength + first, 0f);
      Arrays.fill(scores, row * rowLength + first + seen, row * rowLength + end, 0f);
      float sink =
          sinks.length == 0 ? Float.NEGATIVE_INFINITY : sinks[kvHead * group + row % group];
      float slope = rules.slope(kvHead * group + row % group, shape.kvHeads() * group);
      sums[row] = exponentials(row * rowLength + first, seen, sink, slope, own - first);
    }
    Arrays.fill(mixed, 0, rows * paddedDim, 0f);
    for (int page = firstPage; page < pages; page++) {
      int seen = Math.min(PAGE, end - page * PAGE);
      if (shape.valuesInKeys()) {
        cache.readKeys(layer, kvHead, page, kernels, keys);
        transpose(valueDim, seen);
      } else {
        cache.readValues(layer, kvHead, page, seen, kernels, panel);
      }
      mix(page, seen, rows);
    }
    for (int row = 0; row < rows; row++) {
      int head = kvHead * group + row % group;
      int to = outAt + row / group * outStride + head * valueDim;
      float inverse = 1f / sums[row];
      for (int i = 0; i < valueDim; i++) {
        out[to + i] = mixed[row * paddedDim + i] * inverse;
      }
    }
  }

  private void reserve(CacheShape.Layer shape, int group, int pages) {
    paddedDim = Math.ceilDiv(shape.valueDim(), CHUNK) * CHUNK;
    int rows = TOKENS * group;
    panel = atLeast(panel, Math.max(shape.keyDim(), paddedDim) * PAGE);
    keys = atLeast(keys, shape.valuesInKeys() ? shape.keyDim() * PAGE : 0);
    queries = atLeast(queries, rows * shape.keyDim());
    mixed = atLeast(mixed, rows * paddedDim);
    sums = atLeast(sums, rows);
    if (rowLength < pages * PAGE) {
      // by doubling, so that a growing context allocates rarely
      rowLength = Math.max(pages, Math.min(2 * (rowLength / PAGE), 1 << 20)) * PAGE;
    }
    scores = atLeast(scores, Math.multiplyExact(rows, rowLength));
  }

  private static float[] atLeast(float[] array, int length) {
    return array.length < length ? new float[length] : array;
  }

  /** From keys to values. */
  private void transpose(int valueDim, int positions) {
    for (int d = 0; d < valueDim; d++) {
      int to = d / CHUNK * CHUNK * PAGE + d % CHUNK;
      for (int p = 0; p < positions; p++) {
        panel[to + p * CHUNK] = keys[d * PAGE + p];
      }
    }
  }

  /** Adds the values of a page, each as heavy as the score of its position. */
  private void mix(int page, int positions, int rows) {
    for (int chunk = 0; chunk < paddedDim; chunk += CHUNK) {
      kernels.accumulate(
          panel,
          chunk * PAGE,
          positions,
          scores,
          page * PAGE,
          rowLength,
          rows,
          mixed,
          chunk,
          paddedDim);
    }
  }

  /**
   * Turns scores into exponentials, relative to the largest; their sum, the sink's included. The
   * token is {@code own} positions behind the first.
   */
  private float exponentials(int from, int count, float sink, float slope, int own) {
    scale(scores, from, count, rules.scale());
    for (int i = from; rules.softCap() != 0 && i < from + count; i++) {
      scores[i] = rules.softCap() * FloatMath.tanh(scores[i] / rules.softCap());
    }
    for (int i = from; slope != 0 && i < from + count; i++) {
      scores[i] -= slope * Math.abs(own - (i - from));
    }
    float max = Reduction.max(scores, from, count, sink, partial);
    exponentials.exp(scores, from, count, max);
    float sum = Reduction.sum(scores, from, count, partial);
    return sink == Float.NEGATIVE_INFINITY ? sum : sum + FloatMath.exp(sink - max);
  }

  private static void scale(float[] x, int from, int count, float factor) {
    for (int i = from; i < from + count; i++) {
      x[i] *= factor;
    }
  }
}
