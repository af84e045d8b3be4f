package dev.nomoat.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TemperatureTest {
  @Test
  void theFactorGrowsWithEachLength() {
    Temperature fromZero = new Temperature(0.1f, 100, 0);
    assertThat(fromZero.at(0)).isEqualTo(1);
    assertThat(fromZero.at(99)).isEqualTo(1);
    assertThat(fromZero.at(100)).isEqualTo((float) (1 + 0.1f * Math.log(2)));
    assertThat(fromZero.at(299)).isEqualTo((float) (1 + 0.1f * Math.log(3)));
    Temperature fromOne = new Temperature(0.1f, 100, 1);
    assertThat(fromOne.at(98)).isEqualTo(1);
    assertThat(fromOne.at(99)).isEqualTo(fromZero.at(100));
    assertThat(fromOne.at(Integer.MAX_VALUE)).isGreaterThan(2.5f);
  }
}
