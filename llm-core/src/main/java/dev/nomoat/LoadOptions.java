package dev.nomoat;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How a model is loaded and run. Immutable; start from {@link #defaults()}.
 *
 * @param threads how many threads compute; 0 for as many as there are processors
 * @param contextLength the most tokens that a sequence may hold, prompt and generated ones
 *     together; 0 for what the model was trained for
 * @param cacheType the number format of the key/value cache
 * @param cacheBytes the most memory that keys and values of all sequences take together, those
 *     included that are kept for requests to come; 0 for a quarter of the machine's memory, or one
 *     full context if that is more
 * @param maxQueued how many requests may wait to be taken up, so that more are refused with {@link
 *     QueueFullException}; positive
 * @param activations how exactly the inputs of products with quantised weights are represented
 * @param packing what full-precision weights become
 * @param draft a small model with the same vocabulary, which proposes tokens for this one to check
 *     ({@link Speculation#DRAFT}); empty for none. Its cache comes on top of {@code cacheBytes},
 *     and has room for as many tokens
 * @param listener is told how far the loading has come
 */
public record LoadOptions(
    int threads,
    int contextLength,
    CacheType cacheType,
    long cacheBytes,
    int maxQueued,
    ActivationPrecision activations,
    WeightPacking packing,
    Optional<Path> draft,
    LoadListener listener) {
  /** Threads of a model, at most. */
  public static final int MOST_THREADS = 1024;

  private static final int DEFAULT_QUEUE = 1 << 14;

  // One object, so that two option sets without a listener are equal.
  private static final LoadListener SILENT = (bytesDone, bytesTotal) -> {};

  private static final LoadOptions DEFAULTS =
      new LoadOptions(
          0,
          0,
          CacheType.F16,
          0,
          DEFAULT_QUEUE,
          ActivationPrecision.FAST,
          WeightPacking.AS_STORED,
          Optional.empty(),
          SILENT);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if {@code threads}, {@code contextLength} or {@code
   *     cacheBytes} is negative, {@code threads} more than {@value #MOST_THREADS}, or {@code
   *     maxQueued} not positive
   */
  public LoadOptions {
    Require.notNegative(threads, "threads");
    if (threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be at most %d, not %d".formatted(MOST_THREADS, threads));
    }
    Require.notNegative(contextLength, "contextLength");
    Objects.requireNonNull(cacheType, "cacheType");
    if (cacheBytes < 0) {
      throw new IllegalArgumentException("cacheBytes must not be negative, but is " + cacheBytes);
    }
    if (maxQueued <= 0) {
      throw new IllegalArgumentException("maxQueued must be positive, but is " + maxQueued);
    }
    Objects.requireNonNull(activations, "activations");
    Objects.requireNonNull(packing, "packing");
    Objects.requireNonNull(draft, "draft");
    Objects.requireNonNull(listener, "listener");
  }

  /**
   * What is right for most uses: all processors, the model's own context length, a cache in {@link
   * CacheType#F16}, {@link ActivationPrecision#FAST}, weights as they are stored, and nobody told.
   *
   * @return the options
   */
  public static LoadOptions defaults() {
    return DEFAULTS;
  }

  /**
   * These options with another number of threads. It changes the speed, never the results.
   *
   * @param threads how many threads compute; 0 for as many as there are processors
   * @return new options
   * @throws IllegalArgumentException if {@code threads} is negative or more than {@value
   *     #MOST_THREADS}
   */
  public LoadOptions withThreads(int threads) {
    Changed changed = new Changed(this);
    changed.threads = threads;
    return changed.options();
  }

  /**
   * These options with another context length.
   *
   * @param contextLength the most tokens that a sequence may hold; 0 for what the model was trained
   *     for
   * @return new options
   * @throws IllegalArgumentException if {@code contextLength} is negative
   */
  public LoadOptions withContextLength(int contextLength) {
    Changed changed = new Changed(this);
    changed.contextLength = contextLength;
    return changed.options();
  }

  /**
   * These options with another number format of the key/value cache.
   *
   * @param cacheType the number format
   * @return new options
   */
  public LoadOptions withCacheType(CacheType cacheType) {
    Changed changed = new Changed(this);
    changed.cacheType = cacheType;
    return changed.options();
  }

  /**
   * These options with another limit on the memory of keys and values.
   *
   * @param cacheBytes the most that all sequences take together; 0 for what is usual
   * @return new options
   * @throws IllegalArgumentException if {@code cacheBytes} is negative
   */
  public LoadOptions withCacheBytes(long cacheBytes) {
    Changed changed = new Changed(this);
    changed.cacheBytes = cacheBytes;
    return changed.options();
  }

  /**
   * These options with another length of the queue.
   *
   * @param maxQueued how many requests may wait to be taken up; positive
   * @return new options
   * @throws IllegalArgumentException if {@code maxQueued} is not positive
   */
  public LoadOptions withMaxQueued(int maxQueued) {
    Changed changed = new Changed(this);
    changed.maxQueued = maxQueued;
    return changed.options();
  }

  /**
   * These options with another precision of activations.
   *
   * @param activations how exactly the inputs of products with quantised weights are represented
   * @return new options
   */
  public LoadOptions withActivations(ActivationPrecision activations) {
    Changed changed = new Changed(this);
    changed.activations = activations;
    return changed.options();
  }

  /**
   * These options with another packing of full-precision weights.
   *
   * @param packing what they become
   * @return new options
   */
  public LoadOptions withPacking(WeightPacking packing) {
    Changed changed = new Changed(this);
    changed.packing = packing;
    return changed.options();
  }

  /**
   * These options with another listener.
   *
   * @param listener is told how far the loading has come
   * @return new options
   */
  public LoadOptions withListener(LoadListener listener) {
    Changed changed = new Changed(this);
    changed.listener = listener;
    return changed.options();
  }

  /**
   * These options with a draft model. It changes the speed, never the tokens.
   *
   * @param draft a small model with the same vocabulary
   * @return new options
   */
  public LoadOptions withDraft(Path draft) {
    Changed changed = new Changed(this);
    changed.draft = Optional.of(draft);
    return changed.options();
  }

  /** What changed options are made of. */
  private static final class Changed {
    int threads;
    int contextLength;
    CacheType cacheType;
    long cacheBytes;
    int maxQueued;
    ActivationPrecision activations;
    WeightPacking packing;
    Optional<Path> draft;
    LoadListener listener;

    Changed(LoadOptions options) {
      threads = options.threads;
      contextLength = options.contextLength;
      cacheType = options.cacheType;
      cacheBytes = options.cacheBytes;
      maxQueued = options.maxQueued;
      activations = options.activations;
      packing = options.packing;
      draft = options.draft;
      listener = options.listener;
    }

    LoadOptions options() {
      return new LoadOptions(
          threads,
          contextLength,
          cacheType,
          cacheBytes,
          maxQueued,
          activations,
          packing,
          draft,
          listener);
    }
  }
}
