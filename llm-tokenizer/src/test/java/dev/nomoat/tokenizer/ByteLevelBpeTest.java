package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.merges;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static dev.nomoat.tokenizer.Vocabularies.userDefined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ByteLevelBpeTest {
  private static final List<Merge> HELLO = merges("l l", "h e", "he ll", "\u0120 w", "hell o");

  @Test
  void mergesInTheOrderOfTheList() {
    Tokenizer tokenizer = Tokenizer.of(byteLevel(PreTokenizer.GPT2, false, HELLO));
    assertThat(tokenizer.encode("hello well")).containsExactly(260, 259, 'e', 256);
    assertThat(tokenizer.encode("lllll")).containsExactly(256, 256, 'l');
    assertThat(tokenizer.encode("")).isEmpty();
    assertThat(tokenizer.encode("\u00e9\n")).containsExactly(0xC3, 0xA9, '\n');
  }

  @Test
  void encodesTheSameAgainOnceItKnowsWhatComesOutWhole() {
    // "lo" is a token that no merge makes.
    Tokenizer tokenizer =
        Tokenizer.of(byteLevel(PreTokenizer.GPT2, false, HELLO, normal("lo"), normal("hel")));
    for (int i = 0; i < 3; i++) {
      assertThat(tokenizer.encode("lo\nhello\nhel"))
          .containsExactly('l', 'o', '\n', 260, '\n', 257, 'l');
    }
  }

  @Test
  void ignoresMergesForWholePieces() {
    Tokenizer tokenizer = Tokenizer.of(byteLevel(PreTokenizer.GPT2, true, HELLO, normal("lo")));
    assertThat(tokenizer.encode("lo")).containsExactly(261);
    assertThat(tokenizer.encode("loo")).containsExactly('l', 'o', 'o');
  }

  @Test
  void neverMakesAControlTokenOfPlainText() {
    List<VocabularyEntry> vocabulary = Vocabularies.alphabet();
    vocabulary.add(control("ab"));
    vocabulary.add(normal("cd"));
    for (boolean ignoreMerges : new boolean[] {false, true}) {
      Tokenizer tokenizer =
          Tokenizer.of(
              TokenizerSpec.of(
                  new ByteLevelBpe(PreTokenizer.GPT2, merges("a b", "c d"), ignoreMerges),
                  vocabulary));
      assertThat(tokenizer.encode("ab cd")).containsExactly('a', 'b', ' ', 257);
      assertThat(tokenizer.encode("ab")).containsExactly('a', 'b');
      assertThat(tokenizer.encode("cd")).containsExactly(257);
      assertThat(tokenizer.encode("ab", SpecialTokens.PARSE)).containsExactly(256);
    }
  }

  @Test
  void leavesOutBytesWithoutAToken() {
    List<VocabularyEntry> vocabulary = Vocabularies.alphabet();
    vocabulary.set('x', normal("abx"));
    vocabulary.add(normal("ab"));
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(
                new ByteLevelBpe(PreTokenizer.GPT2, merges("a b"), false), vocabulary));
    assertThat(tokenizer.encode("axb")).containsExactly(256);
    assertThat(tokenizer.encode("abx")).containsExactly(256);
    assertThat(tokenizer.encode("abx")).containsExactly(256);
  }

  @Test
  void decodesTokensThatAreNotInTheAlphabetAsTheyAre() {
    Tokenizer tokenizer =
        Tokenizer.of(
            byteLevel(
                PreTokenizer.GPT2,
                false,
                List.of(),
                normal("\u2581x"),
                userDefined("\u00e9 "),
                normal("\u0120\u00c3\u00a9")));
    assertThat(tokenizer.decode(256, 257, 258)).isEqualTo("\u2581x\u00e9  \u00e9");
    assertThat(tokenizer.encode("\u2581x")).containsExactly(0xE2, 0x96, 0x81, 'x');
  }

  @Test
  void refusesMergesOfUnknownTokens() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Tokenizer.of(
                    TokenizerSpec.of(
                        new ByteLevelBpe(PreTokenizer.GPT2, merges("h e", "e l"), false),
                        byteLevel(PreTokenizer.GPT2, false, merges("h e")).vocabulary())))
        .withMessage("Merge 1 needs \"el\", which is no token");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Tokenizer.of(
                    byteLevel(PreTokenizer.GPT2, false, List.of(new Merge("h", "\u2581")))))
        .withMessage("Merge 0 needs \"\u2581\", which is no token");
  }

  /** Random merges over few letters; the definition is done on strings. */
  @Test
  void mergesRandomTextAsDefined() {
    var random = new Random(29);
    for (int round = 0; round < 60; round++) {
      List<String> tokens = new ArrayList<>(List.of("a", "b", "c", "\u0120"));
      List<Merge> merges = new ArrayList<>();
      Set<String> made = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        var merge =
            new Merge(
                tokens.get(random.nextInt(tokens.size())),
                tokens.get(random.nextInt(tokens.size())));
        if (made.add(merge.left() + merge.right())) {
          merges.add(merge);
          tokens.add(merge.left() + merge.right());
        }
      }
      Tokenizer tokenizer = Tokenizer.of(byteLevel(PreTokenizer.QWEN2, false, merges));
      for (int i = 0; i < 60; i++) {
        String word = word(random, random.nextInt(i == 0 ? 500 : 20));
        List<String> expected = mergeByDefinition(word, merges);
        int[] ids = tokenizer.encode(word);
        List<String> texts = new ArrayList<>();
        for (int id : ids) {
          texts.add(tokenizer.token(id).text());
        }
        assertThat(texts).isEqualTo(expected);
      }
    }
  }

  private static String word(Random random, int length) {
    var word = new StringBuilder(random.nextBoolean() && length > 0 ? " " : "");
    word.append("c".repeat(random.nextInt(length + 1)));
    while (word.length() < length) {
      word.append((char) ('a' + random.nextInt(3)));
    }
    return word.toString();
  }

  private static List<String> mergeByDefinition(String word, List<Merge> merges) {
    List<String> symbols = new ArrayList<>();
    for (char letter : word.replace(' ', '\u0120').toCharArray()) {
      symbols.add(String.valueOf(letter));
    }
    while (true) {
      int best = -1;
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        int rank = merges.indexOf(new Merge(symbols.get(i), symbols.get(i + 1)));
        if (rank >= 0 && rank < bestRank) {
          best = i;
          bestRank = rank;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }

  /**
   * Hugging Face's {@code tokenizers} makes 260 of the text, and 256 of {@code <s>}: it merges into
   * a control token that a corpus with its text has taught the merges, and on from there. Plain
   * text never becomes a control token here, not even on the way to another.
   */
  @Test
  void mergesNeverPassThroughControlTokens() {
    List<VocabularyEntry> vocabulary = Vocabularies.alphabet();
    vocabulary.add(control("<s>"));
    vocabulary.addAll(List.of(normal("s>"), normal("<s"), normal("<s>a"), normal("<s><s>")));
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerSpec.of(
                new ByteLevelBpe(
                    PreTokenizer.ofPatterns(), merges("s >", "< s>", "<s> <s>", "<s> a"), false),
                vocabulary));
    assertThat(tokenizer.encode("<s><s>")).containsExactly('<', 257, '<', 257);
    assertThat(tokenizer.encode("<s><s>", SpecialTokens.PARSE)).containsExactly(256, 256);
    assertThat(tokenizer.encode("<s>a")).containsExactly('<', 257, 'a');
  }
}
