package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("widths")
class KernelsGoldenTest {
  @Test
  void productsHaveTheSameBitsAtEveryVectorWidth() {
    assertThat(KernelsGoldens.compute(Kernels.best())).isEqualTo(KernelsGoldens.EXPECTED);
  }

  @Test
  void scalarProductsHaveTheSameBits() {
    assertThat(KernelsGoldens.compute(Kernels.scalar())).isEqualTo(KernelsGoldens.EXPECTED);
  }
}
