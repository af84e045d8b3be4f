package dev.nomoat.tokenizer.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteAlphabetTest {
  @Test
  void isOneToOne() {
    var letters = new StringBuilder();
    byte[] bytes = new byte[256];
    for (int value = 0; value < 256; value++) {
      letters.append(ByteAlphabet.toChar(value));
      bytes[value] = (byte) value;
    }
    assertThat(letters.chars().distinct().count()).isEqualTo(256);
    assertThat(ByteAlphabet.toBytes(letters.toString())).isEqualTo(bytes);
  }

  @Test
  void hasTheLettersOfGpt2() {
    assertThat(ByteAlphabet.toChar('A')).isEqualTo('A');
    assertThat(ByteAlphabet.toChar(0)).isEqualTo('\u0100');
    assertThat(ByteAlphabet.toChar('\n')).isEqualTo('\u010A');
    assertThat(ByteAlphabet.toChar(' ')).isEqualTo('\u0120');
    assertThat(ByteAlphabet.toChar(0x7F)).isEqualTo('\u0121');
    assertThat(ByteAlphabet.toChar(0xA0)).isEqualTo('\u0142');
    assertThat(ByteAlphabet.toChar(0xAD)).isEqualTo('\u0143');
    assertThat(ByteAlphabet.toChar(0xFF)).isEqualTo('\u00FF');
  }

  @Test
  void knowsWhatIsNotInIt() {
    assertThat(ByteAlphabet.toBytes("a b")).isNull();
    assertThat(ByteAlphabet.toBytes("\u0144")).isNull();
    assertThat(ByteAlphabet.toBytes("<\uff5c>")).isNull();
    assertThat(ByteAlphabet.toBytes("")).isEmpty();
  }
}
