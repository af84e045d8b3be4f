package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerSpecTest {
  private static final TokenizerSpec TWO =
      TokenizerSpec.of(new SentencePieceBpe(true), List.of(normal("a"), normal("b")));

  @Test
  void checksEveryId() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TWO.withBos(2, false))
        .withMessage("bosId 2 is not in the vocabulary of 2 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TWO.withEos(-1, false))
        .withMessage("eosId -1 is not in the vocabulary of 2 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TWO.withUnknown(99))
        .withMessage("unknownId 99 is not in the vocabulary of 2 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TWO.withEndOfGeneration(Set.of(0, 7)))
        .withMessage("endOfGenerationIds 7 is not in the vocabulary of 2 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerSpec.of(new SentencePieceBpe(true), List.of()))
        .withMessage("The vocabulary is empty");
  }

  @Test
  void addsOnlyTokensThatAreGiven() {
    OptionalInt none = OptionalInt.empty();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new TokenizerSpec(
                    TWO.algorithm(),
                    TWO.vocabulary(),
                    none,
                    none,
                    none,
                    true,
                    false,
                    Set.of(),
                    Set.of(),
                    Set.of()))
        .withMessage("addBos needs a bosId");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new TokenizerSpec(
                    TWO.algorithm(),
                    TWO.vocabulary(),
                    none,
                    none,
                    none,
                    false,
                    true,
                    Set.of(),
                    Set.of(),
                    Set.of()))
        .withMessage("addEos needs an eosId");
  }

  @Test
  void isACopy() {
    List<VocabularyEntry> vocabulary = new ArrayList<>(List.of(normal("a")));
    TokenizerSpec spec = TokenizerSpec.of(new SentencePieceBpe(true), vocabulary);
    vocabulary.clear();
    assertThat(spec.vocabulary()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<0x4>", "<0x4G>", "0x41", "<0x041>", "A", "", "<0x41>\n", "<0X41>"})
  void refusesByteTokensThatDoNotParse(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new VocabularyEntry(text, TokenType.BYTE))
        .withMessage(
            "A byte token is written <0xNN>, not \"%s\"".formatted(text.replace("\n", "\\u000a")));
  }

  @Test
  void quotesOnlyTheStartOfALongText() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new VocabularyEntry("\ud83d\ude00".repeat(1000), TokenType.BYTE))
        .withMessageEndingWith("\"" + "\ud83d\ude00".repeat(60) + "…\"");
  }

  @Test
  void refusesScoresThatAreNoNumber() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> normal("a", Float.NaN))
        .withMessage("The score of token \"a\" is no number");
    assertThatNullPointerException().isThrownBy(() -> new VocabularyEntry(null, TokenType.NORMAL));
  }

  @Test
  void knowsPreTokenizersByTheirNamesInFiles() {
    assertThat(PreTokenizer.named("gpt-2")).hasValue(PreTokenizer.GPT2);
    assertThat(PreTokenizer.named("llama-bpe")).hasValue(PreTokenizer.LLAMA_BPE);
    assertThat(PreTokenizer.named("qwen2")).hasValue(PreTokenizer.QWEN2);
    assertThat(PreTokenizer.named("Qwen2")).isEmpty();
    assertThat(PreTokenizer.named("")).isEmpty();
    for (PreTokenizer preTokenizer : PreTokenizer.families()) {
      for (String name : preTokenizer.names()) {
        assertThat(PreTokenizer.named(name)).hasValue(preTokenizer);
      }
    }
  }

  @Test
  void givesWhiteSpaceToSpecialTokens() {
    TokenizerSpec spec =
        Vocabularies.byteLevel(
            PreTokenizer.GPT2, false, List.of(), control("<l>"), control("<r>"), control("<b>"));
    Tokenizer tokenizer = Tokenizer.of(spec.withStripping(Set.of(256, 258), Set.of(257, 258)));
    assertThat(tokenizer.encode("a <l> a <r> a \n<b>\u00a0a", SpecialTokens.PARSE))
        .containsExactly('a', 256, ' ', 'a', ' ', 257, 'a', 258, 'a');
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withStripping(Set.of(), Set.of(259)))
        .withMessage("stripsRight 259 is not in the vocabulary of 259 tokens");
  }
}
