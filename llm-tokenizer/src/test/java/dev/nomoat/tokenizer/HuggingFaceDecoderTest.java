package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.json.JsonException;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Decoders whose tokens depend on their place, with what the {@code tokenizers} library 0.23 makes.
 */
class HuggingFaceDecoderTest {
  private static Tokenizer read(String decoder, String... tokens) {
    var vocab = new StringBuilder();
    for (int id = 0; id < tokens.length; id++) {
      vocab.append(id == 0 ? "" : ",").append('"').append(tokens[id]).append("\":").append(id);
    }
    String json =
        "{'decoder':"
            + decoder
            + ",'added_tokens':[{'id':0,'content':'[CLS]','special':true}],"
            + "'model':{'type':'WordLevel','unk_token':'[UNK]','vocab':{";
    return TokenizerFiles.ofJson(json.replace('\'', '"') + vocab + "}}}", "{}");
  }

  private static void assertDecoded(Tokenizer tokenizer, String text, int... ids) {
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
    StreamingDecoder stream = StreamingDecoder.ofText(tokenizer);
    var streamed = new StringBuilder();
    for (int id : ids) {
      streamed.append(stream.accept(id));
    }
    assertThat(streamed.append(stream.finish())).hasToString(text);
  }

  @Test
  void wordPieceKeepsThePrefixOfTheFirstToken() {
    Tokenizer tokenizer =
        read("{'type':'WordPiece'}", "[CLS]", "##ing", "the", "##re", ".", "it", "'s", "[UNK]");
    assertDecoded(tokenizer, "##ing there. it's", 1, 2, 3, 4, 5, 6);
    assertDecoded(tokenizer, "##ing", 0, 1);
    assertDecoded(tokenizer, ".", 4);
    assertDecoded(tokenizer, "", 0);
  }

  @Test
  void metaspaceTakesAllMarksFromTheFirstToken() {
    String[] tokens = {"[CLS]", "\u2581\u2581\u2581a", "\u2581b", "\u2581", "a\u2581b", "[UNK]"};
    Tokenizer always = read("{'type':'Metaspace','replacement':'\u2581'}", tokens);
    assertDecoded(always, "a b ", 1, 2, 3);
    assertDecoded(always, " b", 0, 3, 2);
    assertDecoded(always, "ab b", 4, 2);
    Tokenizer never =
        read("{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'never'}", tokens);
    assertDecoded(never, "   a b", 1, 2);
  }

  @Test
  void bpeDecoderEndsWordsButTheLastWithASpace() {
    Tokenizer tokenizer =
        read("{'type':'BPEDecoder'}", "[CLS]", "he", "llo</w>", "a</w>b</w>", "c</w></w>", "[UNK]");
    assertDecoded(tokenizer, "hello hello", 1, 2, 1, 2, 0);
    assertDecoded(tokenizer, "llo", 2);
    assertDecoded(tokenizer, "a b c", 3, 4);
    assertDecoded(tokenizer, "", 0);
    assertThat(tokenizer.decodeWithControl(1, 2, 0)).isEqualTo("hello [CLS]");
  }

  @Test
  void bpeDecoderPassesOverTokensWithoutText() {
    String decoder =
        "{'type':'Sequence','decoders':[{'type':'BPEDecoder'},"
            + "{'type':'Replace','pattern':{'String':'x'},'content':''}]}";
    Tokenizer tokenizer = read(decoder, "[CLS]", "a</w>", "x", "b</w>", "[UNK]");
    assertDecoded(tokenizer, "a", 1, 2);
    assertDecoded(tokenizer, "a b", 2, 1, 2, 3, 2, 0, 2);
    assertDecoded(tokenizer, "", 2);
  }

  @Test
  void ctcDropsRepeatedTokens() {
    Tokenizer tokenizer =
        read("{'type':'CTC'}", "[CLS]", "<pad>", "h", "e", "l", "o", "|", "|'s", " .", "[UNK]");
    assertDecoded(tokenizer, "hello h", 1, 2, 2, 3, 1, 4, 4, 1, 4, 5, 6, 6, 2);
    assertDecoded(tokenizer, " h. 's", 6, 2, 8, 7);
    Tokenizer raw = read("{'type':'CTC','cleanup':false}", "[CLS]", "h", "|", "t", "[UNK]");
    assertDecoded(raw, "h|t", 1, 2, 3, 3);
  }

  @Test
  void stripsOnceAfterFusingAndEveryTokenOtherwise() {
    String strip = "{'type':'Strip','content':' ','start':1,'stop':";
    Tokenizer fused =
        read(
            "{'type':'Sequence','decoders':[{'type':'ByteFallback'},{'type':'Fuse'},"
                + strip
                + "0}]}",
            "[CLS]",
            "  a ",
            " b",
            "<0x20>",
            "[UNK]");
    assertDecoded(fused, " a  b", 1, 2);
    assertDecoded(fused, " b", 3, 2);
    Tokenizer each = read(strip + "1}", "[CLS]", "  a ", " b  ", "c", " ", "[UNK]");
    assertDecoded(each, " ab c", 1, 2, 3, 4);
  }

  @ParameterizedTest
  @CsvSource({"2,0,' '", "1,1,' '", "1,0,x"})
  void refusesToStripOtherwiseAfterFusing(int start, int stop, String content) {
    String strip =
        "{'type':'Sequence','decoders':[{'type':'Fuse'},{'type':'Strip','content':'%s','start':%d,'stop':%d}]}"
            .formatted(content, start, stop);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(strip, "[CLS]", "[UNK]"))
        .withMessageContaining("others are not supported");
  }

  @Test
  void stripsNoMoreThanThereIs() {
    String strip = "{'type':'Strip','content':'%s','start':2147483647,'stop':2147483647}";
    Tokenizer tokenizer = read(strip.formatted("aba"), "[CLS]", "ababab", "abaaba", "[UNK]");
    assertDecoded(tokenizer, "bab", 1, 2);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read(strip.formatted(""), "[CLS]", "[UNK]"))
        .withMessage("decoder.content is a string, but should be more than an empty text");
  }

  @ParameterizedTest
  @CsvSource({"a,aaaaaaaaaa,7", "'',a,21"})
  void refusesTokensThatGrowWithoutEnd(String found, String content, int steps) {
    String step =
        "{'type':'Replace','pattern':{'String':'%s'},'content':'%s'}".formatted(found, content);
    String decoder = "{'type':'Sequence','decoders':[%s]}";
    String fits = decoder.formatted(String.join(",", Collections.nCopies(3, step)));
    assertThat(read(fits, "[CLS]", "a", "[UNK]").decode(1)).hasSize(found.isEmpty() ? 15 : 1000);
    String grows = decoder.formatted(String.join(",", Collections.nCopies(steps, step)));
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read(grows, "[CLS]", "a", "[UNK]"))
        .withMessageStartingWith("decoder makes more than 1048576 characters of token \"aaa");
  }
}
