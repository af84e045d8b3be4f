package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.InputObserver;
import dev.nomoat.model.MatrixNames;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.schedule.Scheduler;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What a model computes of whole texts, between the steps of its generations. Any number of threads
 * may call at once.
 */
final class Evaluations {
  /** The least length by which a vector is divided. */
  private static final double LEAST_LENGTH = 1e-12;

  private final ModelInfo info;
  private final Tokenizer tokenizer;
  private final PagePool pool;
  private final Scheduler scheduler;
  private final int contextLength;
  private final int tokens;
  private final Optional<ModelConfig.Classifier> classifier;
  private final MatrixNames names;

  Evaluations(Engine engine) {
    info = engine.info();
    classifier = engine.classifier();
    names = engine.names();
    tokenizer = engine.tokenizer();
    pool = engine.pool();
    scheduler = engine.scheduler();
    contextLength = engine.contextLength();
    tokens = Math.min(info.vocabularySize(), tokenizer.vocabularySize());
  }

  /** How many ids are tokens; those that only the model has are there to fill up. */
  int tokens() {
    return tokens;
  }

  /** Token ids of a prompt, at least one, all in the vocabulary. */
  int[] encode(Prompt prompt) {
    int[] ids =
        switch (prompt) {
          case Prompt.Text text -> tokenizer.encodePrompt(text.text(), text.specialTokens());
          case Prompt.Tokens tokens -> tokens.toArray();
        };
    checkIds(ids, tokens);
    return ids;
  }

  /** Refuses what an encoder, or a model that scores texts, cannot do. */
  void requireDecoder(String feature) {
    if (info.encoder() || info.reranker()) {
      throw new UnsupportedModelException(
          feature,
          "this model of architecture %s is %s"
              .formatted(info.architecture(), info.encoder() ? "an encoder" : "a reranker"));
    }
  }

  /** Refuses a sequence that is longer than the context. */
  void requireRoom(int[] ids) {
    if (ids.length > contextLength) {
      throw new ContextOverflowException(ids.length, contextLength);
    }
  }

  private static void checkIds(int[] ids, int vocabulary) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("there are no tokens to evaluate");
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new IllegalArgumentException(
            "token %d is %d, outside the vocabulary of %d".formatted(i, ids[i], vocabulary));
      }
    }
  }

  /** A copy of tokens that a decoder can evaluate from an empty context. */
  private int[] requireSequence(String feature, int[] tokens) {
    requireDecoder(feature);
    int[] ids = tokens.clone();
    checkIds(ids, info.vocabularySize());
    requireRoom(ids);
    return ids;
  }

  /** Logits of all tokens, row-major, shape [tokens, vocabulary]. */
  float[] logits(int... tokens) {
    int[] ids = requireSequence("logits", tokens);
    int vocab = info.vocabularySize();
    long numbers = (long) ids.length * vocab;
    if (numbers > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "%d tokens have %d logits, too many for an array".formatted(ids.length, numbers));
    }
    float[] all = new float[(int) numbers];
    handOut(
        ids,
        0,
        (position, logits, at) -> System.arraycopy(logits, at, all, position * vocab, vocab));
    return all;
  }

  /** Hands out the logits of some tokens. */
  void logits(int[] tokens, int from, LogitsConsumer consumer) {
    int[] ids = requireSequence("logits", tokens);
    Objects.checkIndex(from, ids.length);
    handOut(ids, from, consumer);
  }

  private void handOut(int[] ids, int from, LogitsConsumer consumer) {
    LogitsEvaluation evaluation = new LogitsEvaluation(pool, info.vocabularySize());
    join(
        List.of(ids),
        decoder -> {
          evaluation.run(decoder, ids, from, consumer);
          return ids;
        });
  }

  /** Hands out what the matrices of the blocks are multiplied by. */
  void observe(int[] tokens, MatrixInputConsumer consumer) {
    int[] ids = requireSequence("inputs of matrices", tokens);
    LogitsEvaluation evaluation = new LogitsEvaluation(pool, info.vocabularySize());
    InputObserver observer =
        (matrix, inputs, at, count) -> {
          Optional<MatrixNames.Name> name = names.of(matrix);
          if (name.isPresent()) {
            MatrixNames.Name n = name.get();
            consumer.accept(n.tensor(), n.index(), n.count(), inputs, at, count, matrix.cols());
          }
        };
    join(
        List.of(ids),
        decoder -> {
          evaluation.run(decoder, ids, observer);
          return ids;
        });
  }

  /** How likely each token is that has one before it. */
  TextScore score(Prompt prompt) {
    requireDecoder("scores of texts");
    int[] ids = checkLength(encode(prompt), 0);
    double[] scores = logProbabilities(ids, 1);
    List<TextScore.TokenScore> tokens = new ArrayList<>();
    for (int i = 1; i < ids.length; i++) {
      tokens.add(new TextScore.TokenScore(ids[i], scores[i - 1]));
    }
    return new TextScore(tokens);
  }

  /** The likeliest continuations of a prompt, the best first. */
  List<Beam> search(BeamRequest request) {
    requireDecoder("beam search");
    int[] ids = checkLength(encode(request.prompt()), 0);
    int most = Math.min(request.maxTokens(), contextLength - ids.length);
    if (most == 0) {
      throw new ContextOverflowException(ids.length, contextLength - 1);
    }
    return new BeamSearch(this, tokenizer, request, ids, most).run();
  }

  /** The likeliest next tokens of each of some sequences. */
  List<List<TokenLogProbability>> next(List<int[]> sequences, int most) {
    List<List<TokenLogProbability>> next = new ArrayList<>();
    NextTokenEvaluation evaluation = new NextTokenEvaluation(pool, tokens, most);
    while (next.size() < sequences.size()) {
      List<int[]> some = sequences.subList(next.size(), end(sequences, next.size(), ids -> 1));
      next.addAll(join(some, decoder -> evaluation.next(decoder, some)));
    }
    return next;
  }

  /**
   * How many of some texts are evaluated together: as many as fit a batch and the cache, or one
   * that does not fit a batch.
   *
   * @param texts token ids of each
   * @param from the first of them
   * @param inBatch how many tokens of a text a batch gets
   * @return one more than the last of them
   */
  private int end(List<int[]> texts, int from, ToIntFunction<int[]> inBatch) {
    int tokens = 0;
    long frames = 0;
    int end = from;
    while (end < texts.size() && end - from < pool.mostStates()) {
      tokens += inBatch.applyAsInt(texts.get(end));
      frames += pool.footprint().frames(texts.get(end).length);
      if (end > from && (tokens > Batch.CAPACITY || frames > pool.mostFrames())) {
        break;
      }
      end++;
    }
    return end;
  }

  private double[] logProbabilities(int[] ids, int from) {
    ScoreEvaluation evaluation = new ScoreEvaluation(pool, info.vocabularySize());
    return join(List.of(ids), decoder -> evaluation.logProbabilities(decoder, ids, from));
  }

  /** Which of some labels is the likeliest after a prompt. */
  LabelChoice choose(Prompt prompt, List<String> labels) {
    requireDecoder("choices");
    if (labels.isEmpty() || labels.contains("") || Set.copyOf(labels).size() < labels.size()) {
      throw new IllegalArgumentException("labels must be different, not empty, and at least one");
    }
    int[] before = encode(prompt);
    List<int[]> texts = new ArrayList<>();
    int from = before.length;
    for (String label : labels) {
      int[] ids = checkLength(continued(prompt, before, label), texts.size());
      texts.add(ids);
      // a label may change how the end of the prompt is encoded; then that counts for all of them
      int mismatch = Arrays.mismatch(before, ids);
      from = mismatch < 0 ? from : Math.min(from, mismatch);
    }
    if (from == 0) {
      throw new IllegalArgumentException("the prompt has no token that stays before every label");
    }
    double[] scores = new double[labels.size()];
    int best = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Arrays.stream(logProbabilities(texts.get(i), from)).sum();
      best = scores[i] > scores[best] ? i : best;
    }
    double total = 0;
    for (double score : scores) {
      total += StrictMath.exp(score - scores[best]);
    }
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int i = 0; i < scores.length; i++) {
      probabilities.put(labels.get(i), StrictMath.exp(scores[i] - scores[best]) / total);
    }
    return new LabelChoice(labels.get(best), probabilities);
  }

  private int[] continued(Prompt prompt, int[] before, String label) {
    return switch (prompt) {
      case Prompt.Text text -> encode(new Prompt.Text(text.text() + label, text.specialTokens()));
      case Prompt.Tokens _ -> {
        int[] more = tokenizer.encode(label);
        int[] ids = Arrays.copyOf(before, before.length + more.length);
        System.arraycopy(more, 0, ids, before.length, more.length);
        yield ids;
      }
    };
  }

  /** Vectors of texts, in their order. */
  List<float[]> embed(EmbeddingRequest request) {
    if (request.dimensions() > info.embeddingDim()) {
      throw new IllegalArgumentException(
          "%d dimensions: vectors of this model have %d"
              .formatted(request.dimensions(), info.embeddingDim()));
    }
    List<int[]> texts = new ArrayList<>();
    for (Prompt text : request.texts()) {
      texts.add(encodeWhole(text, texts.size()));
    }
    List<float[]> vectors = new ArrayList<>();
    Pooling pooling = request.pooling().orElse(info.pooling());
    for (float[] vector : evaluate(texts, pooling, PooledEvaluation::vectors)) {
      float[] cut =
          request.dimensions() == 0 ? vector : Arrays.copyOf(vector, request.dimensions());
      if (request.normalized()) {
        normalize(cut);
      }
      vectors.add(cut);
    }
    return vectors;
  }

  private int[] encodeWhole(Prompt text, int index) {
    try {
      return checkLength(encode(text), index);
    } catch (ContextOverflowException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("text %d: %s".formatted(index, e.getMessage()), e);
    }
  }

  private int[] checkLength(int[] ids, int index) {
    if (ids.length > contextLength) {
      throw new ContextOverflowException(index, ids.length, contextLength);
    }
    return ids;
  }

  /** How well documents answer a query, in their order. */
  float[] rerank(String query, List<String> documents) {
    ModelConfig.Classifier head =
        classifier.orElseThrow(
            () ->
                new UnsupportedModelException(
                    "reranking", "this model has no classification head"));
    if (!head.probability() && head.labels() != 1) {
      throw new UnsupportedModelException(
          "reranking",
          "the classification head of this model has %d labels".formatted(head.labels()));
    }
    PairEncoder encoder = new PairEncoder(tokenizer, head);
    List<int[]> texts = new ArrayList<>();
    for (String document : documents) {
      texts.add(checkLength(encoder.encode(query, document), texts.size()));
    }
    float[] scores = new float[texts.size()];
    List<float[]> logits = evaluate(texts, head.pooling(), PooledEvaluation::scores);
    for (int i = 0; i < scores.length; i++) {
      scores[i] = head.probability() ? probability(logits.get(i)) : logits.get(i)[0];
    }
    return scores;
  }

  /** Of the first label, by a softmax. */
  private static float probability(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp((double) logit - logits[0]);
    }
    return (float) (1 / sum);
  }

  /** What is computed of a few texts. */
  @FunctionalInterface
  private interface Work {
    float[][] of(PooledEvaluation evaluation, Decoder decoder, List<int[]> texts);
  }

  private List<float[]> evaluate(List<int[]> texts, Pooling pooling, Work work) {
    List<float[]> results = new ArrayList<>();
    // some at a time, so that generations and other callers get their turns
    for (int from = 0; from < texts.size(); from = results.size()) {
      List<int[]> some = texts.subList(from, end(texts, from, ids -> ids.length));
      PooledEvaluation evaluation = new PooledEvaluation(pool, pooling, info.dim());
      results.addAll(Arrays.asList(join(some, decoder -> work.of(evaluation, decoder, some))));
    }
    return results;
  }

  private static void normalize(float[] vector) {
    double squares = 0;
    for (float v : vector) {
      squares += (double) v * v;
    }
    double length = Math.max(Math.sqrt(squares), LEAST_LENGTH);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / length);
    }
  }

  /** Lets work run between two steps, with room in the cache for some texts. */
  <T> T join(List<int[]> texts, Function<Decoder, T> work) {
    long frames = texts.stream().mapToLong(ids -> pool.footprint().frames(ids.length)).sum();
    try {
      return scheduler.evaluate(frames, texts.size(), work).join();
    } catch (CompletionException e) {
      throw switch (e.getCause()) {
        case IllegalStateException cause -> new IllegalStateException(cause.getMessage(), cause);
        case IllegalArgumentException cause -> cause;
        case ModelFormatException cause -> cause;
        case UncheckedIOException cause -> cause;
        case null, default ->
            new GenerationException(
                "the model could not be evaluated", Objects.requireNonNullElse(e.getCause(), e));
      };
    }
  }
}
