package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalDistributionTest {
  /** Published values. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0",
    "0.75, 0.674489750196082",
    "0.8, 0.841621233572914",
    "0.95, 1.644853626951473",
    "0.975, 1.959963984540054",
    "0.99, 2.326347874040841",
    "0.999, 3.090232306167814"
  })
  void quantilesAreThoseOfTheTables(double probability, double quantile) {
    assertThat(NormalDistribution.quantile(probability)).isCloseTo(quantile, within(1e-12));
    assertThat(NormalDistribution.quantile(1 - probability)).isCloseTo(-quantile, within(1e-12));
  }
}
