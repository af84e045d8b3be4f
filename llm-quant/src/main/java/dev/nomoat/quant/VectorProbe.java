package dev.nomoat.quant;

import dev.nomoat.quant.simd.FitLoops;
import dev.nomoat.quant.simd.InnerLoops;
import dev.nomoat.quant.simd.VectorFitLoops;
import dev.nomoat.quant.simd.VectorLoops;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.VectorShape;

/**
 * Looks at the vector hardware. Loaded only when the module {@code jdk.incubator.vector} is
 * present.
 */
final class VectorProbe {
  private VectorProbe() {}

  /**
   * The vector loops, or empty when the hardware's vectors are too short to gain from them, or hold
   * the upper byte of a short first.
   */
  static Optional<InnerLoops> loops() {
    return VectorShape.preferredShape().vectorBitSize() < 128
            || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN
        ? Optional.empty()
        : Optional.of(new VectorLoops());
  }

  /** The vector loops of encoders, where there are such {@link #loops}. */
  static FitLoops fitLoops() {
    return new VectorFitLoops();
  }
}
