package dev.nomoat.tokenizer.vocab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
  /**
   * Tables 3-8 to 3-11 of the Unicode standard, where R is U+FFFD, and what the JDK's decoder does
   * otherwise.
   */
  @ParameterizedTest
  @CsvSource({
    "C0 AF E0 80 BF F0 81 82 41, RRRRRRRRA",
    "ED A0 80 ED BF BF ED AF 41, RRRRRRRRA",
    "F4 91 92 93 FF 41 80 BF 42, RRRRRARRB",
    "E1 80 E2 F0 91 92 F1 BF 41, RRRRA",
    "61 F1 80 80 E1 80 C2 62 80 63 80 BF 64, aRRRbRcRRd",
    "E2 82, R",
    "F0 9F 98, R",
    "41 C3, AR",
    "F5 80 80 80, RRRR",
    "FE FF, RR",
    "EF BB BF 41, \uFEFFA",
  })
  void replacesEveryMaximalSubpart(String hex, String expected) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    assertThat(Utf8.decode(bytes, 0, bytes.length)).isEqualTo(expected.replace('R', '\uFFFD'));
  }

  @Test
  void encodesLoneSurrogatesAsReplacement() {
    assertThat(Utf8.encode("a\ud800b\udc00\ud83d\ude00\ud83d"))
        .isEqualTo("a\ufffdb\ufffd\ud83d\ude00\ufffd".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void roundTripsEveryCodePoint() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint == Character.MIN_SURROGATE) {
        codePoint = Character.MAX_SURROGATE + 1;
      }
      String text = Character.toString(codePoint);
      byte[] bytes = Utf8.encode(text);
      assertThat(bytes).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
      assertThat(Utf8.codePoint(bytes, 0)).isEqualTo(codePoint);
      assertThat(Utf8.length(bytes[0])).isEqualTo(bytes.length);
      assertThat(Utf8.decode(bytes, 0, bytes.length)).isEqualTo(text);
      for (int cut = 1; cut < bytes.length; cut++) {
        assertThat(Utf8.completeEnd(bytes, 0, cut)).isZero();
      }
      assertThat(Utf8.completeEnd(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }
  }
}
