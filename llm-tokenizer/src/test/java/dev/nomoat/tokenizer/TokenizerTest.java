package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.merges;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static dev.nomoat.tokenizer.Vocabularies.userDefined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  private static final int BOS = 256;
  private static final int EOS = 257;
  private static final int LONG = 258;
  private static final int USER = 259;
  private static final int UNUSED_ID = 261;

  private static TokenizerSpec spec() {
    return byteLevel(
        PreTokenizer.GPT2,
        false,
        List.of(),
        control("<b>"),
        control("<e>"),
        control("<b><e>!"),
        userDefined("[[x]]"),
        new VocabularyEntry("<?>", TokenType.UNKNOWN),
        normal(""),
        normal("\u0120the"));
  }

  private static final Tokenizer TOKENIZER =
      Tokenizer.of(spec().withBos(BOS, true).withEos(EOS, true).withEndOfGeneration(Set.of(EOS)));

  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = utf8[i] & 0xFF;
    }
    return ids;
  }

  @Test
  void keepsControlTokensInPlainTextAsText() {
    assertThat(TOKENIZER.encode("<b>a<?>")).isEqualTo(bytes("<b>a<?>"));
    assertThat(TOKENIZER.encode("<b>a", SpecialTokens.PLAIN_TEXT)).isEqualTo(bytes("<b>a"));
  }

  @Test
  void parsesControlTokensTheLongestFirst() {
    assertThat(TOKENIZER.encode("<b>a<b><e><b><e>!<?><b", SpecialTokens.PARSE))
        .containsExactly(BOS, 'a', BOS, EOS, LONG, 260, '<', 'b');
  }

  @Test
  void findsUserDefinedTokensAlways() {
    for (SpecialTokens policy : SpecialTokens.values()) {
      assertThat(TOKENIZER.encode("a[[x]]][[x]]", policy)).containsExactly('a', USER, ']', USER);
    }
  }

  @Test
  void addsBosAndEosNeverTwice() {
    assertThat(TOKENIZER.encodePrompt("a", SpecialTokens.PARSE)).containsExactly(BOS, 'a', EOS);
    assertThat(TOKENIZER.encodePrompt("", SpecialTokens.PARSE)).containsExactly(BOS, EOS);
    assertThat(TOKENIZER.encodePrompt("<b>", SpecialTokens.PARSE)).containsExactly(BOS, EOS);
    assertThat(TOKENIZER.encodePrompt("<b>a<e>", SpecialTokens.PARSE))
        .containsExactly(BOS, 'a', EOS);
    assertThat(TOKENIZER.encodePrompt("<b><b>a<e>", SpecialTokens.PARSE))
        .containsExactly(BOS, BOS, 'a', EOS);
    assertThat(TOKENIZER.encodePrompt("<b>", SpecialTokens.PLAIN_TEXT))
        .containsExactly(BOS, '<', 'b', '>', EOS);
    Tokenizer bare = Tokenizer.of(spec().withBos(BOS, false).withEos(EOS, false));
    assertThat(bare.encodePrompt("<b>a", SpecialTokens.PARSE)).containsExactly(BOS, 'a');
    Tokenizer same = Tokenizer.of(spec().withBos(BOS, true).withEos(BOS, true));
    assertThat(same.encodePrompt("", SpecialTokens.PARSE)).containsExactly(BOS);
  }

  @Test
  void countsWhatItEncodes() {
    assertThat(TOKENIZER.count("<b> the")).isEqualTo(TOKENIZER.encode("<b> the").length);
    assertThat(TOKENIZER.count("<b> the", SpecialTokens.PARSE))
        .isEqualTo(TOKENIZER.encode("<b> the", SpecialTokens.PARSE).length);
    assertThat(TOKENIZER.count("")).isZero();
  }

  @Test
  void rendersControlTokensOnlyWhenAsked() {
    int[] ids = {BOS, 'a', 260, USER, EOS, UNUSED_ID, 262};
    assertThat(TOKENIZER.decode(ids)).isEqualTo("a[[x]] the");
    assertThat(TOKENIZER.decodeWithControl(ids)).isEqualTo("<b>a<?>[[x]]<e> the");
    assertThat(TOKENIZER.decode()).isEmpty();
  }

  @Test
  void putsCharactersTogetherAcrossControlTokens() {
    assertThat(TOKENIZER.decode(0xC3, BOS, 0xA9)).isEqualTo("\u00e9");
    assertThat(TOKENIZER.decodeWithControl(0xC3, BOS, 0xA9)).isEqualTo("\ufffd<b>\ufffd");
  }

  @Test
  void encodesLoneSurrogatesAsReplacementCharacters() {
    assertThat(TOKENIZER.encode("\ud800a")).isEqualTo(bytes("\ufffda"));
  }

  @Test
  void tellsAboutItsTokens() {
    assertThat(TOKENIZER.vocabularySize()).isEqualTo(263);
    assertThat(TOKENIZER.bosId()).hasValue(BOS);
    assertThat(TOKENIZER.eosId()).hasValue(EOS);
    assertThat(TOKENIZER.addsBos()).isTrue();
    assertThat(TOKENIZER.addsEos()).isTrue();
    assertThat(TOKENIZER.isControl(BOS)).isTrue();
    assertThat(TOKENIZER.isControl(USER)).isFalse();
    assertThat(TOKENIZER.isEndOfGeneration(EOS)).isTrue();
    assertThat(TOKENIZER.isEndOfGeneration(BOS)).isFalse();
    assertThat(TOKENIZER.endOfGenerationIds()).containsExactly(EOS);
    assertThat(TOKENIZER.idOf("<e>")).hasValue(EOS);
    assertThat(TOKENIZER.idOf("none")).isEqualTo(OptionalInt.empty());
    assertThat(TOKENIZER.idOf("")).isEmpty();
    assertThat(TOKENIZER.token(262).text()).isEqualTo("\u0120the");
    assertThat(TOKENIZER.tokenBytes(262)).isEqualTo(" the".getBytes(StandardCharsets.UTF_8));
    TOKENIZER.tokenBytes(262)[0] = 'x';
    assertThat(TOKENIZER.tokenBytes(262)).startsWith((byte) ' ');
    Tokenizer bare = Tokenizer.of(spec());
    assertThat(bare.bosId()).isEmpty();
    assertThat(bare.eosId()).isEmpty();
    assertThat(bare.addsBos()).isFalse();
    assertThat(bare.addsEos()).isFalse();
  }

  @Test
  void refusesIdsThatAreNotInTheVocabulary() {
    for (int id : new int[] {-1, 263, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      String message = "Token %d is not in the vocabulary of 263 tokens".formatted(id);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TOKENIZER.decode('a', id))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TOKENIZER.tokenBytes(id))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TOKENIZER.isControl(id))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TOKENIZER.isEndOfGeneration(id))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> StreamingDecoder.ofText(TOKENIZER).accept(id))
          .withMessage(message);
    }
  }

  @Test
  void refusesTokensThatAreThereTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Tokenizer.of(
                    byteLevel(PreTokenizer.GPT2, false, merges("a b"), normal("ab"), normal(""))))
        .withMessage("Tokens 256 and 257 are both \"ab\"");
  }

  @Test
  void isSafeToShare() throws InterruptedException {
    Tokenizer tokenizer =
        Tokenizer.of(byteLevel(PreTokenizer.QWEN2, false, merges("a b", "ab c", "\u0120 abc")));
    String text = "abc ab abc cab \u00e9 <b> abcabc ".repeat(200);
    int[] expected = tokenizer.encode(text);
    Thread[] threads = new Thread[4];
    boolean[] same = new boolean[threads.length];
    Tokenizer fresh =
        Tokenizer.of(byteLevel(PreTokenizer.QWEN2, false, merges("a b", "ab c", "\u0120 abc")));
    for (int i = 0; i < threads.length; i++) {
      int number = i;
      threads[i] =
          new Thread(
              () -> {
                same[number] = true;
                for (int round = 0; round < 50; round++) {
                  same[number] &= java.util.Arrays.equals(fresh.encode(text), expected);
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(same).containsOnly(true);
  }
}
