package dev.nomoat.model.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kinds of tokenizers that fewer models have. The ids are those of llama.cpp. */
class GgufTokenizerKindsTest extends GgufTokenizerFixture {
  private static final String PRE = "tokenizer.ggml.pre";

  /** {@code <pad> </s> <unk> ▁ a b ▁ab ab <x>}. */
  private void unigram() {
    put("model", GgufValue.text("t5"));
    add("<pad>", CONTROL);
    add("</s>", CONTROL);
    add("<unk>", UNKNOWN);
    add("\u2581", NORMAL);
    add("a", NORMAL);
    add("b", NORMAL);
    add("\u2581ab", NORMAL);
    add("ab", NORMAL);
    add("<x>", USER_DEFINED);
    putTokens();
    put("scores", GgufNumberArray.ofFloats(0, 0, 0, -2, -3, -3, -6, -5, 0));
  }

  @Test
  void readsUnigramWithItsDefaults() throws IOException {
    unigram();
    Tokenizer tokenizer = read();
    assertThat(tokenizer.eosId()).hasValue(1);
    assertThat(tokenizer.addsBos()).isFalse();
    assertThat(tokenizer.addsEos()).isTrue();
    assertThat(tokenizer.encode("ab")).containsExactly(7);
    assertThat(tokenizer.encode("a  ab")).containsExactly(4, 3, 6);
    assertThat(tokenizer.encode("\u00e9\u00e9a")).containsExactly(2, 4);
    assertThat(tokenizer.encode("a<x>b")).containsExactly(4, 8, 5);
    assertThat(tokenizer.encodePrompt("a</s>", SpecialTokens.PARSE)).containsExactly(4, 1);
    assertThat(tokenizer.encodePrompt("a", SpecialTokens.PLAIN_TEXT)).containsExactly(4, 1);
    assertThat(tokenizer.decode(4, 6, 3, 5)).isEqualTo("a ab b");
  }

  @Test
  void readsUnigramWithEverySetting() throws IOException {
    unigram();
    put("add_space_prefix", GgufValue.bool(true));
    put("remove_extra_whitespaces", GgufValue.bool(true));
    put("add_eos_token", GgufValue.bool(false));
    put("bos_token_id", GgufValue.uint32(0));
    put("add_bos_token", GgufValue.bool(true));
    put("unknown_token_id", GgufValue.uint32(5));
    Tokenizer tokenizer = read();
    assertThat(tokenizer.encodePrompt("  ab   b ", SpecialTokens.PLAIN_TEXT))
        .containsExactly(0, 6, 3, 5);
    assertThat(tokenizer.encode("\u00e9")).containsExactly(3, 5);
    assertThat(tokenizer.decode(6, 3)).isEqualTo("ab ");
  }

  /** A map by which {@code Q} becomes {@code ab}. */
  private static int[] charsmap() {
    int[] units = new int[512];
    Arrays.fill(units, 1 << 31);
    units[0] = 0;
    units['Q'] = 'Q' | 1 << 8 | ('Q' ^ 256) << 10;
    ByteBuffer map = ByteBuffer.allocate(4 + 4 * units.length + 3).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(4 * units.length);
    map.asIntBuffer().put(units);
    map.position(4 + 4 * units.length).put(new byte[] {'a', 'b', 0});
    int[] bytes = new int[map.capacity()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = map.get(i);
    }
    return bytes;
  }

  @Test
  void readsTheCharacterMapOfUnigram() throws IOException {
    unigram();
    put("precompiled_charsmap", GgufNumberArray.ofInts(charsmap()));
    assertThat(read().encode("Q Q")).containsExactly(7, 6);
    int[] endless = charsmap();
    // The offset of the unit of Q leads to the unit itself.
    endless[4 + 4 * 'Q' + 1] = 'Q' << 2 & 0xFF;
    endless[4 + 4 * 'Q' + 2] = 'Q' >> 6;
    put("precompiled_charsmap", GgufNumberArray.ofInts(endless));
    assertFault("The trie of a character map is endless");
    put("precompiled_charsmap", GgufNumberArray.ofInts(Arrays.copyOf(charsmap(), 100)));
    assertFault("A character map with a trie of 2048 bytes in 100 bytes");
    put("precompiled_charsmap", GgufNumberArray.ofInts(1000, 0, 0, 0));
    assertFault("tokenizer.ggml.precompiled_charsmap", "bytes");
  }

  private void assertFault(String... parts) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  /** {@code [PAD]} and, from 100 on, the special tokens; then {@code ▁the ▁a re s . ▁.}. */
  private void wordPiece() {
    put("model", GgufValue.text("bert"));
    add("[PAD]", CONTROL);
    for (int id = 1; id < 100; id++) {
      add("[unused" + id + "]", UNUSED);
    }
    add("[UNK]", UNKNOWN);
    add("[CLS]", CONTROL);
    add("[SEP]", CONTROL);
    add("[MASK]", CONTROL);
    for (String token : List.of("\u2581the", "\u2581a", "re", "s", "\u2581.", "\u2581\u00e9")) {
      add(token, NORMAL);
    }
    putTokens();
  }

  @Test
  void readsWordPieceWithItsDefaults() throws IOException {
    wordPiece();
    Tokenizer tokenizer = read();
    assertThat(tokenizer.bosId()).hasValue(101);
    assertThat(tokenizer.encode("There THE.")).containsExactly(104, 106, 104, 108);
    assertThat(tokenizer.encode("\u00e0 \u00e9")).containsExactly(105, 100);
    assertThat(tokenizer.encode("athe as")).containsExactly(100, 105, 107);
    assertThat(tokenizer.encodePrompt("a [MASK]", SpecialTokens.PARSE))
        .containsExactly(101, 105, 103, 102);
    assertThat(tokenizer.encode("[CLS]")).doesNotContain(101);
    assertThat(tokenizer.decode(101, 104, 106, 105, 108, 102)).isEqualTo("there a .");
    assertThat(tokenizer.decode(106, 105)).isEqualTo("re a");
  }

  @Test
  void readsWordPieceWithEverySetting() throws IOException {
    wordPiece();
    put("normalizer.lowercase", GgufValue.bool(false));
    put("normalizer.strip_accents", GgufValue.bool(false));
    put("cls_token_id", GgufValue.uint32(103));
    put("seperator_token_id", GgufValue.uint32(0));
    Tokenizer tokenizer = read();
    assertThat(tokenizer.encodePrompt("The \u00e9", SpecialTokens.PLAIN_TEXT))
        .containsExactly(103, 100, 109, 0);
    put("add_sep_token", GgufValue.bool(false));
    assertThat(read().encodePrompt("a", SpecialTokens.PLAIN_TEXT)).containsExactly(103, 105);
  }

  /** {@code <bos> a b ▁ \n ab ▁a \n\n \n\n\n <0xC3> <0xA9> </s>}. */
  private void markedSpaces(String model, String pre) {
    put("model", GgufValue.text(model));
    put("pre", GgufValue.text(pre));
    add("<bos>", CONTROL);
    for (String token : List.of("a", "b", "\u2581", "\n", "ab", "\u2581a", "\n\n", "\n\n\n")) {
      add(token, NORMAL);
    }
    add("<0xC3>", BYTE);
    add("<0xA9>", BYTE);
    add("</s>", NORMAL);
    putTokens();
    put("merges", GgufStringArray.of(List.of("a b", "\u2581 a")));
    put("bos_token_id", GgufValue.uint32(0));
    put("add_bos_token", GgufValue.bool(false));
  }

  @ParameterizedTest
  @CsvSource({"gemma4, gemma4", "gemma4, other", "gpt2, gemma4", "gpt2, granite-embed-multi-311m"})
  void readsGemma4(String model, String pre) throws IOException {
    markedSpaces(model, pre);
    Tokenizer tokenizer = read();
    assertThat(tokenizer.addsBos()).isTrue();
    assertThat(tokenizer.encode("a a ab")).containsExactly(1, 6, 3, 5);
    assertThat(tokenizer.encode("a\n\n\nb\n\n\n\n")).containsExactly(1, 8, 2, 4, 4, 4, 4);
    assertThat(tokenizer.encode("a\u00e9\u00e8b")).containsExactly(1, 9, 10, 2);
    assertThat(tokenizer.decode(1, 6, 3, 9, 10, 8)).isEqualTo("a a \u00e9\n\n\n");
  }

  @Test
  void readsSarvam() throws IOException {
    markedSpaces("gpt2", "sarvam-moe");
    Tokenizer tokenizer = read();
    assertThat(tokenizer.addsBos()).isFalse();
    assertThat(tokenizer.encode("a a ab\n\n")).containsExactly(1, 6, 3, 5, 4, 4);
  }

  @Test
  void knowsTheClosingTagAsTextWhereAToolsResponseEndsATurn() throws IOException {
    markedSpaces("gemma4", "gemma4");
    assertThat(read().isControl(11)).isTrue();
    assertThat(read().endOfGenerationIds()).containsExactly(11);
    add("<|tool_response>", CONTROL);
    putTokens();
    assertThat(read().isControl(11)).isFalse();
    assertThat(read().endOfGenerationIds()).containsExactly(12);
  }

  @Test
  void readsWordsThatWhiteSpaceParts() throws IOException {
    markedSpaces("whitespace", "whitespace");
    Tokenizer tokenizer = read();
    assertThat(tokenizer.encode(" ab\u3000a\nA b")).containsExactly(5, 1, 2);
    put("normalizer.lowercase", GgufValue.bool(true));
    assertThat(read().encode("AB A")).containsExactly(5, 1);
    values.put(PRE, GgufValue.text("gpt-2"));
    assertThatExceptionOfType(UnsupportedModelException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.feature()).isEqualTo("pre-tokenizer gpt-2"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void splitsAsByDefault(boolean said) throws IOException {
    put("model", GgufValue.text("gpt2"));
    if (said) {
      values.put(PRE, GgufValue.text("default"));
    }
    for (String token : List.of("1", "2", ".", "a", "11", "12", "111", "..", "a.", "\u0120")) {
      add(token, NORMAL);
    }
    putTokens();
    put("merges", GgufStringArray.of(List.of("1 1", "1 2", "11 1", ". .", "a .")));
    assertThat(read().encode("1112 a..")).containsExactly(6, 1, 9, 3, 7);
  }

  @ParameterizedTest
  @CsvSource({
    "Phi-3 mini, llama, gpt-2, false, true",
    "My PHI3 tune, llama, gpt-2, false, true",
    "modern-bert base, llama, gpt-2, true, false",
    "x, jina-bert-v3, gpt-2, true, false",
    "x, llama, jina-v2-de, true, false",
    "x, llama, gpt-2, false, false"
  })
  void knowsToWhichTokensWhiteSpaceBelongs(
      String name, String architecture, String pre, boolean left, boolean right)
      throws IOException {
    values.put("general.name", GgufValue.text(name));
    values.put("general.architecture", GgufValue.text(architecture));
    put("model", GgufValue.text("gpt2"));
    put("pre", GgufValue.text(pre));
    for (String token : List.of("a", "\u0120", "\u010a")) {
      add(token, NORMAL);
    }
    String mask = name.startsWith("modern") ? "[MASK]" : "<mask>";
    add(mask, CONTROL);
    add("<s>", CONTROL);
    putTokens();
    put("merges", GgufStringArray.of(List.of()));
    int[] ids = read().encode("a " + mask + "\n a <s> a", SpecialTokens.PARSE);
    String expected = "0 1 3 2 1 0 1 4 1 0";
    expected = left ? expected.replace("1 3", "3") : expected;
    expected = right ? expected.replace("3 2 1", "3") : expected;
    assertThat(String.join(" ", Arrays.stream(ids).mapToObj(Integer::toString).toList()))
        .isEqualTo(expected);
  }
}
