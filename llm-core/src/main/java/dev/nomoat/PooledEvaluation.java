package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes a vector, or scores, of each of a few texts, which are evaluated together. Belongs to
 * the thread that schedules.
 */
final class PooledEvaluation {
  private final PagePool pool;
  private final Pooling pooling;
  private final int dim;
  private final List<SequenceCache> sequences = new ArrayList<>();
  private final List<Batch> batches = new ArrayList<>();
  private final List<int[]> textOfRow = new ArrayList<>(); // of each batch, for its outputs

  /**
   * Prepares.
   *
   * @param pool where the keys and values of the texts go
   * @param pooling which tokens count
   * @param dim numbers of a token
   */
  PooledEvaluation(PagePool pool, Pooling pooling, int dim) {
    this.pool = pool;
    this.pooling = pooling;
    this.dim = dim;
  }

  /**
   * Evaluates texts, each from an empty context.
   *
   * @param texts token ids of each, at least one
   * @return the pooled hidden state of each, behind the layers that follow pooling
   * @throws ArithmeticException when a number is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  float[][] vectors(Decoder decoder, List<int[]> texts) {
    float[][] vectors = pooled(decoder, texts);
    return finite(decoder.project(vectors), vectors);
  }

  /** The same, scored: the logits of all labels of each text. */
  float[][] scores(Decoder decoder, List<int[]> texts) {
    float[][] vectors = pooled(decoder, texts);
    return finite(decoder.classify(vectors), vectors);
  }

  private float[][] pooled(Decoder decoder, List<int[]> texts) {
    double[][] sums = new double[texts.size()][dim];
    try {
      for (int text = 0; text < texts.size(); text++) {
        add(text, texts.get(text), decoder.causal());
      }
      int[] next = {0};
      boolean done =
          decoder.hidden(
              batches,
              (batch, states) -> {
                int[] owners = textOfRow.get(next[0]++);
                for (int row = 0; row < batch.outputCount(); row++) {
                  accumulate(states, row * dim, sums[owners[row]]);
                }
                if (next[0] < batches.size()) {
                  goOn(next[0] * Batch.CAPACITY, texts.getFirst().length);
                }
              });
      if (!done) {
        throw closed();
      }
    } finally {
      sequences.forEach(SequenceCache::release);
    }
    float[][] vectors = new float[sums.length][dim];
    for (int text = 0; text < vectors.length; text++) {
      double tokens = pooling == Pooling.MEAN ? texts.get(text).length : 1;
      for (int i = 0; i < dim; i++) {
        vectors[text][i] = (float) (sums[text][i] / tokens);
      }
    }
    return vectors;
  }

  private static float[][] finite(boolean done, float[][] vectors) {
    if (!done) {
      throw closed();
    }
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        if (!Float.isFinite(vector[i])) {
          throw new ArithmeticException("number %d of a vector is not finite".formatted(i));
        }
      }
    }
    return vectors;
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("the model was closed");
  }

  /** Makes room for the next batch of the only text, which does not fit one. */
  private void goOn(int position, int length) {
    SequenceCache sequence = sequences.getFirst();
    sequence.leaveBehind(position);
    sequence.require(Math.min(length, position + Batch.CAPACITY));
  }

  private void add(int text, int[] ids, boolean causal) {
    SequenceCache sequence = new SequenceCache(pool);
    sequences.add(sequence);
    sequence.require(causal ? Math.min(ids.length, Batch.CAPACITY) : ids.length);
    for (int i = 0; i < ids.length; i++) {
      if (batches.isEmpty() || batches.getLast().room() == 0) {
        batches.add(new Batch());
        textOfRow.add(new int[Batch.CAPACITY]);
      }
      int row = batches.getLast().add(sequence, i, ids[i], counts(i, ids.length), ids.length);
      if (row >= 0) {
        textOfRow.getLast()[row] = text;
      }
    }
  }

  private boolean counts(int position, int length) {
    return switch (pooling) {
      case MEAN -> true;
      case CLS -> position == 0;
      case LAST -> position == length - 1;
    };
  }

  private static void accumulate(float[] states, int from, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += states[from + i];
    }
  }
}
