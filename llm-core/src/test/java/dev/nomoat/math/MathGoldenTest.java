package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("widths")
class MathGoldenTest {
  @Test
  void resultsHaveTheSameBitsAtEveryVectorWidth() {
    // the second time compiled, the first time perhaps not
    assertThat(MathGoldens.compute()).isEqualTo(MathGoldens.EXPECTED);
    assertThat(MathGoldens.compute()).isEqualTo(MathGoldens.EXPECTED);
  }
}
