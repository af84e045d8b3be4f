package dev.nomoat.convert;

import dev.nomoat.LoadListener;
import dev.nomoat.LoadOptions;
import dev.nomoat.quant.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a folder is converted. Immutable; start from {@link #defaults()}.
 *
 * @param type the number format of the matrices; empty to leave each as it is stored. Vectors,
 *     norms and a few small tensors that engines take in F32 alone are F32 whatever this says
 * @param overrides other formats of tensors by their name; of several that fit a name the first
 *     counts
 * @param preTokenizer what GGUF calls the way in which byte-level BPE splits text, such as {@code
 *     qwen2}; empty to find it from the folder's tokenizer
 * @param threads how many threads encode; 0 for as many as there are processors
 * @param listener hears of the progress, in bytes of the tensors that are read
 */
public record ConvertOptions(
    Optional<TensorType> type,
    List<TypeOverride> overrides,
    Optional<String> preTokenizer,
    int threads,
    LoadListener listener) {
  // One object, so that two option sets without a listener are equal.
  private static final LoadListener SILENT = (bytesDone, bytesTotal) -> {};

  private static final ConvertOptions DEFAULTS =
      new ConvertOptions(Optional.empty(), List.of(), Optional.empty(), 0, SILENT);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if there is no encoder for the type, or {@code threads} is
   *     negative or more than {@value LoadOptions#MOST_THREADS}
   */
  public ConvertOptions {
    type.ifPresent(TypeOverride::requireEncoder);
    overrides = List.copyOf(overrides);
    Objects.requireNonNull(preTokenizer, "preTokenizer");
    if (threads < 0 || threads > LoadOptions.MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be 0 to %d, not %d".formatted(LoadOptions.MOST_THREADS, threads));
    }
    Objects.requireNonNull(listener, "listener");
  }

  /**
   * All tensors as they are stored, with all processors.
   *
   * @return the options to start from
   */
  public static ConvertOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The same with another format of the matrices.
   *
   * @param type the format
   * @return the new options
   * @throws IllegalArgumentException if there is no encoder for it
   */
  public ConvertOptions withType(TensorType type) {
    return new ConvertOptions(Optional.of(type), overrides, preTokenizer, threads, listener);
  }

  /**
   * The same with another format for some tensors. Earlier calls count first.
   *
   * @param name a regular expression, found anywhere in the tensor's name in GGUF, such as {@code
   *     attn_v} or {@code ^output\.weight$}
   * @param type what they get
   * @return the new options
   * @throws IllegalArgumentException if the expression is malformed, or there is no encoder for the
   *     format
   */
  public ConvertOptions withType(String name, TensorType type) {
    List<TypeOverride> more = new ArrayList<>(overrides);
    more.add(new TypeOverride(Pattern.compile(name), type));
    return new ConvertOptions(this.type, more, preTokenizer, threads, listener);
  }

  /**
   * The same with a name for the way in which byte-level BPE splits text. The conversion still
   * refuses a name with which texts get other tokens than in the folder.
   *
   * @param name the name, such as {@code qwen2}
   * @return the new options
   */
  public ConvertOptions withPreTokenizer(String name) {
    return new ConvertOptions(type, overrides, Optional.of(name), threads, listener);
  }

  /**
   * The same with another number of threads.
   *
   * @param threads how many encode; 0 for as many as there are processors
   * @return the new options
   * @throws IllegalArgumentException if it is negative or more than {@value
   *     LoadOptions#MOST_THREADS}
   */
  public ConvertOptions withThreads(int threads) {
    return new ConvertOptions(type, overrides, preTokenizer, threads, listener);
  }

  /**
   * The same with somebody who is told how far the writing has come.
   *
   * @param listener who is told
   * @return the new options
   */
  public ConvertOptions withListener(LoadListener listener) {
    return new ConvertOptions(type, overrides, preTokenizer, threads, listener);
  }
}
