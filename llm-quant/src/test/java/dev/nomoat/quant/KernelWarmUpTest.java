package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelWarmUpTest {
  private static final List<TensorType> TYPES =
      Arrays.stream(TensorType.values()).filter(PackedMatrix::supports).toList();

  @Test
  void productsOfAllTypesBecomeFast() {
    assertThat(Kernels.best().warmUp(TYPES, true, Duration.ofMinutes(3))).isTrue();
    assertThat(Kernels.best().warmUp(TYPES, false, Duration.ofMinutes(3))).isTrue();
  }

  @Test
  void givesUpWhenTimeIsUp() {
    assertThat(Kernels.best().warmUp(TYPES, true, Duration.ZERO)).isFalse();
  }
}
