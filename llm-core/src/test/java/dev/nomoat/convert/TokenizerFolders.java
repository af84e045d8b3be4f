package dev.nomoat.convert;

import dev.nomoat.tokenizer.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the tokenizers that folders of tests have. */
public final class TokenizerFolders {
  /** Tokens of the models that tests have. */
  public static final int VOCAB = 264;

  private static final List<String> SPECIAL = List.of("<|begin|>", "<|end|>", "<|pad|>", "<|unk|>");

  private TokenizerFolders() {}

  /**
   * Writes a tokenizer of bytes that adds BOS, and of "the", which is made by two merges.
   *
   * @param folder where to
   * @param preTokenizer how text is split, as JSON
   */
  public static void bytes(Path folder, String preTokenizer) throws IOException {
    Map<String, Json> vocabulary = new LinkedHashMap<>();
    for (int value = 0; value < 256; value++) {
      vocabulary.put(Character.toString(byteCharacter(value)), number(value));
    }
    StringBuilder added = new StringBuilder();
    for (int i = 0; i < SPECIAL.size(); i++) {
      String text = SPECIAL.get(i);
      added.append(i == 0 ? "" : ",").append(addedToken(256 + i, text, true));
      vocabulary.put(text, number(256 + i));
    }
    vocabulary.put("th", number(260));
    vocabulary.put("the", number(261));
    write(
        folder,
        "tokenizer.json",
        """
        {"added_tokens": [%s], "normalizer": null, "pre_tokenizer": %s, "post_processor": null,
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": %s, "merges": [["t", "h"], ["th", "e"]]}}\
        """
            .formatted(added, preTokenizer, new Json.ObjectValue(vocabulary).toJson()));
    write(
        folder,
        "tokenizer_config.json",
        """
        {"bos_token": "<|begin|>", "eos_token": "<|end|>", "pad_token": "<|pad|>",
         "add_bos_token": true}\
        """);
  }

  /** The same, split as GPT-2 splits. */
  public static void bytes(Path folder) throws IOException {
    bytes(folder, "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}");
  }

  static String addedToken(int id, String text, boolean special) {
    return "{\"id\": %d, \"content\": %s, \"special\": %b, \"normalized\": false}"
        .formatted(id, new Json.TextValue(text).toJson(), special);
  }

  static Json number(int value) {
    return new Json.NumberValue(Integer.toString(value));
  }

  /** Of the alphabet of byte-level BPE. */
  static int byteCharacter(int value) {
    boolean printable =
        (value >= '!' && value <= '~') || (value >= 161 && value <= 172) || value >= 174;
    if (printable) {
      return value;
    }
    int before = value <= ' ' ? value : value <= 160 ? 33 + value - 127 : 67;
    return 256 + before;
  }

  static void write(Path folder, String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
