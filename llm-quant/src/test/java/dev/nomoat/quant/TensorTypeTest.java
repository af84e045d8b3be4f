package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTypeTest {
  @ParameterizedTest
  @CsvSource({
    "F32, 0, 1, 4",
    "F16, 1, 1, 2",
    "Q4_0, 2, 32, 18",
    "Q4_1, 3, 32, 20",
    "Q5_0, 6, 32, 22",
    "Q5_1, 7, 32, 24",
    "Q8_0, 8, 32, 34",
    "Q8_1, 9, 32, 36",
    "Q2_K, 10, 256, 84",
    "Q3_K, 11, 256, 110",
    "Q4_K, 12, 256, 144",
    "Q5_K, 13, 256, 176",
    "Q6_K, 14, 256, 210",
    "Q8_K, 15, 256, 292",
    "IQ2_XXS, 16, 256, 66",
    "IQ2_XS, 17, 256, 74",
    "IQ3_XXS, 18, 256, 98",
    "IQ1_S, 19, 256, 50",
    "IQ4_NL, 20, 32, 18",
    "IQ3_S, 21, 256, 110",
    "IQ2_S, 22, 256, 82",
    "IQ4_XS, 23, 256, 136",
    "I8, 24, 1, 1",
    "I16, 25, 1, 2",
    "I32, 26, 1, 4",
    "I64, 27, 1, 8",
    "F64, 28, 1, 8",
    "IQ1_M, 29, 256, 56",
    "BF16, 30, 1, 2",
    "TQ1_0, 34, 256, 54",
    "TQ2_0, 35, 256, 66",
    "MXFP4, 39, 32, 17",
    "NVFP4, 40, 64, 36",
  })
  void knowsIdAndBlock(TensorType type, int id, int blockElements, int blockBytes) {
    assertThat(type.id()).isEqualTo(id);
    assertThat(type.blockElements()).isEqualTo(blockElements);
    assertThat(type.blockBytes()).isEqualTo(blockBytes);
    assertThat(TensorType.ofId(id)).contains(type);
    assertThat(TensorType.describeId(id)).isEqualTo(type.name());
  }

  @Test
  void everyTypeIsInTheTableAbove() {
    assertThat(TensorType.values()).hasSize(33);
    assertThat(Arrays.stream(TensorType.values()).map(TensorType::id)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "4, Q4_2",
    "5, Q4_3",
    "31, Q4_0_4_4",
    "32, Q4_0_4_8",
    "33, Q4_0_8_8",
    "36, IQ4_NL_4_4",
    "37, IQ4_NL_4_8",
    "38, IQ4_NL_8_8",
  })
  void namesRemovedTypes(int id, String name) {
    assertThat(TensorType.ofId(id)).isEmpty();
    assertThat(TensorType.describeId(id)).isEqualTo(name + " (removed)");
  }

  @ParameterizedTest
  @ValueSource(ints = {77, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
  void saysThatAnIdIsUnknown(int id) {
    assertThat(TensorType.ofId(id)).isEmpty();
    assertThat(TensorType.describeId(id)).isEqualTo("unknown type " + Integer.toUnsignedString(id));
  }

  @ParameterizedTest
  @EnumSource
  void rowTakesWholeBlocks(TensorType type) {
    assertThat(type.rowBytes(type.blockElements())).isEqualTo(type.blockBytes());
    assertThat(type.rowBytes(7L * type.blockElements())).isEqualTo(7L * type.blockBytes());
  }

  @Test
  void rowSizeIsExactBeyondInts() {
    assertThat(TensorType.F32.rowBytes(1L << 40)).isEqualTo(1L << 42);
    assertThat(TensorType.I64.rowBytes(Long.MAX_VALUE / 8)).isEqualTo(Long.MAX_VALUE - 7);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 0",
    "F32, -4",
    "Q4_0, 0",
    "Q4_0, -32",
    "Q4_0, 31",
    "Q4_0, 33",
    "Q6_K, 128",
    "NVFP4, 32",
    "F32, 2305843009213693952",
    "Q8_K, 9223372036854775552",
  })
  void refusesImpossibleRows(TensorType type, long cols) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> type.rowBytes(cols))
        .withMessageContaining(type.name())
        .withMessageContaining(String.valueOf(cols));
  }
}
