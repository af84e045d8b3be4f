package dev.nomoat.model.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTokenizerTest extends GgufTokenizerFixture {
  /**
   * {@code <unk> <s> </s>}, the bytes from 3 on, then a space mark, a and both together from 259
   * on.
   */
  private void sentencePiece() {
    put("model", GgufValue.text("llama"));
    add("<unk>", UNKNOWN);
    add("<s>", CONTROL);
    add("</s>", NORMAL);
    for (int value = 0; value < 256; value++) {
      add("<0x%02X>".formatted(value), BYTE);
    }
    add("\u2581", NORMAL);
    add("a", NORMAL);
    add("\u2581a", NORMAL);
    putTokens();
    put("scores", GgufNumberArray.ofFloats(new float[tokens.size()]));
  }

  /**
   * Printable ASCII from {@code !} = 0, then the space's letter, {@code ab}, and control tokens
   * from 96 on.
   */
  private void byteLevel(String pre) {
    put("model", GgufValue.text("gpt2"));
    put("pre", GgufValue.text(pre));
    for (char letter = '!'; letter <= '~'; letter++) {
      add(String.valueOf(letter), NORMAL);
    }
    add("\u0120", NORMAL);
    add("ab", NORMAL);
    add("<|bos|>", CONTROL);
    add("<|im_end|>", NORMAL);
    putTokens();
    put("merges", GgufStringArray.of(List.of("a b")));
  }

  private void assertFault(String... parts) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.file()).isEqualTo(folder.resolve("model.gguf")))
        .satisfies(e -> assertThat(e.offset()).isPositive())
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  @Test
  void readsSentencePieceWithItsDefaults() throws IOException {
    sentencePiece();
    Tokenizer tokenizer = read();
    assertThat(tokenizer.bosId()).hasValue(1);
    assertThat(tokenizer.eosId()).hasValue(2);
    assertThat(tokenizer.addsBos()).isTrue();
    assertThat(tokenizer.addsEos()).isFalse();
    assertThat(tokenizer.encodePrompt("a\n", SpecialTokens.PLAIN_TEXT)).containsExactly(1, 261, 13);
    // Known by its text, though the file calls it normal.
    assertThat(tokenizer.isControl(2)).isTrue();
    assertThat(tokenizer.endOfGenerationIds()).containsExactly(2);
  }

  @Test
  void readsSentencePieceWithEverySetting() throws IOException {
    sentencePiece();
    put("bos_token_id", GgufValue.uint32(260));
    put("eos_token_id", GgufValue.uint32(1));
    put("unknown_token_id", GgufValue.uint32(5));
    put("eot_token_id", GgufValue.uint32(6));
    put("eom_token_id", GgufValue.uint32(7));
    put("add_bos_token", GgufValue.bool(false));
    put("add_eos_token", GgufValue.bool(true));
    put("add_space_prefix", GgufValue.bool(false));
    int[] scores = new int[tokens.size()];
    values.put("tokenizer.ggml.scores", GgufNumberArray.ofInts(scores));
    Tokenizer tokenizer = read();
    assertThat(tokenizer.bosId()).hasValue(260);
    assertThat(tokenizer.encodePrompt(" a", SpecialTokens.PARSE)).containsExactly(261, 1);
    assertThat(tokenizer.encode("a")).containsExactly(260);
    assertThat(tokenizer.endOfGenerationIds()).containsExactlyInAnyOrder(1, 2, 6, 7);
  }

  @Test
  void readsByteLevelWithItsDefaults() throws IOException {
    byteLevel("gpt-2");
    values.remove("tokenizer.ggml.token_type");
    Tokenizer tokenizer = read();
    assertThat(tokenizer.bosId()).isEmpty();
    assertThat(tokenizer.eosId()).isEmpty();
    assertThat(tokenizer.addsBos()).isFalse();
    assertThat(tokenizer.encode("ab ab")).containsExactly(95, 94, 95);
    assertThat(tokenizer.encode("<|im_end|>").length).isGreaterThan(1);
    assertThat(tokenizer.encode("<|im_end|>", SpecialTokens.PARSE)).containsExactly(97);
    assertThat(tokenizer.endOfGenerationIds()).containsExactly(97);
  }

  @Test
  void readsByteLevelWithEverySetting() throws IOException {
    byteLevel("qwen2");
    put("bos_token_id", GgufValue.uint32(96));
    put("eos_token_id", GgufValue.uint32(95));
    put("add_bos_token", GgufValue.bool(true));
    put("add_eos_token", GgufValue.bool(true));
    Tokenizer tokenizer = read();
    assertThat(tokenizer.encodePrompt("ab", SpecialTokens.PARSE)).containsExactly(96, 95);
    assertThat(tokenizer.encodePrompt("<|bos|>1", SpecialTokens.PARSE)).containsExactly(96, 16, 95);
    assertThat(tokenizer.endOfGenerationIds()).containsExactlyInAnyOrder(95, 97);
  }

  @Test
  void addsBosAndTakesWholeWordsForLlama3() throws IOException {
    byteLevel("llama-bpe");
    values.put("tokenizer.ggml.merges", GgufStringArray.of(List.of()));
    assertThat(read().addsBos()).isFalse();
    put("bos_token_id", GgufValue.uint32(96));
    assertThat(read().encodePrompt("ab", SpecialTokens.PARSE)).containsExactly(96, 95);
    values.put("tokenizer.ggml.pre", GgufValue.text("gpt-2"));
    assertThat(read().encodePrompt("ab", SpecialTokens.PARSE)).containsExactly(64, 65);
  }

  @Test
  void knowsWhatLeavesThePlaceToFill() throws IOException {
    byteLevel("qwen2");
    for (String token : List.of("<|repo_name|>", "<|fim_pad|>", "<|file_sep|>", "<|fim_middle|>")) {
      add(token, USER_DEFINED);
    }
    putTokens();
    Tokenizer tokenizer = read();
    assertThat(tokenizer.endOfGenerationIds()).containsExactlyInAnyOrder(97, 98, 99, 100);
    assertThat(tokenizer.isControl(101)).isTrue();
    put("fim_pad_token_id", GgufValue.uint32(3));
    assertThat(read().endOfGenerationIds()).containsExactlyInAnyOrder(97, 98, 3, 100);
  }

  @ParameterizedTest
  @CsvSource({"<|return|>, <|call|>", "<|flush|>, <|calls|>"})
  void goesOnAfterTheEndOfAPartOfAMessage(String first, String second) throws IOException {
    byteLevel("gpt-2");
    add("<|end|>", CONTROL);
    add(first, CONTROL);
    putTokens();
    assertThat(read().endOfGenerationIds()).containsExactlyInAnyOrder(97, 98, 99);
    add(second, CONTROL);
    putTokens();
    assertThat(read().endOfGenerationIds()).containsExactlyInAnyOrder(97, 99, 100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwkv", "plamo2", "none", ""})
  void refusesOtherTokenizers(String model) {
    byteLevel("gpt-2");
    values.put("tokenizer.ggml.model", GgufValue.text(model));
    assertThatExceptionOfType(UnsupportedModelException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.feature()).isEqualTo("tokenizer " + model))
        .satisfies(e -> assertThat(e.offset()).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"whitespace", "none", "Qwen2"})
  void refusesOtherPreTokenizers(String pre) {
    byteLevel(pre);
    assertThatExceptionOfType(UnsupportedModelException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.feature()).isEqualTo("pre-tokenizer " + pre));
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "tokens", "token_type", "scores"})
  void needsTheKeysOfSentencePiece(String key) {
    sentencePiece();
    values.remove("tokenizer.ggml." + key);
    assertFault("tokenizer.ggml." + key, "no such key");
    values.put("tokenizer.ggml." + key, GgufValue.uint32(1));
    assertFault("tokenizer.ggml." + key, "UINT32 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "tokens", "merges"})
  void needsTheKeysOfByteLevel(String key) {
    byteLevel("gpt-2");
    values.remove("tokenizer.ggml." + key);
    assertFault("tokenizer.ggml." + key, "no such key");
    values.put("tokenizer.ggml." + key, GgufValue.uint32(1));
    assertFault("tokenizer.ggml." + key, "UINT32 1");
  }

  @Test
  void refusesArraysOfDifferentLengths() {
    sentencePiece();
    put("scores", GgufNumberArray.ofFloats(1, 2));
    assertFault("262 scores", "tokenizer.ggml.scores", "array of 2");
    put("token_type", GgufNumberArray.ofInts(1, 2, 3));
    assertFault("262 types", "tokenizer.ggml.token_type", "array of 3");
    put("tokens", GgufStringArray.of(List.of()));
    assertFault("at least one token", "tokenizer.ggml.tokens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bos", "eos", "unknown", "eot", "eom", "fim_pad", "fim_rep", "fim_sep"})
  void refusesIdsThatAreNotInTheVocabulary(String name) {
    sentencePiece();
    String key = name + "_token_id";
    put(key, GgufValue.uint32(262));
    assertFault("a token id below 262", key, "262");
    put(key, GgufValue.uint32(0xFFFFFFFFL));
    assertFault("a token id below 262", key, "4294967295");
    put(key, GgufNumberArray.ofInts(1));
    assertFault(key, "array of 1");
  }

  @Test
  void refusesToAddTokensThatAreNotThere() {
    byteLevel("gpt-2");
    put("add_bos_token", GgufValue.bool(true));
    assertFault("tokenizer.ggml.add_bos_token", "true");
    put("add_bos_token", GgufValue.bool(false));
    put("add_eos_token", GgufValue.bool(true));
    assertFault("tokenizer.ggml.add_eos_token", "true");
  }

  @Test
  void refusesBadTokens() {
    sentencePiece();
    types.set(260, BYTE);
    putTokens();
    assertFault("a valid token 260", "A byte token is written <0xNN>, not \"a\"");
    types.set(260, 7);
    putTokens();
    assertFault("types from 0 to 6", "7 for token 260");
    types.set(260, NORMAL);
    tokens.set(261, "a");
    putTokens();
    assertFault("Tokens 260 and 261 are both \"a\"");
    tokens.set(261, "b");
    putTokens();
    float[] scores = new float[tokens.size()];
    scores[261] = Float.NaN;
    put("scores", GgufNumberArray.ofFloats(scores));
    assertFault("a valid token 261", "The score of token \"b\" is no number");
  }

  @Test
  void refusesTokensThatAreNotUtf8() throws IOException {
    List<byte[]> bytes = new ArrayList<>();
    sentencePiece();
    tokens.set(261, "\uFFFD");
    for (String token : tokens) {
      bytes.add(token.getBytes(StandardCharsets.UTF_8));
    }
    put("tokens", GgufStringArray.ofBytes(bytes));
    assertThat(read().encode("a\uFFFD")).containsExactly(259, 260, 261);
    bytes.set(261, new byte[] {(byte) 0xE2, (byte) 0x96});
    put("tokens", GgufStringArray.ofBytes(bytes));
    assertFault("UTF-8", "tokenizer.ggml.tokens", "other bytes in element 261");
  }

  @Test
  void refusesBadMerges() {
    byteLevel("gpt-2");
    for (String merge : List.of("ab", "", " ab", "a ")) {
      put("merges", GgufStringArray.of(List.of("a b", merge)));
      assertFault("two tokens with a space between", "merge 1");
    }
    put("merges", GgufStringArray.of(List.of("a b", "b a")));
    assertFault("Merge 1 needs \"ba\", which is no token");
  }

  /** Whatever a file holds, it is refused with a reason or makes a tokenizer that works. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void survivesMutation(boolean byteLevel) throws IOException {
    if (byteLevel) {
      byteLevel("llama-bpe");
    } else {
      sentencePiece();
    }
    put("bos_token_id", GgufValue.uint32(1));
    put("eos_token_id", GgufValue.uint32(2));
    put("add_eos_token", GgufValue.bool(true));
    read();
    Path path = folder.resolve("model.gguf");
    byte[] good = Files.readAllBytes(path);
    var random = new Random(47);
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 1000; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(i == 0 ? 128 : 256);
      }
      Files.write(path, bad);
      try (GgufFile file = GgufFile.open(path)) {
        Tokenizer tokenizer = GgufTokenizer.read(file);
        int[] ids = tokenizer.encodePrompt("a ab <|im_end|>\u20ac\n", SpecialTokens.PARSE);
        assertThat(tokenizer.decodeWithControl(ids)).isNotNull();
        read++;
      } catch (ModelFormatException | UnsupportedModelException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(read).isGreaterThan(10);
    assertThat(refused).isGreaterThan(10);
  }
}
