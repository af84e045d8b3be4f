package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  private static final int CONTROL = 256;
  private static final Tokenizer BYTES =
      Tokenizer.of(byteLevel(PreTokenizer.GPT2, false, List.of(), control("<b>")));

  private static String stream(StreamingDecoder decoder, int... ids) {
    var text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  @Test
  void givesCharactersWithTheirLastByte() {
    StreamingDecoder decoder = StreamingDecoder.ofText(BYTES);
    assertThat(decoder.accept('a')).isEqualTo("a");
    assertThat(decoder.accept(0xF0)).isEmpty();
    assertThat(decoder.accept(0x9D)).isEmpty();
    assertThat(decoder.accept(0x94)).isEmpty();
    assertThat(decoder.accept(0xB8)).isEqualTo("\ud835\udd38");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void replacesBytesAsSoonAsTheyCannotBecomeACharacter() {
    StreamingDecoder decoder = StreamingDecoder.ofText(BYTES);
    assertThat(decoder.accept(0x80)).isEqualTo("\ufffd");
    assertThat(decoder.accept(0xFF)).isEqualTo("\ufffd");
    assertThat(decoder.accept(0xE2)).isEmpty();
    assertThat(decoder.accept(0x82)).isEmpty();
    assertThat(decoder.accept('a')).isEqualTo("\ufffda");
    assertThat(decoder.accept(0xED)).isEmpty();
    assertThat(decoder.accept(0xA0)).isEqualTo("\ufffd\ufffd");
    assertThat(decoder.accept(0xC3)).isEmpty();
    assertThat(decoder.accept(0xC3)).isEqualTo("\ufffd");
    assertThat(decoder.finish()).isEqualTo("\ufffd");
    assertThat(decoder.finish()).isEmpty();
    assertThat(decoder.accept(0xA9)).isEqualTo("\ufffd");
  }

  @Test
  void rendersControlTokensOnlyWhenAsked() {
    assertThat(stream(StreamingDecoder.ofText(BYTES), CONTROL, 'a', 0xC3, CONTROL, 0xA9))
        .isEqualTo("a\u00e9");
    assertThat(
            stream(StreamingDecoder.ofText(BYTES).withControl(), CONTROL, 'a', 0xC3, CONTROL, 0xA9))
        .isEqualTo("<b>a\ufffd<b>\ufffd");
  }

  @Test
  void dropsThePrefixSpaceOfATextButNotOfAContinuation() {
    List<VocabularyEntry> vocabulary = Vocabularies.byteTokens();
    vocabulary.add(control("<s>"));
    vocabulary.add(normal("\u2581a"));
    vocabulary.add(normal("\u2581"));
    Tokenizer prefixed = Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(true), vocabulary));
    assertThat(stream(StreamingDecoder.ofText(prefixed), 256, 257, 257)).isEqualTo("a a");
    assertThat(stream(StreamingDecoder.ofText(prefixed), 258, 257)).isEqualTo(" a");
    assertThat(stream(StreamingDecoder.ofText(prefixed), 0xC3, 0xA9, 257)).isEqualTo("\u00e9 a");
    assertThat(stream(StreamingDecoder.ofContinuation(prefixed), 257, 257)).isEqualTo(" a a");
    assertThat(stream(StreamingDecoder.ofText(prefixed).withControl(), 256, 257))
        .isEqualTo("<s> a");
    Tokenizer bare = Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(false), vocabulary));
    assertThat(stream(StreamingDecoder.ofText(bare), 257)).isEqualTo(" a");
  }

  /**
   * Any bytes, cut into any tokens, give what decoding them at once gives, and never half a
   * character.
   */
  @Test
  void givesWhatDecodingAtOnceGives() {
    var random = new Random(41);
    List<VocabularyEntry> vocabulary = Vocabularies.alphabet();
    List<String> seen = new ArrayList<>();
    while (vocabulary.size() < 4000) {
      String token = randomToken(random);
      if (token.length() > 1 && !seen.contains(token)) {
        seen.add(token);
        vocabulary.add(normal(token));
      }
    }
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(
                new TokenizerAlgorithm.ByteLevelBpe(PreTokenizer.GPT2, List.of(), false),
                vocabulary));
    for (int round = 0; round < 20_000; round++) {
      int[] ids = random.ints(random.nextInt(12), 0, vocabulary.size()).toArray();
      StreamingDecoder decoder = StreamingDecoder.ofText(tokenizer);
      var text = new StringBuilder();
      for (int id : ids) {
        String part = decoder.accept(id);
        assertThat(new String(part.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
            .isEqualTo(part);
        text.append(part);
      }
      text.append(decoder.finish());
      assertThat(text.toString()).isEqualTo(tokenizer.decode(ids));
    }
  }

  /** Parts of valid text cut anywhere, and bytes that are borderline in UTF-8. */
  private static String randomToken(Random random) {
    byte[] bytes;
    if (random.nextBoolean()) {
      bytes = RandomText.next(random, 2).getBytes(StandardCharsets.UTF_8);
      int from = random.nextInt(bytes.length + 1);
      int to = from + Math.min(random.nextInt(7), bytes.length - from);
      bytes = java.util.Arrays.copyOfRange(bytes, from, to);
    } else {
      int[] borders = {
        0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1
      };
      int[] leads = {0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
      bytes = new byte[random.nextInt(6)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte)
                (random.nextInt(3) > 0
                    ? borders[random.nextInt(borders.length)]
                    : leads[random.nextInt(leads.length)]);
      }
    }
    var token = new StringBuilder();
    for (byte value : bytes) {
      token.append(ByteAlphabet.toChar(value & 0xFF));
    }
    return token.toString();
  }
}
