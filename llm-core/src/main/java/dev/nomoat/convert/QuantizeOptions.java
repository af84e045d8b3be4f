package dev.nomoat.convert;

import dev.nomoat.LoadListener;
import dev.nomoat.LoadOptions;
import dev.nomoat.measure.ImportanceMatrix;
import dev.nomoat.quant.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a model is quantised. Immutable.
 *
 * @param mix which formats the matrices get
 * @param pure whether all get the mix's own format, where their shape allows it
 * @param importance how much each column counts, if that was measured
 * @param overrides formats of single tensors; the first that matches counts
 * @param requantize whether matrices that are quantised already may be quantised again
 * @param threads how many threads encode; 0 for one for each processor
 * @param listener hears of the progress, in bytes of the input
 */
public record QuantizeOptions(
    QuantizationMix mix,
    boolean pure,
    Optional<ImportanceMatrix> importance,
    List<TypeOverride> overrides,
    boolean requantize,
    int threads,
    LoadListener listener) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the threads are negative or more than {@value
   *     LoadOptions#MOST_THREADS}
   */
  public QuantizeOptions {
    Objects.requireNonNull(mix, "mix");
    Objects.requireNonNull(listener, "listener");
    overrides = List.copyOf(overrides);
    if (threads < 0 || threads > LoadOptions.MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be 0 to %d, not %d".formatted(LoadOptions.MOST_THREADS, threads));
    }
  }

  /**
   * A mix, and nothing special.
   *
   * @param mix which formats the matrices get
   * @return the options
   */
  public static QuantizeOptions of(QuantizationMix mix) {
    return new QuantizeOptions(
        mix, false, Optional.empty(), List.of(), false, 0, (done, total) -> {});
  }

  /**
   * Gives all matrices the mix's own format, embeddings and output head too.
   *
   * @param value whether to
   * @return other options
   */
  public QuantizeOptions withPure(boolean value) {
    return new QuantizeOptions(mix, value, importance, overrides, requantize, threads, listener);
  }

  /**
   * Lets columns count as much as was measured.
   *
   * @param value the measured importance
   * @return other options
   */
  public QuantizeOptions withImportance(ImportanceMatrix value) {
    return new QuantizeOptions(
        mix, pure, Optional.of(value), overrides, requantize, threads, listener);
  }

  /**
   * Gives some tensors another format. Earlier calls count first.
   *
   * @param name a regular expression, found anywhere in the tensor's name, such as {@code attn_v}
   *     or {@code ^output\.weight$}
   * @param type what they get
   * @return other options
   * @throws IllegalArgumentException if the expression is malformed, or there is no encoder for the
   *     type
   */
  public QuantizeOptions withType(String name, TensorType type) {
    List<TypeOverride> more = new ArrayList<>(overrides);
    more.add(new TypeOverride(Pattern.compile(name), type));
    return new QuantizeOptions(mix, pure, importance, more, requantize, threads, listener);
  }

  /**
   * Allows that what is quantised already is quantised again, which loses more than quantising
   * once.
   *
   * @param value whether to
   * @return other options
   */
  public QuantizeOptions withRequantize(boolean value) {
    return new QuantizeOptions(mix, pure, importance, overrides, value, threads, listener);
  }

  /**
   * Sets how many threads encode.
   *
   * @param value 0 for one for each processor
   * @return other options
   * @throws IllegalArgumentException if it is negative or more than {@value
   *     LoadOptions#MOST_THREADS}
   */
  public QuantizeOptions withThreads(int value) {
    return new QuantizeOptions(mix, pure, importance, overrides, requantize, value, listener);
  }

  /**
   * Sets who hears of the progress.
   *
   * @param value called on the thread that quantises, with bytes of the input
   * @return other options
   */
  public QuantizeOptions withListener(LoadListener value) {
    return new QuantizeOptions(mix, pure, importance, overrides, requantize, threads, value);
  }
}
