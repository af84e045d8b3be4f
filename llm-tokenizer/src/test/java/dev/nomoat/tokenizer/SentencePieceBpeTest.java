package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static dev.nomoat.tokenizer.Vocabularies.userDefined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentencePieceBpeTest {
  private static final int UNK = 256;
  private static final int BOS = 257;

  /** Ids 0 to 255 are the bytes, then unknown and BOS, then these, from 258. */
  private static TokenizerSpec spec(boolean prefix, VocabularyEntry... further) {
    List<VocabularyEntry> vocabulary = Vocabularies.byteTokens();
    vocabulary.add(new VocabularyEntry("<unk>", TokenType.UNKNOWN));
    vocabulary.add(control("<s>"));
    vocabulary.addAll(List.of(further));
    return TokenizerSpec.of(new SentencePieceBpe(prefix), vocabulary)
        .withUnknown(UNK)
        .withBos(BOS, true);
  }

  @Test
  void mergesTheHighestScoreFirst() {
    Tokenizer tokenizer =
        Tokenizer.of(
            spec(false, normal("a", -9), normal("b", -9), normal("ab", -2), normal("bb", -1)));
    assertThat(tokenizer.encode("abb")).containsExactly(258, 261);
    assertThat(tokenizer.encode("ab")).containsExactly(260);
  }

  @Test
  void takesTheLeftmostOfEqualScores() {
    Tokenizer tokenizer =
        Tokenizer.of(
            spec(
                false,
                normal("a", -9),
                normal("b", -9),
                normal("ab", 0f),
                normal("ba", -0f),
                normal("aa", -0f)));
    assertThat(tokenizer.encode("aba")).containsExactly(260, 258);
    assertThat(tokenizer.encode("bab")).containsExactly(261, 259);
    assertThat(tokenizer.encode("baab")).containsExactly(261, 260);
  }

  @Test
  void mergesWhatIsNoTokenByItself() {
    Tokenizer tokenizer = Tokenizer.of(spec(false, normal("xy", -1), normal("xyz", -2)));
    assertThat(tokenizer.encode("xyz")).containsExactly(259);
    assertThat(tokenizer.encode("yx")).containsExactly('y', 'x');
  }

  @Test
  void putsASpaceBeforeTheTextAndAfterSpecialTokens() {
    Tokenizer tokenizer =
        Tokenizer.of(
            spec(
                true,
                normal("\u2581", -9),
                normal("a", -9),
                normal("\u2581a", -1),
                normal("\u2581\u2581", -2),
                userDefined("##")));
    assertThat(tokenizer.encode("a")).containsExactly(260);
    assertThat(tokenizer.encode(" a")).containsExactly(258, 260);
    assertThat(tokenizer.encode("  ")).containsExactly(261, 258);
    assertThat(tokenizer.encode("a##a")).containsExactly(260, 262, 260);
    assertThat(tokenizer.encode("##")).containsExactly(262);
    assertThat(tokenizer.encode("")).isEmpty();
    assertThat(tokenizer.encode("<s>a<s>", SpecialTokens.PARSE)).containsExactly(BOS, 260, BOS);
    assertThat(tokenizer.encodePrompt("a", SpecialTokens.PLAIN_TEXT)).containsExactly(BOS, 260);
    assertThat(tokenizer.decode(260, 262, 260)).isEqualTo("a## a");
    assertThat(tokenizer.decode(BOS, 258, 260)).isEqualTo(" a");
    assertThat(tokenizer.decodeWithControl(BOS, 260)).isEqualTo("<s> a");
  }

  @Test
  void takesTheSpaceMarkInTextForASpace() {
    Tokenizer tokenizer =
        Tokenizer.of(spec(false, normal("\u2581", -9), normal("\u2581a", -1), normal("a", -3)));
    assertThat(tokenizer.encode("\u2581a\u2581\u2580")).containsExactly(259, 258, 0xE2, 0x96, 0x80);
    assertThat(tokenizer.decode(259, 258)).isEqualTo(" a ");
  }

  @Test
  void spellsASpaceThatIsNoTokenByTheBytesOfItsMark() {
    Tokenizer tokenizer = Tokenizer.of(spec(true, normal("a", -1)));
    assertThat(tokenizer.encode("a")).containsExactly(0xE2, 0x96, 0x81, 258);
  }

  @Test
  void spellsUnknownTextByBytes() {
    Tokenizer tokenizer = Tokenizer.of(spec(false, normal("a", -1)));
    assertThat(tokenizer.encode("a\u00e9\ud83d\ude00"))
        .containsExactly(258, 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80);
    assertThat(tokenizer.decode(258, 0xC3, 0xA9, 0xF0, 0x9F)).isEqualTo("a\u00e9\ufffd");
  }

  @Test
  void fallsBackToOneUnknownTokenForNeighboursThatBytesCannotSpell() {
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(
                    new SentencePieceBpe(false),
                    List.of(
                        new VocabularyEntry("<unk>", TokenType.UNKNOWN),
                        normal("a"),
                        new VocabularyEntry("<0xC3>", TokenType.BYTE),
                        new VocabularyEntry("<0xA9>", TokenType.BYTE)))
                .withUnknown(0));
    assertThat(tokenizer.encode("xya x\u00e9\u00e8za")).containsExactly(0, 1, 0, 2, 3, 0, 1);
    assertThat(tokenizer.decode(0, 1, 0, 2, 3, 0, 1)).isEqualTo("a\u00e9a");
  }

  @Test
  void neverMakesASpecialTokenOfPlainText() {
    Tokenizer tokenizer =
        Tokenizer.of(spec(false, normal("<s", -1), normal(">", -1), normal("<0x0A", -1)));
    assertThat(tokenizer.encode("<s>")).containsExactly(258, 259);
    assertThat(tokenizer.encode("<0x0A>")).containsExactly('<', '0', 'x', '0', 'A', 259);
  }

  @Test
  void findsUserDefinedTokensAlways() {
    Tokenizer tokenizer =
        Tokenizer.of(spec(false, userDefined("  "), userDefined("   "), normal("a", -1)));
    assertThat(tokenizer.encode("a     a")).containsExactly(260, 259, 258, 260);
  }

  @Test
  void needsAnUnknownTokenOrAllBytes() {
    List<VocabularyEntry> bytes = Vocabularies.byteTokens();
    bytes.set(65, normal("A"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(true), bytes)))
        .withMessage("Byte 0x41 has no token, and there is no unknown token");
    bytes.set(65, new VocabularyEntry("<0x0a>", TokenType.BYTE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(true), bytes)))
        .withMessage("Tokens 10 and 65 are both byte 0x0A");
  }

  /**
   * Random tokens and scores; with and without tokens that have a space inside, which decides how
   * the text is cut.
   */
  @Test
  void mergesRandomTextAsDefined() {
    var random = new Random(31);
    for (int round = 0; round < 200; round++) {
      List<VocabularyEntry> further = new ArrayList<>();
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String token = text(random, 1 + random.nextInt(5)).replace(' ', '\u2581');
        boolean inner = token.matches(".*[^\u2581]\u2581.*");
        if (!seen.contains(token) && (!inner || round % 2 == 0)) {
          seen.add(token);
          further.add(normal(token, -random.nextInt(20)));
        }
      }
      Tokenizer tokenizer = Tokenizer.of(spec(true, further.toArray(VocabularyEntry[]::new)));
      for (int i = 0; i < 50; i++) {
        String text = text(random, random.nextInt(i == 0 ? 400 : 25));
        assertThat(tokenizer.encode(text)).isEqualTo(encodeByDefinition(tokenizer, text));
      }
    }
  }

  private static String text(Random random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(" ab\u00e9\ud83d\ude00".codePoints().toArray()[random.nextInt(5)]);
    }
    return text.toString();
  }

  private static int[] encodeByDefinition(Tokenizer tokenizer, String text) {
    if (text.isEmpty()) {
      return new int[0];
    }
    List<String> symbols = new ArrayList<>();
    ("\u2581" + text.replace(' ', '\u2581'))
        .codePoints()
        .forEach(codePoint -> symbols.add(Character.toString(codePoint)));
    while (true) {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        var id = tokenizer.idOf(symbols.get(i) + symbols.get(i + 1));
        if (id.isPresent() && tokenizer.token(id.getAsInt()).score() > bestScore) {
          best = i;
          bestScore = tokenizer.token(id.getAsInt()).score();
        }
      }
      if (best < 0) {
        break;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
    List<Integer> ids = new ArrayList<>();
    for (String symbol : symbols) {
      var id = tokenizer.idOf(symbol);
      if (id.isPresent()) {
        ids.add(id.getAsInt());
      } else {
        for (byte value : symbol.getBytes(StandardCharsets.UTF_8)) {
          ids.add(value & 0xFF);
        }
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
