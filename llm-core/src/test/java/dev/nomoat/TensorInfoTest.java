package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.quant.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorInfoTest {
  @Test
  void isEqualByContentAndKeepsItsOwnCopyOfTheShape() {
    List<Long> shape = new ArrayList<>(List.of(2L, 3L));
    TensorInfo info = new TensorInfo("w", TensorType.F32, shape, 24);
    shape.clear();
    assertThat(info).isEqualTo(new TensorInfo("w", TensorType.F32, List.of(2L, 3L), 24));
  }

  @Test
  void hasANameAndPositiveDimensions() {
    refuses("", List.of(1L), 4, "a tensor needs a name");
    refuses("w", List.of(1L, 0L), 4, "[1, 0]");
    refuses("w", List.of(-1L), 4, "[-1]");
    refuses("w", List.of(1L), -4, "bytes must not be negative");
  }

  private static void refuses(String name, List<Long> shape, long bytes, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TensorInfo(name, TensorType.F32, shape, bytes))
        .withMessageContaining(message);
  }
}
