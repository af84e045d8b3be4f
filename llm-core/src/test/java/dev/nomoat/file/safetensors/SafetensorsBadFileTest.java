package dev.nomoat.file.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nomoat.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault is found where it is, and told. */
class SafetensorsBadFileTest {
  private static final String GOOD = SafetensorsBytes.describe("a", "U8", "[2]", 0, 2);

  @TempDir Path folder;

  private ModelFormatException fault(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("bad.safetensors"), bytes);
    ModelFormatException e =
        catchThrowableOfType(ModelFormatException.class, () -> SafetensorsFile.open(file).close());
    assertThat(e).as("the fault").isNotNull();
    assertThat(e.file()).isEqualTo(file);
    return e;
  }

  /** A fault in a header; the place is where {@code faulty} is found in it, in bytes. */
  private ModelFormatException fault(String header, int dataBytes, String faulty)
      throws IOException {
    ModelFormatException e = fault(SafetensorsBytes.file(header, new byte[dataBytes]));
    int at = header.lastIndexOf(faulty);
    assertThat(at).as("a test of its own header").isNotNegative();
    int before = header.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
    assertThat(e.offset()).as(e.getMessage()).isEqualTo(8 + before);
    return e;
  }

  @Test
  void tooShort() throws IOException {
    byte[] empty = SafetensorsBytes.file("{}");
    for (int length = 0; length < empty.length; length++) {
      ModelFormatException e = fault(Arrays.copyOf(empty, length));
      assertThat(e.offset()).isEqualTo(length);
      assertThat(e.expected()).isEqualTo("a file of at least 10 bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 100_000_001, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE, -1, -2})
  void lengthOfHeader(long length) throws IOException {
    byte[] bytes = SafetensorsBytes.file("{}");
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (length >>> (8 * i));
    }
    ModelFormatException e = fault(bytes);
    assertThat(e.offset()).isZero();
    assertThat(e.expected()).isEqualTo("the length of a header, 2 to 2 here");
    assertThat(e.found()).isEqualTo(Long.toUnsignedString(length));
  }

  @Test
  void startOfHeader() throws IOException {
    assertThat(fault(" {}", 0, " ").found()).isEqualTo("byte 0x20");
    assertThat(fault("[]", 0, "[").expected()).isEqualTo("a header that begins with {");
    assertThat(fault("\ufeff{}", 0, "\ufeff").found()).isEqualTo("byte 0xef");
  }

  @Test
  void notUtf8() throws IOException {
    byte[] bytes = SafetensorsBytes.file("{\"é_\":0}");
    for (int bad : new int[] {0x80, 0xc0, 0xff}) {
      bytes[12] = (byte) bad;
      ModelFormatException e = fault(bytes);
      assertThat(e.offset()).isEqualTo(12);
      assertThat(e.expected()).isEqualTo("header in UTF-8");
      assertThat(e.found()).isEqualTo("byte 0x%02x".formatted(bad));
    }
  }

  @Test
  void halfACharacterAtTheEnd() throws IOException {
    byte[] whole = SafetensorsBytes.file("{\"é");
    byte[] half = Arrays.copyOf(whole, whole.length - 1);
    half[0]--;
    ModelFormatException e = fault(half);
    assertThat(e.offset()).isEqualTo(10);
    assertThat(e.found()).isEqualTo("byte 0xc3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        // header | where | what is expected there
        "{\"a\"}               | }         | a colon",
        "{a:1}                 | a         | a name in quotes",
        "{\"a\":1}             | 1         | a description of a tensor",
        "{\"a\":{\"dtype\":1}} | 1         | the name of an element type",
        "{\"a\":{\"shape\":1}} | 1         | an array of dimensions",
        "{\"a\":{\"shape\":[{ | {         | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[1.0]}} | 1.0    | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[1e0]}} | 1e0    | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[-1]}}  | -1     | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[-0]}}  | -0     | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[9223372036854775808]}}  | 9223 | a whole number from 0 to"
            + " 9223372036854775807",
        "{\"a\":{\"shape\":[18446744073709551616]}} | 1844 | a whole number from 0 to"
            + " 9223372036854775807",
        "{\"a\":{\"shape\":[\"1\"]}} | \"1\" | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"shape\":[01]}}  | 1]     | a comma or ]",
        "{\"a\":{\"shape\":[1,]}}  | ]      | a whole number from 0 to 9223372036854775807",
        "{\"a\":{\"data_offsets\":[0,1,2]}} | 2] | at most 2 numbers",
        "{\"a\":{\"data_offsets\":[]:}} | :}   | a comma or }",
        "{\"__metadata__\":null}   | null   | an object of texts",
        "{\"__metadata__\":{\"a\":1}} | 1   | a text in quotes",
        "{\"__metadata__\":{\"a\":[]}} | [] | a text in quotes",
        "{}{}                  | {}        | the end of the JSON",
        "{\"__metadata__\":{},}| }         | a name in quotes",
        "{ \"é語\": { \"shape\": nul | nul | an array of dimensions",
      })
  void json(String header, String where, String expected) throws IOException {
    assertThat(fault(header, 0, where).expected()).isEqualTo(expected);
  }

  @Test
  void brokenText() throws IOException {
    ModelFormatException e = fault("{\"a\\x\":1}", 0, "\"a");
    assertThat(e.found()).isEqualTo("no JSON (Line 1, column 5 of the JSON: expected an escape)");
    assertThat(e).hasCauseInstanceOf(IllegalArgumentException.class);
    assertThat(fault("{\"a\n\":1}", 0, "\"a").found())
        .contains("an escape for a control character");
    assertThat(fault("{\"\\ud83d\":1}", 0, "\"\\ud83d").expected()).contains("surrogate");
    assertThat(fault("{\"abc", 0, "\"abc").found()).contains("expected the end of a string");
    assertThat(fault("{\"__metadata__\":{\"é\":tru}}", 0, "tru").found()).contains("a value");
  }

  @Test
  void namesThatAreThereTwice() throws IOException {
    String again = "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]}";
    ModelFormatException e = fault("{" + GOOD + "," + again + "}", 2, "\"\\u0061");
    assertThat(e.found()).isEqualTo("\"a\" again");
    assertThat(fault("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0, "\"k").found())
        .isEqualTo("\"k\" again");
    assertThat(fault("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "\"__m").found())
        .isEqualTo("\"__metadata__\" again");
    assertThat(fault("{\"a\":{\"shape\":[],\"shape\":[]}}", 0, "\"shape").found())
        .isEqualTo("\"shape\" again");
  }

  @Test
  void membersOfADescription() throws IOException {
    ModelFormatException e = fault("{" + GOOD.replace("}", ",\"stride\":[1]}}"), 2, "\"stride");
    assertThat(e.expected()).isEqualTo("dtype, shape or data_offsets of tensor \"a\"");
    assertThat(e.found()).isEqualTo("\"stride\"");
    for (String member :
        new String[] {"\"dtype\":\"U8\",", "\"shape\":[2],", ",\"data_offsets\":[0,2]"}) {
      e = fault("{" + GOOD.replace(member, "") + "}", 2, "\"a\"");
      assertThat(e.expected()).isEqualTo("dtype, shape and data_offsets of tensor \"a\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "Q4", "C128", "", "F32 ", "f8_e4m3"})
  void unknownTypes(String type) throws IOException {
    ModelFormatException e =
        fault("{" + SafetensorsBytes.describe("a", type, "[1]", 0, 1) + "}", 1, "\"dtype");
    assertThat(e.expected()).startsWith("an element type of tensor \"a\", one of BOOL, F4,");
    assertThat(e.found()).isEqualTo("\"" + type + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "U8  | [4611686018427387904,4]                    | is too large",
        "U8  | [2305843009213693952]                      | is too large",
        "U8  | [9223372036854775807,9223372036854775807,0]| is too large",
        "F64 | [4294967296,4294967296]                    | is too large",
        "F4  | [3]                                        | 12 bits of [3] are no whole bytes",
        "F6_E2M3 | []                                     | 6 bits of [] are no whole bytes",
      })
  void shapes(String type, String shape, String found) throws IOException {
    ModelFormatException e =
        fault("{" + SafetensorsBytes.describe("a", type, shape, 0, 0) + "}", 0, "\"shape");
    assertThat(e.expected()).isEqualTo("a shape that " + type + " can store of tensor \"a\"");
    assertThat(e.found()).contains(found);
  }

  @Test
  void tooManyDimensions() throws IOException {
    String most = "[" + "1,".repeat(63) + "1]";
    Path file = folder.resolve("good.safetensors");
    String header = "{" + SafetensorsBytes.describe("a", "U8", most, 0, 1) + "}";
    Files.write(file, SafetensorsBytes.file(header, (byte) 7));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.requireTensor("a").shape()).hasSize(64);
    }
    assertThat(fault(header.replace("[1,", "[1,1,"), 1, "1],").expected())
        .isEqualTo("at most 64 numbers");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0",
    "0, 3, 2",
    "3, 3, 2",
    "2, 4, 2",
    "9223372036854775806, 9223372036854775807, 2",
  })
  void offsetsOutsideTheFile(long begin, long end, int dataBytes) throws IOException {
    ModelFormatException e =
        fault(
            "{" + SafetensorsBytes.describe("a", "U8", "[1]", begin, end) + "}",
            dataBytes,
            "\"data_off");
    assertThat(e.expected())
        .isEqualTo("two data_offsets of tensor \"a\" in order, at most " + dataBytes);
    assertThat(e.found()).isEqualTo("[%d, %d]".formatted(begin, end));
  }

  @Test
  void offsetsThatAreNotTwo() throws IOException {
    for (String offsets : new String[] {"[]", "[0]"}) {
      String header = "{" + GOOD.replace("[0,2]", offsets) + "}";
      assertThat(fault(header, 2, "\"data_off").found()).isEqualTo(offsets);
    }
  }

  @ParameterizedTest
  @CsvSource({"U8, [1], 1", "U8, [3], 3", "U8, [], 1", "U8, [0], 0", "F16, [2], 4", "F4, [2], 1"})
  void anotherSizeThanTheOffsets(String type, String shape, int size) throws IOException {
    ModelFormatException e =
        fault("{" + SafetensorsBytes.describe("a", type, shape, 0, 2) + "}", 2, "\"data_off");
    assertThat(e.expected()).startsWith("data_offsets of tensor \"a\" of " + size + " bytes");
    assertThat(e.found()).isEqualTo("[0, 2] of 2 bytes");
  }

  @Test
  void gapsAndOverlaps() throws IOException {
    String first = SafetensorsBytes.describe("b", "U8", "[1]", 1, 2);
    ModelFormatException e = fault("{" + first + "}", 2, "\"b\"");
    assertThat(e.expected())
        .isEqualTo("tensor \"b\" to begin at byte 0 of the data, where the header ends");
    assertThat(e.found()).isEqualTo("byte 1: a gap of 1 bytes");

    e = fault("{" + first + "," + GOOD + "}", 2, "\"b\"");
    assertThat(e.expected())
        .isEqualTo("tensor \"b\" to begin at byte 2 of the data, where tensor \"a\" ends");
    assertThat(e.found()).isEqualTo("byte 1: an overlap of 1 bytes");

    e = fault("{" + GOOD + "," + SafetensorsBytes.describe("c", "U8", "[2]", 0, 2) + "}", 2, "\"c");
    assertThat(e.found()).isEqualTo("byte 0: an overlap of 2 bytes");
    String within = SafetensorsBytes.describe("c", "U8", "[0]", 1, 1);
    assertThat(fault("{" + GOOD + "," + within + "}", 2, "\"c").found()).contains("overlap");
  }

  @Test
  void bytesBehindTheLastTensor() throws IOException {
    byte[] bytes = SafetensorsBytes.file("{" + GOOD + "}", new byte[7]);
    ModelFormatException e = fault(bytes);
    assertThat(e.offset()).isEqualTo(bytes.length - 5);
    assertThat(e.expected()).isEqualTo("the end of the file behind tensor \"a\"");
    assertThat(e.found()).isEqualTo("5 more bytes");
    assertThat(fault(SafetensorsBytes.file("{}", (byte) 0)).expected())
        .isEqualTo("the end of the file behind the header");
  }

  @Test
  void longNamesAreShortenedInMessages() throws IOException {
    String name = "😀".repeat(100_000) + "\u0007";
    String header = "{" + SafetensorsBytes.describe(name, "X", "[1]", 0, 1) + "}";
    ModelFormatException e = fault(header, 1, "\"dtype");
    assertThat(e.getMessage()).contains("\"" + "😀".repeat(60) + "…\"").hasSizeLessThan(700);
  }
}
