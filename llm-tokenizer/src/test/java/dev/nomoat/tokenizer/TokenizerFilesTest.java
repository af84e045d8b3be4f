package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerFilesTest {
  private static final String MODEL =
      "'model':{'type':'BPE','vocab':{'a':0,'b':1,'ab':2,'<s>':3},'merges':['a b']}";

  private static Tokenizer read(String json) {
    return TokenizerFiles.ofJson(json.replace('\'', '"'), "{}");
  }

  @Test
  void readsADirectoryWithItsConfiguration(@TempDir Path folder) throws IOException {
    String added = "'added_tokens':[{'id':3,'content':'<s>','special':true}],";
    Files.writeString(
        folder.resolve("tokenizer.json"), ("{" + added + MODEL + "}").replace('\'', '"'));
    assertThat(TokenizerFiles.read(folder).addsBos()).isFalse();
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\":{\"content\":\"<s>\"},\"eos_token\":\"b\",\"add_bos_token\":true}");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertThat(tokenizer.bosId()).hasValue(3);
    assertThat(tokenizer.eosId()).hasValue(1);
    assertThat(tokenizer.isControl(3)).isTrue();
    assertThat(tokenizer.endOfGenerationIds()).containsExactly(1);
    assertThat(tokenizer.encodePrompt("aba<s>", SpecialTokens.PARSE)).containsExactly(3, 2, 0, 3);
    assertThat(TokenizerFiles.read(folder.resolve("tokenizer.json")).addsBos()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'model':{'type':'Magic'}}; model is an object, but should be of another type than Magic,"
            + " which is not supported,",
        "{'normalizer':{'type':'Magic'},'model':{'vocab':{'a':0},'merges':[]}}; normalizer is an"
            + " object, but should be of another type than Magic, which is not supported,",
        "{'pre_tokenizer':{'type':'Sequence','pretokenizers':[{'type':'Magic'}]},'model':{'vocab':"
            + "{'a':0},'merges':[]}}; pre_tokenizer.pretokenizers[0] is an object, but should be of"
            + " another type than Magic, which is not supported,",
        "{'post_processor':{'type':'Magic'},'model':{'vocab':{'a':0},'merges':[]}}; post_processor"
            + " is an object, but should be of another type than Magic, which is not supported,",
        "{'model':{'vocab':{'a':0},'merges':['a b']}}; model.merges[0] is a string, but should be"
            + " made of tokens: \"b\" is none,",
        "{'model':{'vocab':{'a':0},'merges':['ab']}}; model.merges[0] is a string, but should be"
            + " two tokens with a space between",
        "{'model':{'vocab':{'a':2000000000},'merges':[]}}; The highest id of 1 tokens is"
            + " 2000000000",
        "{'model':{'vocab':{'a':65541},'merges':[]}}; The highest id of 1 tokens is 65541",
        "{'model':{'vocab':{},'merges':[]}}; The highest id of 0 tokens is -1",
        "{'model':{'type':'Unigram','vocab':[['a',0]]}}; model has no unk_id, without which text"
            + " may have no tokens",
        "{'model':{'type':'Unigram','unk_id':0,'vocab':[['?',0],['a',-1e999]]}}; model.vocab[1][1]"
            + " is a number, but should be from -1e28 to 1e28 as the score of token \"a\"",
        "{'model':{'type':'WordPiece','vocab':{'a':0}}}; model has no unknown token, without which"
            + " words may have no tokens",
        "[]; The JSON is an array, but should be an object"
      })
  void refusesWhatIsMalformedOrNotSupported(String json, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(json)).withMessage(message);
  }

  /** The files are sparse: they take no room on the disk. */
  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "tokenizer_config.json"})
  void refusesFilesThatFitIntoNoString(String name, @TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), ("{" + MODEL + "}").replace('\'', '"'));
    Path file = folder.resolve(name);
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength((1 << 29) + 1);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenizerFiles.read(folder))
        .withMessageContaining(file + " has 536870913 bytes, more than any tokenizer");
  }

  @Test
  void refusesWhatIsNoRegularFile(@TempDir Path folder) throws IOException {
    Path file = Files.createDirectory(folder.resolve("tokenizer.json"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> TokenizerFiles.read(file.getParent()))
        .withMessage(file + " is not a regular file");
  }
}
