package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufMetadataTest {
  @TempDir Path folder;

  private GgufMetadata read(GgufBytes bytes) throws IOException {
    try (GgufFile gguf = GgufFile.open(bytes.write(folder.resolve("model.gguf")))) {
      return gguf.metadata();
    }
  }

  /** The value of the only key {@code k}. */
  private GgufMetadata one(int type, Function<GgufBytes, GgufBytes> value) throws IOException {
    return read(value.apply(GgufBytes.head(0, 1).key("k", type)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, ff, 255",
    "1, 1, ff, -1",
    "2, 2, ffff, 65535",
    "3, 2, 8000, -32768",
    "4, 4, ffffffff, 4294967295",
    "5, 4, 80000000, -2147483648",
    "10, 8, 7fffffffffffffff, 9223372036854775807",
    "11, 8, 8000000000000000, -9223372036854775808",
  })
  void keepsIntegersExactly(int type, int bytes, String hex, long expected) throws IOException {
    long bits = Long.parseUnsignedLong(hex, 16);
    GgufMetadata metadata =
        one(
            type,
            out -> {
              for (int i = 0; i < bytes; i++) {
                out.u8((int) (bits >>> (8 * i)));
              }
              return out;
            });
    assertThat(metadata.requireLong("k")).isEqualTo(expected);
    GgufValue value = metadata.get("k").orElseThrow();
    assertThat(value.type().id()).isEqualTo(type);
    assertThat(value).hasToString(String.valueOf(expected));
    if (expected == (int) expected) {
      assertThat(metadata.requireInt("k")).isEqualTo((int) expected);
    } else {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> metadata.requireInt("k"))
          .withMessageContaining(String.valueOf(expected));
    }
  }

  @Test
  void keepsUnsignedNumbersBeyondLong() throws IOException {
    GgufMetadata metadata = one(10, out -> out.u64(-1));
    assertThat(metadata.get("k")).contains(GgufValue.integer(GgufValueType.UINT64, -1));
    assertThat(metadata.get("k").orElseThrow()).hasToString("18446744073709551615");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.requireLong("k"))
        .withMessageContaining("UINT64 18446744073709551615");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.requireInt("k"));
  }

  @Test
  void readsTheOtherScalars() throws IOException {
    GgufMetadata metadata =
        read(
            GgufBytes.head(0, 6)
                .key("f32", 6)
                .u32(Float.floatToRawIntBits(1e-5f))
                .key("f64", 12)
                .u64(Double.doubleToRawLongBits(0.1))
                .key("yes", 7)
                .u8(1)
                .key("no", 7)
                .u8(0)
                .key("text", 8)
                .string("größer 😀")
                .key("latin1", 8)
                .u64(2)
                .raw((byte) 'x', (byte) 0xe9));
    assertThat(metadata.requireFloat("f32")).isEqualTo(1e-5f);
    assertThat(metadata.floating("f32")).hasValue(1e-5f);
    assertThat(metadata.floating("f64")).hasValue(0.1);
    assertThat(metadata.requireFloat("f64")).isEqualTo(0.1f);
    assertThat(metadata.bool("yes")).contains(true);
    assertThat(metadata.bool("no")).contains(false);
    assertThat(metadata.string("text")).contains("größer 😀");
    assertThat(metadata.requireString("latin1")).isEqualTo("x\ufffd");
    assertThat(metadata.keys()).containsExactly("f32", "f64", "yes", "no", "text", "latin1");
  }

  @Test
  void readsIntegerArraysOfEveryType() throws IOException {
    GgufMetadata metadata =
        read(
            GgufBytes.head(0, 8)
                .array("u8", 0, 2)
                .u8(1)
                .u8(255)
                .array("i8", 1, 2)
                .u8(1)
                .u8(255)
                .array("u16", 2, 2)
                .u16(1)
                .u16(65_535)
                .array("i16", 3, 2)
                .u16(1)
                .u16(65_535)
                .array("u32", 4, 2)
                .u32(1)
                .u32(0xffff_ffffL)
                .array("i32", 5, 2)
                .u32(1)
                .u32(0xffff_ffffL)
                .array("u64", 10, 2)
                .u64(1)
                .u64(-1)
                .array("i64", 11, 2)
                .u64(1)
                .u64(-1));
    assertThat(metadata.requireInts("u8")).containsExactly(1, 255);
    assertThat(metadata.requireInts("i8")).containsExactly(1, -1);
    assertThat(metadata.requireInts("u16")).containsExactly(1, 65_535);
    assertThat(metadata.requireInts("i16")).containsExactly(1, -1);
    assertThat(metadata.requireInts("i32")).containsExactly(1, -1);
    assertThat(metadata.requireInts("i64")).containsExactly(1, -1);
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.requireInts("u32"))
        .withMessageContaining("element 1 = 4294967295");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.requireInts("u64"))
        .withMessageContaining("element 1 = 18446744073709551615");
    GgufNumberArray unsigned = (GgufNumberArray) metadata.get("u64").orElseThrow();
    assertThat(unsigned.toBits()).containsExactly(1, -1);
    assertThat(((GgufNumberArray) metadata.get("u32").orElseThrow()).toLongs())
        .containsExactly(1, 4_294_967_295L);
  }

  @Test
  void readsTheOtherArrays() throws IOException {
    GgufMetadata metadata =
        read(
            GgufBytes.head(0, 5)
                .array("f32", 6, 2)
                .u32(Float.floatToRawIntBits(-0.0f))
                .u32(Float.floatToRawIntBits(Float.NaN))
                .array("f64", 12, 1)
                .u64(Double.doubleToRawLongBits(0.1))
                .array("bool", 7, 3)
                .u8(1)
                .u8(0)
                .u8(1)
                .array("tokens", 8, 4)
                .string("<s>")
                .string("")
                .u64(2)
                .raw((byte) 0xc3, (byte) 0x28)
                .string("é")
                .array("none", 8, 0));
    assertThat(metadata.requireFloats("f32")).containsExactly(-0.0f, Float.NaN);
    assertThat(metadata.requireFloats("f64")).containsExactly(0.1f);
    assertThat(((GgufNumberArray) metadata.get("f64").orElseThrow()).toDoubles())
        .containsExactly(0.1);
    assertThat(((GgufNumberArray) metadata.get("bool").orElseThrow()).toBools())
        .containsExactly(true, false, true);
    GgufStringArray tokens = metadata.requireStrings("tokens");
    assertThat(tokens.size()).isEqualTo(4);
    assertThat(tokens.toTexts()).containsExactly("<s>", "", "\ufffd(", "é");
    assertThat(tokens.bytes(2)).containsExactly(0xc3, 0x28);
    assertThat(tokens.bytes(3)).isEqualTo("é".getBytes(StandardCharsets.UTF_8));
    assertThat(tokens.bytes(1)).isEmpty();
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tokens.text(4));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tokens.bytes(-1));
    assertThat(metadata.requireStrings("none").size()).isZero();
  }

  @Test
  void takesPerLayerSettingsFromAScalarOrAnArray() throws IOException {
    GgufMetadata metadata =
        read(
            GgufBytes.head(0, 3)
                .key("scalar", 4)
                .u32(8)
                .array("array", 5, 3)
                .u32(1)
                .u32(2)
                .u32(3)
                .key("text", 8)
                .string("8"));
    assertThat(metadata.perLayerInts("scalar", 3)).hasValue(new int[] {8, 8, 8});
    assertThat(metadata.perLayerInts("array", 3)).hasValue(new int[] {1, 2, 3});
    assertThat(metadata.perLayerInts("absent", 3)).isEmpty();
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.perLayerInts("array", 4))
        .withMessageContaining("\"array\"")
        .withMessageContaining("array of 3 INT32");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.perLayerInts("text", 3));
    for (int layers : new int[] {0, -1, Integer.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> metadata.perLayerInts("scalar", layers));
    }
  }

  @Test
  void givesEmptyResultsForAbsentKeys() throws IOException {
    GgufMetadata metadata = read(GgufBytes.head(0, 0));
    assertThat(metadata.contains("k")).isFalse();
    assertThat(metadata.get("k")).isEmpty();
    assertThat(metadata.string("k")).isEmpty();
    assertThat(metadata.integer("k")).isEmpty();
    assertThat(metadata.longInteger("k")).isEmpty();
    assertThat(metadata.floating("k")).isEmpty();
    assertThat(metadata.bool("k")).isEmpty();
    assertThat(metadata.ints("k")).isEmpty();
    assertThat(metadata.floats("k")).isEmpty();
    assertThat(metadata.strings("k")).isEmpty();
  }

  private static List<Function<GgufMetadata, Object>> required() {
    return List.of(
        m -> m.requireString("k"),
        m -> m.requireInt("k"),
        m -> m.requireLong("k"),
        m -> m.requireFloat("k"),
        m -> m.requireInts("k"),
        m -> m.requireFloats("k"),
        m -> m.requireStrings("k"));
  }

  @Test
  void namesAKeyThatMustBeThere() throws IOException {
    GgufBytes bytes = GgufBytes.head(0, 1).key("other", 4).u32(1);
    GgufMetadata metadata = read(bytes);
    for (Function<GgufMetadata, Object> getter : required()) {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> getter.apply(metadata))
          .satisfies(e -> assertThat(e.expected()).contains("\"k\""))
          .satisfies(e -> assertThat(e.found()).isEqualTo("no such key"))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(bytes.position()))
          .satisfies(e -> assertThat(e.file()).isEqualTo(metadata.file()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bool", "nested"})
  void namesAKeyOfAnotherType(String kind) throws IOException {
    GgufBytes bytes = GgufBytes.head(0, 1);
    if (kind.equals("bool")) {
      bytes.key("k", 7);
    } else {
      bytes.key("k", 9);
    }
    int offset = bytes.position();
    if (kind.equals("bool")) {
      bytes.u8(1);
    } else {
      bytes.u32(7).u64(1).u8(1);
    }
    GgufMetadata metadata = read(bytes);
    for (Function<GgufMetadata, Object> getter : required()) {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> getter.apply(metadata))
          .satisfies(e -> assertThat(e.expected()).contains("\"k\""))
          .satisfies(
              e ->
                  assertThat(e.found())
                      .isEqualTo(kind.equals("bool") ? "BOOL true" : "array of 1 BOOL"))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(offset));
    }
  }

  @Test
  void quotesTextsShortAndClean() throws IOException {
    GgufMetadata metadata = one(8, out -> out.string("a\nb\u0000" + "x".repeat(1000)));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> metadata.bool("k"))
        .satisfies(
            e ->
                assertThat(e.found())
                    .startsWith("STRING \"a\\u000ab\\u0000xxx")
                    .endsWith("x…\"")
                    .hasSizeLessThan(100));
  }

  @Test
  void describesAFaultForTheCaller() throws IOException {
    GgufMetadata metadata = one(4, out -> out.u32(0));
    assertThat(metadata.fault("k", "a positive number"))
        .hasMessageEndingWith("expected a positive number for key \"k\", found UINT32 0");
    assertThat(metadata.fault("absent", "a number"))
        .hasMessageEndingWith("expected a number for key \"absent\", found no such key");
  }

  @Test
  void valuesCompareByContent() {
    assertThat(GgufStringArray.of(List.of("ab", "c")))
        .isEqualTo(GgufStringArray.of(List.of("ab", "c")))
        .hasSameHashCodeAs(GgufStringArray.of(List.of("ab", "c")))
        .isNotEqualTo(GgufStringArray.of(List.of("a", "bc")))
        .hasToString("array of 2 STRING");
    assertThat(GgufNumberArray.ofInts(1, 2))
        .isEqualTo(GgufNumberArray.ofIntegers(GgufValueType.INT32, 1, 2))
        .hasSameHashCodeAs(GgufNumberArray.ofInts(1, 2))
        .isNotEqualTo(GgufNumberArray.ofIntegers(GgufValueType.UINT32, 1, 2))
        .isNotEqualTo(GgufNumberArray.ofInts(1, 3));
  }

  @Test
  void valuesRefuseWhatTheyCannotHold() {
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.uint32(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.uint32(1L << 32));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufValue.integer(GgufValueType.INT8, 128));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufValue.integer(GgufValueType.FLOAT32, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufNumberArray.ofIntegers(GgufValueType.UINT8, 256));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufNumberArray.ofIntegers(GgufValueType.BOOL, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> GgufStringArray.of(List.of("\ud83d")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufNumberArray.ofFloats(1).toInts())
        .withMessageContaining("FLOAT32");
    assertThatIllegalArgumentException().isThrownBy(() -> GgufNumberArray.ofInts(1).toFloats());
    assertThatIllegalArgumentException().isThrownBy(() -> GgufNumberArray.ofInts(1).toBools());
  }
}
