package dev.nomoat.measure;

import dev.nomoat.LanguageModel;
import dev.nomoat.sample.LogSum;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How far the predictions of a model are from those of a base model, such as the one that it was
 * quantised from.
 *
 * @param base perplexity of the base model
 * @param model perplexity of the model
 * @param mean mean of the Kullback-Leibler divergence of the model's distributions from the base's,
 *     in nats: 0 when they are the same
 * @param error its standard error
 * @param divergences of all predictions, ascending
 * @param sameTop the part of the predictions in which both have the same likeliest token
 * @param meanChange mean of the model's probability of the token that follows, less the base's
 * @param rmsChange square root of the mean square of that
 */
public record Divergence(
    Perplexity base,
    Perplexity model,
    double mean,
    double error,
    List<Double> divergences,
    double sameTop,
    double meanChange,
    double rmsChange) {
  /** Copies the list. */
  public Divergence {
    divergences = List.copyOf(divergences);
  }

  /**
   * The divergence that a part of the predictions does not exceed.
   *
   * @param part from 0 to 1
   * @return the divergence at that place among the sorted ones
   * @throws IllegalArgumentException if it is no part
   */
  public double quantile(double part) {
    if (!(part >= 0 && part <= 1)) {
      throw new IllegalArgumentException(part + " is not from 0 to 1");
    }
    return divergences.get((int) Math.round(part * (divergences.size() - 1)));
  }

  /**
   * Compares two models on a text. Interrupting the thread ends that after the chunk at hand, with
   * what was compared until then.
   *
   * @param model the model
   * @param base the model that is right, with the same vocabulary
   * @param text the tokens of a text; see {@link MeasureOptions#tokens}
   * @param options how the text is cut
   * @return the divergence
   * @throws IllegalArgumentException if the vocabularies have not the same size, the text is
   *     shorter than a chunk or has tokens outside the vocabulary, or the logits of half a chunk do
   *     not fit an array
   * @throws dev.nomoat.ContextOverflowException if a chunk is longer than a model's context
   * @throws dev.nomoat.GenerationException if evaluating fails
   * @throws IllegalStateException if a model is closed, before or meanwhile
   * @throws dev.nomoat.UnsupportedModelException if a model is an encoder
   */
  public static Divergence of(
      LanguageModel model, LanguageModel base, int[] text, MeasureOptions options) {
    Comparison comparison = new Comparison(model, base, new TextChunks(base, text, options));
    return comparison.run();
  }

  /** Compares chunk by chunk. */
  private static final class Comparison {
    private final LanguageModel model;
    private final LanguageModel base;
    private final TextChunks chunks;
    private final int vocabulary;
    private final Moments baseLosses = new Moments();
    private final Moments losses = new Moments();
    private final Moments changes = new Moments();
    private final Moments mean = new Moments();
    private final List<Double> divergences = new ArrayList<>();
    private long same;

    Comparison(LanguageModel model, LanguageModel base, TextChunks chunks) {
      this.model = model;
      this.base = base;
      this.chunks = chunks;
      vocabulary = base.info().vocabularySize();
      if (model.info().vocabularySize() != vocabulary) {
        throw new IllegalArgumentException(
            "vocabularies of %d and %d tokens cannot be compared"
                .formatted(model.info().vocabularySize(), vocabulary));
      }
    }

    Divergence run() {
      int done = chunks.forEach(this::compare);
      Collections.sort(divergences);
      return new Divergence(
          Perplexity.of(baseLosses, done),
          Perplexity.of(losses, done),
          mean.mean(),
          mean.error(),
          divergences,
          (double) same / mean.count(),
          changes.mean(),
          Math.sqrt(changes.meanSquare()));
    }

    private void compare(int[] tokens) {
      int from = chunks.firstCounted();
      int rows = tokens.length - 1 - from;
      if ((long) rows * vocabulary > Integer.MAX_VALUE - 64) {
        throw new IllegalArgumentException(
            "%d tokens have too many logits for an array".formatted(rows));
      }
      float[] right = new float[rows * vocabulary];
      base.logits(
          tokens,
          from,
          (position, logits, at) -> {
            if (position - from < rows) {
              System.arraycopy(logits, at, right, (position - from) * vocabulary, vocabulary);
            }
          });
      model.logits(
          tokens,
          from,
          (position, logits, at) -> {
            if (position - from < rows) {
              add(right, (position - from) * vocabulary, logits, at, tokens[position + 1]);
            }
          });
    }

    private void add(float[] right, int rightAt, float[] logits, int at, int next) {
      double rightSum = LogSum.of(right, rightAt, vocabulary);
      double sum = LogSum.of(logits, at, vocabulary);
      double divergence = 0;
      int rightTop = 0;
      int top = 0;
      for (int id = 0; id < vocabulary; id++) {
        double rightLog = right[rightAt + id] - rightSum;
        divergence += StrictMath.exp(rightLog) * (rightLog - (logits[at + id] - sum));
        rightTop = right[rightAt + id] > right[rightAt + rightTop] ? id : rightTop;
        top = logits[at + id] > logits[at + top] ? id : top;
      }
      double rightLoss = rightSum - right[rightAt + next];
      double loss = sum - logits[at + next];
      baseLosses.add(rightLoss);
      losses.add(loss);
      changes.add(Math.exp(-loss) - Math.exp(-rightLoss));
      same += top == rightTop ? 1 : 0;
      divergences.add(divergence);
      mean.add(divergence);
    }
  }
}
