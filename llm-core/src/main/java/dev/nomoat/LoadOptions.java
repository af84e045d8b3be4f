package dev.nomoat;

import java.util.Objects;

/**
 * How a model is loaded and run. Immutable; start from {@link #defaults()}.
 *
 * @param threads how many threads compute; 0 for as many as there are processors
 * @param contextLength the most tokens that a sequence may hold, prompt and generated ones
 *     together; 0 for what the model was trained for
 * @param cacheType the number format of the key/value cache
 * @param activations how exactly the inputs of products with quantised weights are represented
 * @param packing what full-precision weights become
 * @param listener is told how far the loading has come
 */
public record LoadOptions(
    int threads,
    int contextLength,
    CacheType cacheType,
    ActivationPrecision activations,
    WeightPacking packing,
    LoadListener listener) {
  /** Threads of a model, at most. */
  public static final int MOST_THREADS = 1024;

  // One object, so that two option sets without a listener are equal.
  private static final LoadListener SILENT = (bytesDone, bytesTotal) -> {};

  private static final LoadOptions DEFAULTS =
      new LoadOptions(
          0, 0, CacheType.F16, ActivationPrecision.FAST, WeightPacking.AS_STORED, SILENT);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if {@code threads} or {@code contextLength} is negative, or
   *     {@code threads} more than {@value #MOST_THREADS}
   */
  public LoadOptions {
    Require.notNegative(threads, "threads");
    if (threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be at most %d, not %d".formatted(MOST_THREADS, threads));
    }
    Require.notNegative(contextLength, "contextLength");
    Objects.requireNonNull(cacheType, "cacheType");
    Objects.requireNonNull(activations, "activations");
    Objects.requireNonNull(packing, "packing");
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
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
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
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
  }

  /**
   * These options with another number format of the key/value cache.
   *
   * @param cacheType the number format
   * @return new options
   */
  public LoadOptions withCacheType(CacheType cacheType) {
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
  }

  /**
   * These options with another precision of activations.
   *
   * @param activations how exactly the inputs of products with quantised weights are represented
   * @return new options
   */
  public LoadOptions withActivations(ActivationPrecision activations) {
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
  }

  /**
   * These options with another packing of full-precision weights.
   *
   * @param packing what they become
   * @return new options
   */
  public LoadOptions withPacking(WeightPacking packing) {
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
  }

  /**
   * These options with another listener.
   *
   * @param listener is told how far the loading has come
   * @return new options
   */
  public LoadOptions withListener(LoadListener listener) {
    return new LoadOptions(threads, contextLength, cacheType, activations, packing, listener);
  }
}
