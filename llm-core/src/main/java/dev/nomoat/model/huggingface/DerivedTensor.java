package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.nio.file.Path;
import java.util.List;

/** A tensor whose numbers are those of another, in another order or form. */
abstract class DerivedTensor implements SourceTensor {
  private final String name;
  private final List<Long> shape;
  private final TensorType type;
  final SourceTensor source;

  DerivedTensor(String name, List<Long> shape, TensorType type, SourceTensor source) {
    this.name = name;
    this.shape = List.copyOf(shape);
    this.type = type;
    this.source = source;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final TensorType type() {
    return type;
  }

  @Override
  public final List<Long> shape() {
    return shape;
  }

  @Override
  public final Path file() {
    return source.file();
  }

  @Override
  public long offset(long row) {
    return source.offset(0);
  }
}
