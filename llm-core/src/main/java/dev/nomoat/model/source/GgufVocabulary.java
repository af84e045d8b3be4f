package dev.nomoat.model.source;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tokens of a GGUF file, their ids with a meaning, and how they are merged. */
final class GgufVocabulary {
  /** Begins the keys of a tokenizer. */
  static final String PREFIX = "tokenizer.ggml.";

  static final String TOKENS = PREFIX + "tokens";
  private static final String TYPES = PREFIX + "token_type";
  private static final String SCORES = PREFIX + "scores";
  private static final String MERGES = PREFIX + "merges";

  private final GgufMetadata metadata;
  private final String[] texts;

  /** Reads the texts of the tokens, of which there must be one. */
  GgufVocabulary(GgufMetadata metadata) {
    this.metadata = metadata;
    this.texts = texts(TOKENS);
    if (texts.length == 0) {
      throw metadata.fault(TOKENS, "at least one token");
    }
  }

  /** The strings of an array, which must be UTF-8. */
  private String[] texts(String key) {
    GgufStringArray strings = metadata.requireStrings(key);
    String[] texts = strings.toTexts();
    for (int i = 0; i < texts.length; i++) {
      if (texts[i].indexOf('\uFFFD') >= 0
          && !Arrays.equals(texts[i].getBytes(StandardCharsets.UTF_8), strings.bytes(i))) {
        throw fault(key, "UTF-8", "other bytes in element " + i, null);
      }
    }
    return texts;
  }

  private float[] scores() {
    if (metadata.get(SCORES).orElse(null) instanceof GgufNumberArray array
        && array.elementType().isInteger()) {
      int[] integers = metadata.requireInts(SCORES);
      float[] scores = new float[integers.length];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = integers[i];
      }
      return scores;
    }
    return metadata.requireFloats(SCORES);
  }

  /** The tokens with scores and types, which must be there. */
  List<VocabularyEntry> scored() {
    int[] types = metadata.requireInts(TYPES);
    return entries(types, scores());
  }

  /** The tokens without scores, and with types if the file has them. */
  List<VocabularyEntry> unscored() {
    return entries(metadata.contains(TYPES) ? metadata.requireInts(TYPES) : null, null);
  }

  private List<VocabularyEntry> entries(int @Nullable [] types, float @Nullable [] scores) {
    if (types != null && types.length != texts.length) {
      throw metadata.fault(TYPES, texts.length + " types, as there are tokens,");
    }
    if (scores != null && scores.length != texts.length) {
      throw metadata.fault(SCORES, texts.length + " scores, as there are tokens,");
    }
    Set<Integer> control = Set.copyOf(WellKnownTokens.ids(texts).values());
    List<VocabularyEntry> entries = new ArrayList<>(texts.length);
    for (int id = 0; id < texts.length; id++) {
      TokenType type = types == null ? TokenType.NORMAL : type(id, types[id]);
      try {
        entries.add(
            new VocabularyEntry(
                texts[id],
                control.contains(id) ? TokenType.CONTROL : type,
                scores == null ? 0 : scores[id]));
      } catch (IllegalArgumentException e) {
        throw fault(TOKENS, "a valid token " + id, String.valueOf(e.getMessage()), e);
      }
    }
    return entries;
  }

  private TokenType type(int id, int type) {
    return switch (type) {
      case 1 -> TokenType.NORMAL;
      case 2 -> TokenType.UNKNOWN;
      case 3 -> TokenType.CONTROL;
      case 4 -> TokenType.USER_DEFINED;
      // 0 is "undefined", written for ids that are not in use.
      case 0, 5 -> TokenType.UNUSED;
      case 6 -> TokenType.BYTE;
      default -> throw fault(TYPES, "types from 0 to 6", type + " for token " + id, null);
    };
  }

  /** Which pairs of tokens are merged, the first of all first. */
  List<Merge> merges() {
    String[] lines = texts(MERGES);
    List<Merge> merges = new ArrayList<>(lines.length);
    for (int rank = 0; rank < lines.length; rank++) {
      // Byte-level tokens have no spaces inside, but vocabularies exist in which a merge starts
      // with one.
      int space = lines[rank].indexOf(' ', 1);
      if (space < 0 || space == lines[rank].length() - 1) {
        throw fault(MERGES, "two tokens with a space between", "none in merge " + rank, null);
      }
      merges.add(new Merge(lines[rank].substring(0, space), lines[rank].substring(space + 1)));
    }
    return merges;
  }

  /** An id that a vocabulary of the kind has, if this one is so large. */
  OptionalInt known(int id) {
    return id < texts.length ? OptionalInt.of(id) : OptionalInt.empty();
  }

  /** The id under a key, or another if the key is absent. */
  OptionalInt id(String name, OptionalInt orElse) {
    String key = PREFIX + name;
    OptionalLong id = metadata.longInteger(key);
    if (id.isEmpty()) {
      return orElse;
    }
    if (id.getAsLong() < 0 || id.getAsLong() >= texts.length) {
      throw metadata.fault(key, "a token id below " + texts.length);
    }
    return OptionalInt.of((int) id.getAsLong());
  }

  /** The tokens that end an answer, of which one may be EOS. */
  Set<Integer> endOfGeneration(OptionalInt eos) {
    Map<String, Integer> known = WellKnownTokens.ids(texts);
    Set<Integer> end = WellKnownTokens.endOfGeneration(known);
    OptionalInt none = OptionalInt.empty();
    eos.ifPresent(end::add);
    id("eot_token_id", none).ifPresent(end::add);
    id("eom_token_id", none).ifPresent(end::add);
    id("fim_pad_token_id", WellKnownTokens.fillInPad(known)).ifPresent(end::add);
    id("fim_rep_token_id", WellKnownTokens.fillInRepository(known)).ifPresent(end::add);
    id("fim_sep_token_id", WellKnownTokens.fillInSeparator(known)).ifPresent(end::add);
    end.removeAll(WellKnownTokens.endOfParts(known));
    return end;
  }

  /** An unacceptable value of a key. */
  ModelFormatException fault(String key, String expected, String found, @Nullable Throwable cause) {
    long offset = metadata.fault(key, expected).offset();
    String wanted = expected + " for key \"" + key + "\"";
    return cause == null
        ? new ModelFormatException(metadata.file(), offset, wanted, found)
        : new ModelFormatException(metadata.file(), offset, wanted, found, cause);
  }
}
