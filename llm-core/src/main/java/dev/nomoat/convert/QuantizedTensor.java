package dev.nomoat.convert;

import dev.nomoat.quant.TensorType;
import java.util.List;

/**
 * What became of a tensor.
 *
 * @param name its name
 * @param shape its dimensions, outermost first
 * @param from the format it had
 * @param to the format it has now
 * @param wanted the format it would have if its rows were multiples of that format's block
 */
public record QuantizedTensor(
    String name, List<Long> shape, TensorType from, TensorType to, TensorType wanted) {
  /** Copies the shape. */
  public QuantizedTensor {
    shape = List.copyOf(shape);
  }

  /**
   * What it takes now.
   *
   * @return bytes
   */
  public long byteSize() {
    return rows() * to.rowBytes(shape.getLast());
  }

  /**
   * How many numbers it has.
   *
   * @return the product of the dimensions
   */
  public long elements() {
    return rows() * shape.getLast();
  }

  private long rows() {
    return shape.stream().limit(shape.size() - 1L).reduce(1L, Math::multiplyExact);
  }
}
