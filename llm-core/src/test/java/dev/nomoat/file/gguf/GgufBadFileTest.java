package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of fault is reported where it is. */
class GgufBadFileTest {
  @TempDir Path folder;

  private static LongStream impossibleSizes() {
    return LongStream.of(
        1L << 20, 1L << 31, 1L << 32, 1L << 61, Long.MAX_VALUE, Long.MIN_VALUE, -1);
  }

  /** Opens the file and expects a fault at the offset. */
  private ModelFormatException fault(GgufBytes bytes, long offset) throws IOException {
    Path file = bytes.write(folder.resolve("bad.gguf"));
    ModelFormatException e =
        catchThrowableOfType(ModelFormatException.class, () -> GgufFile.open(file).close());
    assertThat(e).as("the fault").isNotNull();
    assertThat(e.file()).isEqualTo(file);
    assertThat(e.offset()).as(e.getMessage()).isEqualTo(offset);
    return e;
  }

  private UnsupportedModelException unsupported(GgufBytes bytes, long offset) throws IOException {
    Path file = bytes.write(folder.resolve("unsupported.gguf"));
    UnsupportedModelException e =
        catchThrowableOfType(UnsupportedModelException.class, () -> GgufFile.open(file).close());
    assertThat(e).as("what is not supported").isNotNull();
    assertThat(e.file()).contains(file);
    assertThat(e.offset()).as(e.getMessage()).hasValue(offset);
    return e;
  }

  @Test
  void emptyFile() throws IOException {
    assertThat(fault(new GgufBytes(), 0)).hasMessageContaining("0 bytes left");
  }

  @Test
  void otherFile() throws IOException {
    assertThat(fault(new GgufBytes().ascii("version https://git-lfs"), 0))
        .hasMessageContaining("\"GGUF\"")
        .hasMessageContaining("\"vers\"");
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "5, 4", "8, 8", "12, 8", "16, 16", "23, 16"})
  void headCutOff(int length, int offset) throws IOException {
    Path whole = GgufBytes.head(0, 0).write(folder.resolve("whole.gguf"));
    byte[] bytes = Arrays.copyOf(Files.readAllBytes(whole), length);
    fault(new GgufBytes().raw(bytes), offset);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 77, -1})
  void otherVersion(int version) throws IOException {
    assertThat(unsupported(GgufBytes.head(version, 0, 0), 4).feature())
        .isEqualTo("GGUF version " + Integer.toUnsignedString(version));
  }

  @Test
  void versionZero() throws IOException {
    fault(GgufBytes.head(0, 0, 0), 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void bigEndian(int version) throws IOException {
    assertThat(unsupported(GgufBytes.head(Integer.reverseBytes(version), 0, 0), 4).feature())
        .isEqualTo("big-endian GGUF");
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void tensorCount(long count) throws IOException {
    assertThat(fault(GgufBytes.head(count, 0).zeros(1000), 8))
        .hasMessageContaining(Long.toUnsignedString(count));
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void keyCount(long count) throws IOException {
    fault(GgufBytes.head(0, count).zeros(1000), 16);
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void keyLength(long length) throws IOException {
    fault(GgufBytes.head(0, 1).u64(length).zeros(1000), 24);
  }

  @Test
  void keyLongerThanTheFile() throws IOException {
    fault(GgufBytes.head(0, 1).u64(100).zeros(99), 32);
  }

  @Test
  void emptyKey() throws IOException {
    fault(GgufBytes.head(0, 1).key("", 4).u32(1).zeros(8), 24);
  }

  @Test
  void keyNotUtf8() throws IOException {
    fault(GgufBytes.head(0, 1).u64(2).raw((byte) 0xc3, (byte) 0x28).u32(4).u32(1), 32);
  }

  @Test
  void keyTwice() throws IOException {
    GgufBytes bytes = GgufBytes.head(0, 2).key("general.name", 4).u32(1);
    int offset = bytes.position();
    assertThat(fault(bytes.key("general.name", 5).u32(2), offset))
        .hasMessageContaining("general.name");
  }

  @ParameterizedTest
  @ValueSource(ints = {13, 255, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
  void valueType(int type) throws IOException {
    fault(GgufBytes.head(0, 1).key("key", type).zeros(100), 35);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 1", "3, 1", "4, 3", "5, 3", "6, 3", "7, 0", "8, 7", "9, 3"})
  void valueCutOff(int type, int bytes) throws IOException {
    // One key takes 14 bytes at least, so a longer name makes the count pass.
    GgufBytes file = GgufBytes.head(0, 1).key("long key", type);
    int offset = file.position();
    fault(file.zeros(bytes), offset);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 128, 255})
  void truthValue(int value) throws IOException {
    fault(GgufBytes.head(0, 1).key("key", 7).u8(value), 39);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 255})
  void truthValueInArray(int value) throws IOException {
    fault(GgufBytes.head(0, 1).array("key", 7, 3).u8(1).u8(0).u8(value), 53);
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void stringLength(long length) throws IOException {
    fault(GgufBytes.head(0, 1).key("key", 8).u64(length).zeros(1000), 39);
  }

  static IntStream elementTypes() {
    return IntStream.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12);
  }

  @ParameterizedTest
  @MethodSource("elementTypes")
  void arrayCount(int type) throws IOException {
    for (long count : impossibleSizes().toArray()) {
      fault(GgufBytes.head(0, 1).array("key", type, count).zeros(1000), 43);
    }
    int bytes = GgufValueType.ofId(type).orElseThrow().minBytes();
    fault(GgufBytes.head(0, 1).array("key", type, 3).zeros(3 * bytes - 1), 43);
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void stringLengthInArray(long length) throws IOException {
    GgufBytes bytes = GgufBytes.head(0, 1).array("key", 8, 2).string("ab").u64(length);
    int offset = bytes.position();
    fault(bytes.zeros(1000), offset);
  }

  @Test
  void arrayOfArrays() throws IOException {
    assertThat(fault(GgufBytes.head(0, 1).array("key", 9, 1).u32(4).u64(0), 39))
        .hasMessageContaining("array of arrays");
  }

  @ParameterizedTest
  @ValueSource(ints = {13, -1})
  void elementType(int type) throws IOException {
    fault(GgufBytes.head(0, 1).array("key", type, 1).zeros(100), 39);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4, 7, 24, 33, 1L << 21, 1L << 31, 0xffff_ffffL})
  void alignment(long alignment) throws IOException {
    fault(GgufBytes.head(0, 1).key("general.alignment", 4).u32(alignment), 53);
  }

  @Test
  void alignmentOfAnotherType() throws IOException {
    fault(GgufBytes.head(0, 1).key("general.alignment", 10).u64(32), 53);
    fault(GgufBytes.head(0, 1).key("general.alignment", 5).u32(32), 53);
    fault(GgufBytes.head(0, 1).key("general.alignment", 8).string("32"), 53);
  }

  @Test
  void emptyTensorName() throws IOException {
    fault(GgufBytes.head(1, 0).tensor("", 0, 0, 4).zeros(100), 24);
  }

  @Test
  void tensorNameNotUtf8() throws IOException {
    fault(GgufBytes.head(1, 0).u64(1).raw((byte) 0xff).zeros(100), 32);
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void tensorNameLength(long length) throws IOException {
    fault(GgufBytes.head(1, 0).u64(length).zeros(1000), 24);
  }

  @Test
  void tensorTwice() throws IOException {
    GgufBytes bytes = GgufBytes.head(2, 0).tensor("t", 0, 0, 4);
    int offset = bytes.position();
    assertThat(fault(bytes.tensor("t", 0, 32, 4).zeros(100), offset))
        .hasMessageContaining("\"t\" again");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 255, Integer.MAX_VALUE, -1})
  void dimensions(int dimensions) throws IOException {
    fault(GgufBytes.head(1, 0).string("t").u32(dimensions).zeros(1000), 33);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void dimension(long dimension) throws IOException {
    fault(GgufBytes.head(1, 0).tensor("t", 0, 0, 4, dimension).zeros(100), 45);
    fault(GgufBytes.head(1, 0).tensor("t", 0, 0, dimension, 4).zeros(100), 37);
  }

  @Test
  void productTooLarge() throws IOException {
    long[][] shapes = {
      {1L << 32, 1L << 31},
      {1L << 32, 1L << 32},
      {1L << 62, 4, 4, 4},
      {1L << 16, 1L << 16, 1L << 16, 1L << 16},
      {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE},
      {1L << 61},
    };
    for (long[] shape : shapes) {
      fault(GgufBytes.head(1, 0).tensor("t", 0, 0, shape).zeros(100), 37);
    }
    // 2^63 elements of two bits would fit in 2^61 bytes.
    fault(GgufBytes.head(1, 0).tensor("t", 35, 0, 1L << 31, 1L << 32).zeros(100), 37);
  }

  @ParameterizedTest
  @CsvSource({"2, 31", "2, 33", "8, 1", "12, 128", "14, 257", "39, 16", "40, 32"})
  void rowNotAMultipleOfTheBlock(int type, int cols) throws IOException {
    assertThat(fault(GgufBytes.head(1, 0).tensor("t", type, 0, cols, 32).zeros(100_000), 37))
        .hasMessageContaining("multiple of");
  }

  @ParameterizedTest
  @CsvSource({
    "4, Q4_2 (removed)",
    "38, IQ4_NL_8_8 (removed)",
    "77, unknown type 77",
    "-1, unknown type 4294967295",
  })
  void tensorType(int type, String name) throws IOException {
    assertThat(unsupported(GgufBytes.head(1, 0).tensor("t", type, 0, 256).zeros(1000), 45))
        .hasMessageContaining("\"t\"")
        .extracting(UnsupportedModelException::feature)
        .isEqualTo("tensor type " + name);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 8, 16, 33, -1, Long.MAX_VALUE})
  void offsetNotAligned(long offset) throws IOException {
    fault(GgufBytes.head(1, 0).tensor("t", 0, offset, 4).zeros(1000), 49);
  }

  @ParameterizedTest
  @ValueSource(longs = {1024, 1L << 40, Long.MAX_VALUE - 31, Long.MIN_VALUE, -32})
  void offsetOutsideTheFile(long offset) throws IOException {
    fault(GgufBytes.head(1, 0).tensor("t", 0, offset, 4).pad(32).zeros(1024), 49);
  }

  @Test
  void tensorDataCutOff() throws IOException {
    GgufBytes bytes = GgufBytes.head(2, 0).tensor("a", 0, 0, 8).tensor("b", 0, 32, 5);
    int offset = bytes.position() - 8;
    bytes.pad(32).zeros(32);
    assertThat(fault(bytes.zeros(19), offset)).hasMessageContaining("20 bytes");
    try (GgufFile file = GgufFile.open(bytes.zeros(1).write(folder.resolve("good.gguf")))) {
      assertThat(file.tensors()).hasSize(2);
    }
  }

  @Test
  void noTensorDataAtAll() throws IOException {
    fault(GgufBytes.head(1, 0).tensor("t", 24, 0, 1), 49);
  }

  @Test
  void overlap() throws IOException {
    // Listed out of order: "c" [64, 84) begins inside "a" [32, 72).
    GgufBytes bytes =
        GgufBytes.head(3, 0).tensor("a", 0, 32, 10).tensor("b", 0, 0, 8).tensor("c", 0, 64, 5);
    int offset = bytes.position() - 8;
    assertThat(fault(bytes.pad(32).zeros(200), offset))
        .hasMessageContaining("\"a\"")
        .hasMessageContaining("\"c\"");
  }

  @Test
  void twoTensorsAtTheSamePlace() throws IOException {
    GgufBytes bytes = GgufBytes.head(2, 0).tensor("a", 0, 0, 4).tensor("b", 0, 0, 4);
    int offset = bytes.position() - 8;
    fault(bytes.pad(32).zeros(200), offset);
  }

  @Test
  void gapsAndOtherOrdersAreAllowed() throws IOException {
    GgufBytes bytes = GgufBytes.head(2, 0).tensor("a", 0, 96, 4).tensor("b", 0, 0, 4).pad(32);
    try (GgufFile file = GgufFile.open(bytes.zeros(112).write(folder.resolve("good.gguf")))) {
      assertThat(file.tensors()).extracting(GgufTensor::name).containsExactly("a", "b");
    }
  }
}
