package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();

  @Test
  void showsEachPercentOnceAndWipesItsLine() {
    try (var bar =
        new ProgressBar(new PrintStream(terminal, true, StandardCharsets.UTF_8), "loading")) {
      bar.progress(500_000_000, 1_000_000_000);
      bar.progress(500_000_001, 1_000_000_000);
      bar.progress(1_000_000_000, 1_000_000_000);
    }

    String[] shown = terminal.toString(StandardCharsets.UTF_8).split("\r");
    assertThat(shown).hasSize(4);
    assertThat(shown[1]).isEqualTo("loading [" + "#".repeat(20) + ".".repeat(20) + "] 50 %");
    assertThat(shown[2]).isEqualTo("loading [" + "#".repeat(40) + "] 100 %");
    assertThat(shown[3]).isBlank().hasSameSizeAs(shown[2]);
  }

  @Test
  void isSilentForASmallModel() {
    try (var bar =
        new ProgressBar(new PrintStream(terminal, true, StandardCharsets.UTF_8), "loading")) {
      bar.progress(1_000_000, 4_000_000);
      bar.progress(4_000_000, 4_000_000);
    }

    assertThat(terminal.size()).isZero();
  }
}
