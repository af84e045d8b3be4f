package dev.nomoat.convert;

import dev.nomoat.TensorInfo;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where two models differ. Immutable.
 *
 * @param metadata the keys whose values differ
 * @param tensors the tensors that differ, in the order of the first model
 * @param sameTensors how many tensors are the same to the bit
 */
public record ModelDiff(List<ChangedKey> metadata, List<ChangedTensor> tensors, int sameTensors) {
  /** Numbers that are compared at once, in rows. */
  private static final int CHUNK = 1 << 20;

  /** Copies the lists. */
  public ModelDiff {
    metadata = List.copyOf(metadata);
    tensors = List.copyOf(tensors);
  }

  /**
   * A key whose values differ.
   *
   * @param key the key, as GGUF has it
   * @param first its value in the first model, as text: of lists the first element that differs,
   *     where they are equally long; with its type, where only that differs
   * @param second its value in the second
   */
  public record ChangedKey(String key, Optional<String> first, Optional<String> second) {}

  /**
   * A tensor that differs.
   *
   * @param name the name, as GGUF has it
   * @param first what it is in the first model
   * @param second what it is in the second
   * @param numbers how its numbers differ; empty when the shapes do, or only one model has it
   */
  public record ChangedTensor(
      String name,
      Optional<TensorInfo> first,
      Optional<TensorInfo> second,
      Optional<Difference> numbers) {}

  /**
   * How the decoded numbers of two tensors of one shape differ.
   *
   * @param rms square root of the mean square of the differences
   * @param relative the same, divided by that of the first tensor's numbers; NaN when those are all
   *     zero
   * @param largest the largest difference; NaN when a number is NaN in one tensor only
   * @param changed how many numbers differ; NaN does not differ from NaN
   */
  public record Difference(double rms, double relative, double largest, long changed) {}

  /**
   * Compares two models: metadata by value, tensors by bytes and, where those differ, by their
   * decoded numbers.
   *
   * @param first a GGUF file, the first of a set, or a Hugging Face folder
   * @param second likewise
   * @return the differences
   * @throws dev.nomoat.ModelFormatException if a model is damaged
   * @throws dev.nomoat.UnsupportedModelException if a folder holds a model that is not supported
   * @throws IOException if reading fails
   */
  public static ModelDiff of(Path first, Path second) throws IOException {
    try (ModelSource a = Families.open(first);
        ModelSource b = Families.open(second)) {
      List<ChangedTensor> changed = new ArrayList<>();
      int same = 0;
      for (SourceTensor tensor : a.tensors()) {
        Optional<ChangedTensor> change = compare(tensor, b.tensor(tensor.name()));
        change.ifPresent(changed::add);
        same += change.isEmpty() ? 1 : 0;
      }
      for (SourceTensor tensor : b.tensors()) {
        if (a.tensor(tensor.name()).isEmpty()) {
          changed.add(
              new ChangedTensor(
                  tensor.name(), Optional.empty(), Optional.of(info(tensor)), Optional.empty()));
        }
      }
      return new ModelDiff(keys(a.settings(), b.settings()), changed, same);
    }
  }

  /**
   * Whether nothing differs.
   *
   * @return true if metadata and tensors are the same
   */
  public boolean isEmpty() {
    return metadata.isEmpty() && tensors.isEmpty();
  }

  private static List<ChangedKey> keys(GgufMetadata first, GgufMetadata second) {
    Set<String> keys = new LinkedHashSet<>(first.keys());
    keys.addAll(second.keys());
    List<ChangedKey> changed = new ArrayList<>();
    for (String key : keys) {
      Optional<GgufValue> a = first.get(key);
      Optional<GgufValue> b = second.get(key);
      if (!a.equals(b)) {
        changed.add(new ChangedKey(key, shown(a, b), shown(b, a)));
      }
    }
    return changed;
  }

  private static Optional<String> shown(Optional<GgufValue> value, Optional<GgufValue> other) {
    return value.map(v -> other.map(o -> ChangedValue.shown(v, o)).orElseGet(v::toString));
  }

  private static TensorInfo info(SourceTensor tensor) {
    return new TensorInfo(tensor.name(), tensor.type(), tensor.shape(), tensor.byteSize());
  }

  /** What differs, if anything does. */
  private static Optional<ChangedTensor> compare(SourceTensor a, Optional<SourceTensor> other)
      throws IOException {
    Optional<Difference> numbers = Optional.empty();
    if (other.isPresent()) {
      SourceTensor b = other.get();
      boolean sameShape = a.shape().equals(b.shape());
      if (sameShape && a.type() == b.type() && sameBytes(a, b)) {
        return Optional.empty();
      }
      if (sameShape && BlockCodec.supports(a.type()) && BlockCodec.supports(b.type())) {
        numbers = Optional.of(difference(a, b));
      }
    }
    return Optional.of(
        new ChangedTensor(a.name(), Optional.of(info(a)), other.map(ModelDiff::info), numbers));
  }

  private static boolean sameBytes(SourceTensor a, SourceTensor b) throws IOException {
    int step = step(a);
    for (long row = 0; row < a.rows(); row += step) {
      int rows = (int) Math.min(step, a.rows() - row);
      if (!Arrays.equals(a.bytes(row, rows), b.bytes(row, rows))) {
        return false;
      }
    }
    return true;
  }

  private static Difference difference(SourceTensor a, SourceTensor b) throws IOException {
    double squares = 0;
    double ofFirst = 0;
    double largest = 0;
    long changed = 0;
    int step = step(a);
    for (long row = 0; row < a.rows(); row += step) {
      int rows = (int) Math.min(step, a.rows() - row);
      float[] x = a.numbers(row, rows);
      float[] y = b.numbers(row, rows);
      for (int i = 0; i < x.length; i++) {
        ofFirst += (double) x[i] * x[i];
        // infinities and NaN are equal to themselves, too
        if (x[i] == y[i] || (Float.isNaN(x[i]) && Float.isNaN(y[i]))) {
          continue;
        }
        double difference = Math.abs((double) y[i] - x[i]);
        squares += difference * difference;
        largest = Math.max(largest, difference);
        changed++;
      }
    }
    return new Difference(
        Math.sqrt(squares / a.elements()), Math.sqrt(squares / ofFirst), largest, changed);
  }

  private static int step(SourceTensor tensor) {
    return (int) Math.max(1, CHUNK / tensor.cols());
  }
}
