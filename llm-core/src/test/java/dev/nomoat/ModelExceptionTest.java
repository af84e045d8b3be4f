package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ModelExceptionTest {
  private static final Path FILE = Path.of("model.gguf");

  @Test
  void formatExceptionSaysWhereAndWhat() {
    ModelFormatException e = new ModelFormatException(FILE, 1L << 40, "a count", "-1");
    assertThat(e.file()).isEqualTo(FILE);
    assertThat(e.offset()).isEqualTo(1L << 40);
    assertThat(e.expected()).isEqualTo("a count");
    assertThat(e.found()).isEqualTo("-1");
    assertThat(e).hasMessage("model.gguf: at byte 1099511627776: expected a count, found -1");
    assertThat(e).hasNoCause();
  }

  @Test
  void formatExceptionKeepsItsCause() {
    ArithmeticException cause = new ArithmeticException("overflow");
    ModelFormatException e = new ModelFormatException(FILE, 8, "a size", "too much", cause);
    assertThat(e).hasMessage("model.gguf: at byte 8: expected a size, found too much");
    assertThat(e).hasCause(cause);
    assertThat(e.offset()).isEqualTo(8);
  }

  @Test
  void unsupportedExceptionNamesTheFeature() {
    UnsupportedModelException e =
        new UnsupportedModelException("architecture rwkv6", "llama is supported");
    assertThat(e.feature()).isEqualTo("architecture rwkv6");
    assertThat(e.file()).isEmpty();
    assertThat(e.offset()).isEmpty();
    assertThat(e).hasMessage("unsupported: architecture rwkv6: llama is supported");
  }

  @Test
  void unsupportedExceptionPointsAtThePlace() {
    UnsupportedModelException e =
        new UnsupportedModelException(FILE, 4, "GGUF version 1", "2 and 3 can be read");
    assertThat(e.feature()).isEqualTo("GGUF version 1");
    assertThat(e.file()).contains(FILE);
    assertThat(e.offset()).hasValue(4);
    assertThat(e)
        .hasMessage("model.gguf: at byte 4: unsupported: GGUF version 1: 2 and 3 can be read");
  }
}
