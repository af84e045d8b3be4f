package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProposalLengthTest {
  private final ProposalLength length = new ProposalLength();

  @Test
  void successAsksForMore() {
    assertThat(length.next()).isEqualTo(4);
    length.judge(4, 4);
    assertThat(length.next()).isEqualTo(8);
    length.judge(8, 8);
    length.judge(16, 16);
    assertThat(length.next()).isEqualTo(16);
  }

  @Test
  void halfASuccessAsksForLittleMoreThanWasRight() {
    length.judge(4, 2);
    assertThat(length.next()).isEqualTo(3);
  }

  @Test
  void failureAsksForAPauseThatGrows() {
    length.judge(4, 0);
    assertThat(length.next()).isZero();
    assertThat(length.next()).isEqualTo(1);
    length.judge(1, 0);
    assertThat(pause()).isEqualTo(3);
    for (int i = 0; i < 5; i++) {
      length.judge(1, 0);
    }
    assertThat(pause()).isEqualTo(16);
    length.judge(1, 1);
    assertThat(length.next()).isEqualTo(2);
  }

  private int pause() {
    int steps = 0;
    while (length.next() == 0) {
      steps++;
    }
    return steps;
  }
}
