package dev.nomoat;

import dev.nomoat.quant.TensorType;
import java.util.List;
import java.util.Objects;

/**
 * One tensor of a model file, as the file describes it. Immutable.
 *
 * @param name the tensor's name, as in {@code "blk.0.attn_q.weight"}
 * @param type the number format
 * @param shape the dimensions, outermost first, each positive
 * @param bytes how many bytes the tensor takes in the file
 */
public record TensorInfo(String name, TensorType type, List<Long> shape, long bytes) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the name is empty, a dimension is not positive, or {@code
   *     bytes} is negative
   */
  public TensorInfo {
    Objects.requireNonNull(type, "type");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tensor needs a name");
    }
    shape = List.copyOf(shape);
    for (long dimension : shape) {
      if (dimension <= 0) {
        throw new IllegalArgumentException("the shape of %s is %s".formatted(name, shape));
      }
    }
    Require.notNegative(bytes, "bytes");
  }
}
