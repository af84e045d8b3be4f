package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SentencePiece models: some that were trained for these tests with the library 0.2.2, with what it
 * makes of random texts, and some written by hand.
 */
class SentencePieceModelTest {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int BYTE = 6;

  /** A message of Protocol Buffers, written field by field. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Message varint(long value) {
      long left = value;
      while ((left & ~127L) != 0) {
        out.write((int) (left & 127) | 128);
        left >>>= 7;
      }
      out.write((int) left);
      return this;
    }

    Message integer(int field, long value) {
      return varint((long) field << 3).varint(value);
    }

    Message number(int field, float value) {
      varint((long) field << 3 | 5);
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint((long) field << 3 | 2).varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message piece(String text, float score, int type) {
      var piece = new Message().bytes(1, text.getBytes(StandardCharsets.UTF_8));
      return bytes(1, piece.number(2, score).integer(3, type).toBytes());
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }

  /** {@code <unk> <s> </s> ▁ a b ▁a ab}, with the normaliser's defaults. */
  private static Message model() {
    return new Message()
        .piece("<unk>", 0, UNKNOWN)
        .piece("<s>", 0, CONTROL)
        .piece("</s>", 0, CONTROL)
        .piece("\u2581", -5, NORMAL)
        .piece("a", -3, NORMAL)
        .piece("b", -3, NORMAL)
        .piece("\u2581a", -2, NORMAL)
        .piece("ab", -1, NORMAL);
  }

  private static Message bpe() {
    return model().bytes(2, new Message().integer(3, 2).toBytes());
  }

  private static Tokenizer read(Message model) {
    return TokenizerFiles.ofSentencePiece(model.toBytes(), "{}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bpe-bytes",
        "bpe-noescape",
        "bpe-unused",
        "unigram-bytes",
        "unigram-suffix",
      })
  void encodesAndDecodesAsTheLibraryDoes(String name) throws IOException {
    String path = "sentencepiece/" + name;
    Tokenizer tokenizer = TokenizerFiles.ofSentencePiece(GoldenLines.bytes(path + ".model"), "{}");
    List<String[]> lines = GoldenLines.read(path + ".txt");
    assertThat(lines).hasSize(100);
    for (String[] fields : lines) {
      String text = GoldenLines.unescape(fields[0]);
      int[] ids = GoldenLines.ids(fields[1]);
      assertThat(tokenizer.encode(text)).as(fields[0]).isEqualTo(ids);
      assertThat(tokenizer.encodeWithSpans(text, SpecialTokens.PLAIN_TEXT).ids()).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).as(fields[0]).isEqualTo(GoldenLines.unescape(fields[2]));
      assertThat(stream(tokenizer, ids)).isEqualTo(tokenizer.decode(ids));
    }
  }

  private static String stream(Tokenizer tokenizer, int[] ids) {
    StreamingDecoder decoder = StreamingDecoder.ofText(tokenizer);
    var text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  @Test
  void tellsUnigramFromBpe() {
    assertThat(read(model()).encode("ab")).containsExactly(6, 5);
    assertThat(read(bpe()).encode("ab")).containsExactly(3, 7);
    assertThat(read(model()).encode(" a  b ")).containsExactly(6, 3, 5);
    assertThat(read(bpe()).encode(" a  b ")).containsExactly(6, 3, 5);
  }

  @Test
  void honoursControlPiecesOnlyWhenAsked() {
    Tokenizer tokenizer = read(bpe());
    assertThat(tokenizer.bosId()).hasValue(1);
    assertThat(tokenizer.eosId()).hasValue(2);
    assertThat(tokenizer.addsBos()).isFalse();
    assertThat(tokenizer.encode("<s>")).containsExactly(3, 0);
    assertThat(tokenizer.encode("<s>a</s>", SpecialTokens.PARSE)).containsExactly(1, 6, 2);
    assertThat(tokenizer.decode(1, 6, 2)).isEqualTo("a");
    assertThat(tokenizer.endOfGenerationIds()).containsExactly(2);
  }

  @Test
  void findsUserDefinedPiecesInsideTheText() {
    Tokenizer tokenizer = read(bpe().piece("ba", 0, USER_DEFINED));
    assertThat(tokenizer.encode("aba")).containsExactly(6, 8);
    assertThat(tokenizer.encode("ba b")).containsExactly(3, 8, 3, 5);
  }

  /** No piece has the score by which unknown text would be rated. */
  @Test
  void readsModelsWithoutNormalPieces() {
    Tokenizer tokenizer =
        read(new Message().piece("<unk>", 0, UNKNOWN).piece("ab", 0, USER_DEFINED));
    assertThat(tokenizer.encode("abxyab")).containsExactly(0, 1, 0, 1);
  }

  @Test
  void takesTheNamesOfTheSpecialPiecesFromTheTrainer() {
    Message trainer =
        new Message()
            .integer(3, 2)
            .bytes(46, "<b>".getBytes(StandardCharsets.UTF_8))
            .bytes(47, new byte[0]);
    Tokenizer tokenizer = read(model().piece("<b>", 0, CONTROL).bytes(2, trainer.toBytes()));
    assertThat(tokenizer.bosId()).hasValue(8);
    assertThat(tokenizer.eosId()).hasValue(2);
  }

  @Test
  void readsADirectoryWithItsConfiguration(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("tokenizer.model"), bpe().toBytes());
    assertThat(TokenizerFiles.read(folder).addsBos()).isFalse();
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"tokenizer_class": "LlamaTokenizer", "add_eos_token": true, "legacy": false,
         "eos_token": {"content": "<|end|>"}, "additional_special_tokens": ["<|end|>"],
         "added_tokens_decoder": {
           "1": {"content": "<s>", "special": true},
           "9": {"content": "<|end|>", "special": true, "rstrip": true},
           "10": {"content": "b a", "special": false}}}
        """);
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<|end|>\": 9, \"<t>\": 12}");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertThat(tokenizer.vocabularySize()).isEqualTo(13);
    assertThat(tokenizer.encodePrompt("a", SpecialTokens.PARSE)).containsExactly(1, 6, 9);
    assertThat(tokenizer.encode("ab a<t>")).containsExactly(6, 10, 12);
    assertThat(tokenizer.encode("a<|end|>  a", SpecialTokens.PARSE)).containsExactly(6, 9, 4);
    assertThat(tokenizer.encode("<|end|>")).doesNotContain(9);
    assertThat(TokenizerFiles.read(folder.resolve("tokenizer.model")).addsBos()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"XLMRobertaTokenizer", "NllbTokenizerFast"})
  void refusesConfigurationsWithOtherIds(String python) {
    String config = "{\"tokenizer_class\":\"" + python + "\"}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerFiles.ofSentencePiece(bpe().toBytes(), config))
        .withMessageContaining("needs a tokenizer.json");
  }

  @Test
  void refusesAddedTokensFarBeyondTheModel() {
    String config = "{\"added_tokens_decoder\":{\"16777215\":{\"content\":\"x\"}}}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerFiles.ofSentencePiece(bpe().toBytes(), config))
        .withMessage("The id 16777215 of an added token is too high");
  }

  @Test
  void refusesAddedTokensThatContradictTheModel() {
    String config = "{\"added_tokens_decoder\":{\"4\":{\"content\":\"x\"}}}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerFiles.ofSentencePiece(bpe().toBytes(), config))
        .withMessage("Token 4 is \"a\" in the model, and \"x\" where tokens are added");
  }

  private static void assertRefused(Message model, long offset, String message) {
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> read(model))
        .satisfies(e -> assertThat(e.offset()).isEqualTo(offset))
        .withMessage("At byte " + offset + ": " + message);
  }

  @Test
  void refusesWhatIsNotSupported() {
    int size = model().toBytes().length;
    Message word = new Message().integer(3, 3);
    assertRefused(
        model().bytes(2, word.toBytes()), size + 2, "models of the type WORD are not supported");
    Message character = new Message().integer(3, 4);
    assertRefused(
        model().bytes(2, character.toBytes()),
        size + 2,
        "models of the type CHAR are not supported");
    Message denormalizer = new Message().bytes(2, new byte[] {1});
    assertRefused(
        model().bytes(5, denormalizer.toBytes()),
        size + 2,
        "a denormalizer_spec with a character map is not supported");
  }

  @Test
  void refusesWhatIsMalformed() {
    int size = model().toBytes().length;
    assertRefused(new Message(), 0, "there is no unknown piece");
    assertRefused(model().piece("a", 0, NORMAL), size, "pieces 4 and 8 are both \"a\"");
    assertRefused(model().piece("", 0, NORMAL), size, "piece 8 is empty");
    assertRefused(model().piece("?", 0, UNKNOWN), size, "pieces 0 and 8 are both unknown pieces");
    assertRefused(
        model().piece("<0x41>", 0, BYTE),
        size,
        "piece 8 is a byte, which the model does not fall back to");
    assertRefused(
        model().piece("x", -1e30f, NORMAL),
        size,
        "piece 8, \"x\", has the score -1.0E30, beyond what can be added up");
    assertRefused(model().piece("x", 0, 7), size + 10, "a piece has the unknown type 7");
    Message bytes = model().bytes(2, new Message().integer(35, 1).toBytes());
    assertRefused(
        bytes, bytes.toBytes().length, "the model falls back to bytes, but has only 0 of them");
    assertRefused(model().integer(1, 1), size, "a field has the wire type 0 instead of 2");
    assertRefused(model().varint(99 << 3 | 3), size, "a field has the wire type 3");
    assertRefused(model().varint(0), size, "a field has the number 0");
    assertRefused(model().varint(10), size, "a number does not end");
    assertRefused(model().varint(10).varint(100), size, "a field of 100 bytes has only 0 left");
    assertRefused(model().varint(10).varint(-1), size, "a field of -1 bytes has only 0 left");
    Message map = new Message().bytes(2, new byte[] {8, 0, 0, 0});
    assertRefused(
        model().bytes(3, map.toBytes()),
        size + 2,
        "A character map with a trie of 8 bytes in 4 bytes");
  }

  /** Whatever a file holds, it is refused with a reason or makes a tokenizer that works. */
  @ParameterizedTest
  @ValueSource(strings = {"bpe-unused", "unigram-suffix"})
  void survivesMutation(String name) throws IOException {
    byte[] good = GoldenLines.bytes("sentencepiece/" + name + ".model");
    var random = new Random(53);
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 400; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        // The normaliser is at the end.
        int from = random.nextBoolean() ? 0 : bad.length - 800;
        bad[random.nextInt(from, bad.length)] = (byte) random.nextInt(256);
      }
      try {
        Tokenizer tokenizer = TokenizerFiles.ofSentencePiece(bad, "{}");
        for (int i = 0; i < 20; i++) {
          int[] ids = tokenizer.encode(RandomText.next(random, 8), SpecialTokens.PARSE);
          assertThat(tokenizer.decodeWithControl(ids)).isNotNull();
        }
        read++;
      } catch (TokenizerFormatException e) {
        assertThat(e.offset()).isBetween(0L, (long) bad.length);
        refused++;
      }
    }
    assertThat(read).isGreaterThan(10);
    assertThat(refused).isGreaterThan(10);
  }
}
