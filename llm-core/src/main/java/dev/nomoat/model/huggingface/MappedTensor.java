package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A tensor with each number replaced by a function of it, as F32. */
public final class MappedTensor extends DerivedTensor {
  private final Function function;

  /** A function of a number. */
  @FunctionalInterface
  private interface Function {
    float of(float x);
  }

  private MappedTensor(SourceTensor source, Function function) {
    super(source.name(), source.shape(), TensorType.F32, source);
    this.function = function;
  }

  /** Adds 1: for gains that are stored as what they differ from 1 by. */
  static SourceTensor plusOne(SourceTensor source) {
    return map(source, x -> x + 1);
  }

  /**
   * −exp(x): for rates of decay that are stored as logarithms.
   *
   * @param source a tensor
   * @return a tensor of the same shape
   */
  public static SourceTensor minusExp(SourceTensor source) {
    return map(source, x -> -(float) StrictMath.exp(x));
  }

  /** The same numbers. */
  static SourceTensor decoded(SourceTensor source) {
    return map(source, x -> x);
  }

  /** Maps, unless the numbers cannot be decoded: then the tensor will be refused. */
  private static SourceTensor map(SourceTensor source, Function function) {
    return BlockCodec.supports(source.type()) ? new MappedTensor(source, function) : source;
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    float[] numbers = source.numbers(firstRow, rows);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = function.of(numbers[i]);
    }
    BlockCodec.of(TensorType.F32).encode(numbers, 0, target, 0, numbers.length);
  }
}
