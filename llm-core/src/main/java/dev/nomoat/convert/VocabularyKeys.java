package dev.nomoat.convert;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.VocabularyEntry;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The tokens of a folder as GGUF keeps them: texts, types, scores, and merges as texts.
 *
 * <p>Ids that the model has and the tokenizer does not are called {@code [PAD123]}, as llama.cpp's
 * converter calls them.
 */
final class VocabularyKeys {
  /** Begins the keys of a tokenizer. */
  static final String PREFIX = "tokenizer.ggml.";

  private static final char SPACE_MARK = '\u2581';

  /** What stands for a space in the alphabet of byte-level BPE. */
  private static final String BYTE_SPACE = "\u0120";

  /** Tokens that are found before others, and that nothing merges into. */
  private static final float FOUND_BEFORE = -1000;

  private static final float UNUSED = -10_000;

  private static final Set<String> LOOK_SPECIAL = Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]");

  private final TokenizerFolder folder;
  private final String[] texts;
  private final TokenType[] types;

  /**
   * Reads the tokens.
   *
   * @param folder the folder's tokenizer
   * @param vocabSize how many tokens the model has; 0 for those of the tokenizer
   * @throws ModelFormatException if the model has fewer than the tokenizer
   */
  VocabularyKeys(TokenizerFolder folder, int vocabSize) {
    this.folder = folder;
    Tokenizer tokenizer = folder.tokenizer();
    int known = tokenizer.vocabularySize();
    if (vocabSize > 0 && known > vocabSize) {
      throw new ModelFormatException(
          folder.path(), 0, "a tokenizer of at most %d tokens".formatted(vocabSize), known + "");
    }
    int size = Math.max(vocabSize, known);
    texts = new String[size];
    types = new TokenType[size];
    for (int id = 0; id < size; id++) {
      boolean hole = id >= known || tokenizer.token(id).text().isEmpty();
      texts[id] = hole ? "[PAD" + id + "]" : tokenizer.token(id).text();
      types[id] = hole ? TokenType.UNUSED : type(tokenizer.token(id));
      if (types[id] == TokenType.USER_DEFINED) {
        // found in text in which no space is marked yet
        texts[id] = texts[id].replace(SPACE_MARK, ' ');
      }
    }
  }

  /** Some models add tokens that mark something as if they were text. */
  private static TokenType type(VocabularyEntry entry) {
    return entry.type() == TokenType.USER_DEFINED && looksSpecial(entry.text())
        ? TokenType.CONTROL
        : entry.type();
  }

  private static boolean looksSpecial(String text) {
    return LOOK_SPECIAL.contains(text)
        || (text.startsWith("<|") && text.endsWith("|>"))
        || (text.startsWith("<\uFF5C") && text.endsWith("\uFF5C>"))
        || (text.startsWith("<unused") && text.endsWith(">"));
  }

  /**
   * Texts and types.
   *
   * @param change what becomes of the texts of tokens that stand for text
   */
  Map<String, GgufValue> unscored(UnaryOperator<String> change) {
    List<String> changed = new ArrayList<>(texts.length);
    long[] numbers = new long[texts.length];
    for (int id = 0; id < texts.length; id++) {
      boolean text = types[id] != TokenType.CONTROL && types[id] != TokenType.UNKNOWN;
      changed.add(text ? change.apply(texts[id]) : texts[id]);
      numbers[id] = number(types[id]);
    }
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put(PREFIX + "tokens", GgufStringArray.of(changed));
    keys.put(PREFIX + "token_type", GgufNumberArray.ofIntegers(GgufValueType.INT32, numbers));
    return keys;
  }

  private static int number(TokenType type) {
    return switch (type) {
      case NORMAL -> 1;
      case UNKNOWN -> 2;
      case CONTROL -> 3;
      case USER_DEFINED -> 4;
      case UNUSED -> 5;
      case BYTE -> 6;
    };
  }

  /** A token of WordPiece: what begins a word has a mark, what continues one has none. */
  static String wordPiece(String text) {
    return text.startsWith("##") ? text.substring(2) : SPACE_MARK + text;
  }

  private Map<String, GgufValue> scored(float[] scores) {
    Map<String, GgufValue> keys = unscored(text -> text);
    keys.put(PREFIX + "scores", GgufNumberArray.ofFloats(scores));
    return keys;
  }

  private float[] scores() {
    float[] scores = new float[texts.length];
    for (int id = 0; id < scores.length; id++) {
      scores[id] =
          switch (types[id]) {
            case UNUSED -> UNUSED;
            case CONTROL, USER_DEFINED -> FOUND_BEFORE;
            case NORMAL, UNKNOWN, BYTE -> 0;
          };
    }
    return scores;
  }

  /** With the scores of SentencePiece, by which neighbours merge. */
  Map<String, GgufValue> withScoresOf(Tokenizer pieces) {
    float[] scores = scores();
    for (int id = 0; id < Math.min(scores.length, pieces.vocabularySize()); id++) {
      if (scores[id] == 0) {
        scores[id] = pieces.token(id).score();
      }
    }
    return scored(scores);
  }

  /** With scores by which neighbours merge in the order of a list of merges. */
  Map<String, GgufValue> withScoresOfMerges() {
    float[] scores = scores();
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < texts.length; id++) {
      ids.put(texts[id], id);
    }
    boolean[] merged = new boolean[texts.length];
    int rank = 0;
    for (JsonPlace line : mergeLines()) {
      Integer id = ids.get(String.join("", pair(line)));
      if (id != null && !merged[id] && types[id] == TokenType.NORMAL) {
        merged[id] = true;
        scores[id] = -rank;
      }
      rank++;
    }
    return scored(scores);
  }

  /** With the logarithms of how likely tokens are. */
  Map<String, GgufValue> likely() {
    float[] scores = scores();
    Tokenizer tokenizer = folder.tokenizer();
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      if (types[id] != TokenType.UNUSED) {
        scores[id] = tokenizer.token(id).score();
      }
    }
    return scored(scores);
  }

  /** What merges, the first of all first. */
  Map<String, GgufValue> merges() {
    List<String> lines = new ArrayList<>();
    for (JsonPlace line : mergeLines()) {
      String[] pair = pair(line);
      lines.add(
          String.join(
              " ", Arrays.stream(pair).map(part -> part.replace(" ", BYTE_SPACE)).toList()));
    }
    return Map.of(PREFIX + "merges", GgufStringArray.of(lines));
  }

  private List<JsonPlace> mergeLines() {
    return folder.json().orElseThrow().get("model").get("merges").elements();
  }

  private static String[] pair(JsonPlace line) {
    return line.value() instanceof Json.ArrayValue
        ? line.elements().stream().map(JsonPlace::text).toArray(String[]::new)
        : line.text().split(" ", 2);
  }

  /** The character map that rewrites text, where a normaliser has one. */
  static Map<String, GgufValue> charsmap(JsonPlace json) {
    return json.find("normalizer").stream()
        .flatMap(VocabularyKeys::steps)
        .filter(step -> step.get("type").text().equals("Precompiled"))
        .map(step -> Base64.getDecoder().decode(step.get("precompiled_charsmap").text()))
        .filter(map -> map.length > 0)
        .findFirst()
        .map(map -> Map.of(PREFIX + "precompiled_charsmap", bytes(map)))
        .orElse(Map.of());
  }

  /** That text is normalised to composed characters. */
  static Map<String, GgufValue> composed(JsonPlace json) {
    boolean composes =
        json.find("normalizer").stream()
            .flatMap(VocabularyKeys::steps)
            .anyMatch(step -> step.get("type").text().equals("NFC"));
    return composes ? Map.of(PREFIX + "normalizer.nfc", GgufValue.bool(true)) : Map.of();
  }

  private static GgufValue bytes(byte[] map) {
    long[] numbers = new long[map.length];
    for (int i = 0; i < map.length; i++) {
      numbers[i] = Byte.toUnsignedLong(map[i]);
    }
    return GgufNumberArray.ofIntegers(GgufValueType.UINT8, numbers);
  }

  private static Stream<JsonPlace> steps(JsonPlace normalizer) {
    return normalizer.get("type").text().equals("Sequence")
        ? normalizer.get("normalizers").elements().stream()
        : Stream.of(normalizer);
  }
}
