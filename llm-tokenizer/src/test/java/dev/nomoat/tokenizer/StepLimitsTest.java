package dev.nomoat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.tokenizer.json.JsonException;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepLimitsTest {
  private static final String DOUBLES =
      "{'type':'Replace','pattern':{'String':'a'},'content':'aa'}";

  private static Tokenizer read(String part, String list, String step, int steps) {
    String sequence =
        "'%s':{'type':'Sequence','%s':[%s]}"
            .formatted(part, list, String.join(",", Collections.nCopies(steps, step)));
    String json = "{" + sequence + ",'model':{'type':'BPE','vocab':{'a':0},'merges':[]}}";
    return TokenizerFiles.ofJson(json.replace('\'', '"'), "{}");
  }

  /** The sequence itself is a step. */
  @ParameterizedTest
  @CsvSource({
    "normalizer, normalizers, NFC",
    "pre_tokenizer, pretokenizers, UnicodeScripts",
    "decoder, decoders, Fuse",
    "post_processor, processors, ByteLevel"
  })
  void refusesManySteps(String part, String list, String type) {
    String step = "{'type':'%s'}".formatted(type);
    assertThat(read(part, list, step, 63).encode("a")).containsExactly(0);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read(part, list, step, 100_000))
        .withMessage(
            "%s.%s[63] is an object, but should be one of at most 64 steps".formatted(part, list));
  }

  @Test
  void refusesStepsThatTogetherMakeATextFarLonger() {
    assertThat(read("normalizer", "normalizers", DOUBLES, 12).encode("a")).hasSize(1 << 12);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read("normalizer", "normalizers", DOUBLES, 40))
        .withMessage(
            "normalizer.normalizers[12] is an object, but should be one of steps that make a text"
                + " at most 4096 times as long");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "normalizer; normalizers; {'type':'ByteLevel'}",
        "normalizer; normalizers; {'type':'Replace','pattern':{'Regex':'(?=a)'},'content':'a'}",
        "pre_tokenizer; pretokenizers; {'type':'ByteLevel'}",
        "pre_tokenizer; pretokenizers; {'type':'Metaspace','replacement':'  '}"
      })
  void countsWhatEachStepMayAdd(String part, String list, String step) {
    assertThat(read(part, list, step, 12).vocabularySize()).isEqualTo(1);
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read(part, list, step, 13))
        .withMessageStartingWith(part + "." + list + "[12]");
  }
}
