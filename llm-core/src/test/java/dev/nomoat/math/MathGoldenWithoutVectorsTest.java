package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("novector")
class MathGoldenWithoutVectorsTest {
  @Test
  void resultsHaveTheSameBitsAsWithVectors() {
    assertThat(MathGoldens.compute()).isEqualTo(MathGoldens.EXPECTED);
  }
}
