package dev.nomoat.convert;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.source.GgufTokenizer;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys {@code tokenizer.*} of a file, from a folder's tokenizer. GGUF has a few kinds of
 * tokenizers with a few switches, where {@code tokenizer.json} puts steps together freely: so what
 * was written is read again, and only kept if texts become the same tokens.
 */
final class TokenizerKeys {
  private static final String PREFIX = VocabularyKeys.PREFIX;

  private final TokenizerFolder folder;
  private final String architecture;
  private final Optional<String> preTokenizer;
  private final VocabularyKeys vocabulary;

  private TokenizerKeys(
      TokenizerFolder folder, String architecture, int vocabSize, Optional<String> preTokenizer) {
    this.folder = folder;
    this.architecture = architecture;
    this.preTokenizer = preTokenizer;
    vocabulary = new VocabularyKeys(folder, vocabSize);
  }

  /**
   * Collects the keys.
   *
   * @param folder the folder's tokenizer
   * @param general the other keys of the file, on which reading a tokenizer depends too
   * @param vocabSize how many tokens the model has; 0 for those of the tokenizer
   * @param preTokenizer what GGUF calls the splitting; empty to find it
   * @throws UnsupportedModelException if GGUF cannot say what the tokenizer does
   * @throws ModelFormatException if the tokenizer has more tokens than the model
   */
  static Map<String, GgufValue> of(
      TokenizerFolder folder,
      Map<String, GgufValue> general,
      String architecture,
      int vocabSize,
      Optional<String> preTokenizer) {
    return new TokenizerKeys(folder, architecture, vocabSize, preTokenizer).keys(general);
  }

  private Map<String, GgufValue> keys(Map<String, GgufValue> general) {
    Map<String, GgufValue> special = SpecialTokenKeys.of(folder);
    TokenizerCheck check = new TokenizerCheck(folder.tokenizer());
    Optional<String> difference = Optional.empty();
    for (Map<String, GgufValue> candidate : candidates()) {
      Map<String, GgufValue> keys = new LinkedHashMap<>(candidate);
      keys.putAll(special);
      Map<String, GgufValue> all = new LinkedHashMap<>(general);
      all.putAll(keys);
      Tokenizer read = GgufTokenizer.read(GgufMetadata.of(folder.path(), all, key -> key));
      Optional<String> found = check.difference(read);
      if (found.isEmpty()) {
        keys.putAll(SpecialTokenKeys.furtherEnds(folder.tokenizer(), read));
        return keys;
      }
      difference = difference.or(() -> found); // of the likeliest
    }
    throw new UnsupportedModelException(
        "tokenizer in " + folder.path(),
        "GGUF cannot say what it does: "
            + difference.orElse("it splits text in a way that has no name there"));
  }

  /** What may describe the tokenizer, the likeliest first. */
  private List<Map<String, GgufValue>> candidates() {
    if (folder.json().isEmpty()) {
      return sentencePiece();
    }
    JsonPlace json = folder.json().get();
    JsonPlace model = json.get("model");
    String type = model.find("type").map(JsonPlace::text).orElse("BPE");
    return switch (type) {
      case "BPE" -> {
        if (!model.flag("byte_fallback", false)) {
          yield byteLevel(json, model);
        }
        yield architecture.equals("gemma4") ? List.of(gemma4()) : sentencePiece();
      }
      case "Unigram" -> unigram(json);
      case "WordPiece" -> wordPiece();
      default -> throw unsupported(type);
    };
  }

  private UnsupportedModelException unsupported(String kind) {
    return new UnsupportedModelException(
        "tokenizer " + kind, "supported: BPE, Unigram, WordPiece, in GGUF");
  }

  private List<Map<String, GgufValue>> byteLevel(JsonPlace json, JsonPlace model) {
    boolean wholeWords = model.flag("ignore_merges", false);
    List<String> names =
        preTokenizer
            .map(List::of)
            .orElseGet(
                () ->
                    json.find("pre_tokenizer")
                        .map(steps -> PreTokenizerNames.candidates(steps, architecture, wholeWords))
                        .orElse(List.of()));
    return names.stream()
        .map(
            name -> {
              Map<String, GgufValue> keys = keys("gpt2", name);
              keys.putAll(vocabulary.unscored(text -> text));
              keys.putAll(vocabulary.merges());
              keys.putAll(VocabularyKeys.composed(json));
              return keys;
            })
        .toList();
  }

  /** By scores, with or without a space before the text. */
  private List<Map<String, GgufValue>> sentencePiece() {
    List<Map<String, GgufValue>> scored = new ArrayList<>();
    folder.sentencePiece().ifPresent(pieces -> scored.add(vocabulary.withScoresOf(pieces)));
    if (folder.json().isPresent()) {
      scored.add(vocabulary.withScoresOfMerges());
    }
    List<Map<String, GgufValue>> all = new ArrayList<>();
    for (Map<String, GgufValue> tokens : scored) {
      for (boolean prefix : List.of(true, false)) {
        Map<String, GgufValue> keys = keys("llama", "default");
        keys.putAll(tokens);
        keys.put(PREFIX + "add_space_prefix", GgufValue.bool(prefix));
        all.add(keys);
      }
    }
    return all;
  }

  private Map<String, GgufValue> gemma4() {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put(PREFIX + "model", GgufValue.text("gemma4"));
    keys.putAll(vocabulary.unscored(text -> text));
    keys.putAll(vocabulary.merges());
    keys.put(PREFIX + "add_space_prefix", GgufValue.bool(false));
    return keys;
  }

  /** With or without a space before the text, and with spaces as they are or one for each run. */
  private List<Map<String, GgufValue>> unigram(JsonPlace json) {
    Map<String, GgufValue> scored = vocabulary.likely();
    Map<String, GgufValue> charsmap = VocabularyKeys.charsmap(json);
    List<Map<String, GgufValue>> all = new ArrayList<>();
    for (boolean removes : List.of(true, false)) {
      for (boolean prefix : List.of(true, false)) {
        Map<String, GgufValue> keys = keys("t5", "default");
        keys.putAll(scored);
        keys.put(PREFIX + "add_space_prefix", GgufValue.bool(prefix));
        keys.put(PREFIX + "remove_extra_whitespaces", GgufValue.bool(removes));
        keys.putAll(charsmap);
        all.add(keys);
      }
    }
    return all;
  }

  private List<Map<String, GgufValue>> wordPiece() {
    List<Map<String, GgufValue>> all = new ArrayList<>();
    for (boolean lowercase : List.of(true, false)) {
      for (boolean strips : lowercase ? List.of(true, false) : List.of(false, true)) {
        Map<String, GgufValue> keys = keys("bert", "bert-bge");
        keys.putAll(vocabulary.unscored(VocabularyKeys::wordPiece));
        keys.put(PREFIX + "normalizer.lowercase", GgufValue.bool(lowercase));
        keys.put(PREFIX + "normalizer.strip_accents", GgufValue.bool(strips));
        all.add(keys);
      }
    }
    return all;
  }

  private static Map<String, GgufValue> keys(String model, String pre) {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put(PREFIX + "model", GgufValue.text(model));
    keys.put(PREFIX + "pre", GgufValue.text(pre));
    return keys;
  }
}
