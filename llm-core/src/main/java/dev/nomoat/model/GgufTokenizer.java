package dev.nomoat.model;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerAlgorithm;
import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Unigram;
import dev.nomoat.tokenizer.TokenizerAlgorithm.WordPiece;
import dev.nomoat.tokenizer.TokenizerSpec;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokenizer of a model from the {@code tokenizer.ggml.} keys of its GGUF file.
 *
 * <p>Where a file leaves something out, the defaults are those of llama.cpp, but for one: a {@code
 * gpt2} tokenizer without a BOS or EOS key has no such token, where llama.cpp takes token 11.
 * Tokens whose text is known to end an answer are control tokens whatever the file says.
 */
public final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String MODEL = PREFIX + "model";
  private static final String PRE = PREFIX + "pre";
  private static final String TOKENS = PREFIX + "tokens";
  private static final String TYPES = PREFIX + "token_type";
  private static final String SCORES = PREFIX + "scores";
  private static final String MERGES = PREFIX + "merges";
  private static final String ADD_BOS = PREFIX + "add_bos_token";
  private static final String ADD_EOS = PREFIX + "add_eos_token";

  private final GgufMetadata metadata;
  private final String[] texts;

  private GgufTokenizer(GgufMetadata metadata) {
    this.metadata = metadata;
    this.texts = texts(TOKENS);
    if (texts.length == 0) {
      throw metadata.fault(TOKENS, "at least one token");
    }
  }

  /**
   * Reads a tokenizer.
   *
   * @param file the model's file
   * @return its tokenizer, which does not need the file any more
   * @throws ModelFormatException if a key is missing or its value does not fit the others
   * @throws UnsupportedModelException if the tokenizer is of a kind, or splits text in a way, that
   *     is not implemented
   */
  public static Tokenizer read(GgufFile file) {
    GgufMetadata metadata = file.metadata();
    String model = metadata.requireString(MODEL);
    return switch (model) {
      case "llama" -> new GgufTokenizer(metadata).sentencePiece();
      case "gpt2" -> new GgufTokenizer(metadata).byteLevel(preTokenizer(metadata));
      case "t5" -> new GgufTokenizer(metadata).unigram();
      case "bert" -> new GgufTokenizer(metadata).wordPiece();
      default ->
          throw unsupported(
              metadata, MODEL, "tokenizer " + model, "supported: llama, gpt2, t5, bert");
    };
  }

  private static PreTokenizer preTokenizer(GgufMetadata metadata) {
    String name = metadata.string(PRE).orElse("default");
    return PreTokenizer.named(name)
        .orElseThrow(
            () ->
                unsupported(
                    metadata, PRE, "pre-tokenizer " + name, "supported: " + supportedNames()));
  }

  private static String supportedNames() {
    return PreTokenizer.families().stream()
        .flatMap(family -> family.names().stream())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static UnsupportedModelException unsupported(
      GgufMetadata metadata, String key, String feature, String detail) {
    long offset = metadata.fault(key, feature).offset();
    return new UnsupportedModelException(metadata.file(), offset, feature, detail);
  }

  private Tokenizer sentencePiece() {
    int[] types = metadata.requireInts(TYPES);
    float[] scores = scores();
    boolean prefix = metadata.bool(PREFIX + "add_space_prefix").orElse(true);
    return tokenizer(
        new SentencePieceBpe(prefix),
        vocabulary(types, scores),
        id("bos_token_id", known(1)),
        id("eos_token_id", known(2)),
        id("unknown_token_id", known(0)),
        true,
        false);
  }

  private Tokenizer byteLevel(PreTokenizer preTokenizer) {
    int @Nullable [] types = metadata.contains(TYPES) ? metadata.requireInts(TYPES) : null;
    return tokenizer(
        new ByteLevelBpe(preTokenizer, merges(), preTokenizer.takesWholeWords()),
        vocabulary(types, null),
        id("bos_token_id", OptionalInt.empty()),
        id("eos_token_id", OptionalInt.empty()),
        OptionalInt.empty(),
        preTokenizer.addsBos(),
        false);
  }

  private Tokenizer unigram() {
    int[] types = metadata.requireInts(TYPES);
    float[] scores = scores();
    OptionalInt eos = id("eos_token_id", known(1));
    return tokenizer(
        new Unigram(
            charsmap(),
            metadata.bool(PREFIX + "add_space_prefix").orElse(false),
            metadata.bool(PREFIX + "remove_extra_whitespaces").orElse(false)),
        vocabulary(types, scores),
        id("bos_token_id", OptionalInt.empty()),
        eos,
        id("unknown_token_id", known(2)),
        false,
        true);
  }

  private ByteBuffer charsmap() {
    String key = PREFIX + "precompiled_charsmap";
    if (!metadata.contains(key)) {
      return ByteBuffer.allocate(0);
    }
    int[] bytes = metadata.requireInts(key);
    ByteBuffer map = ByteBuffer.allocate(bytes.length);
    for (int value : bytes) {
      if (value < Byte.MIN_VALUE || value > 0xFF) {
        throw metadata.fault(key, "bytes");
      }
      map.put((byte) value);
    }
    return map.flip();
  }

  private Tokenizer wordPiece() {
    int @Nullable [] types = metadata.contains(TYPES) ? metadata.requireInts(TYPES) : null;
    OptionalInt separator = id("seperator_token_id", known(102));
    return tokenizer(
        new WordPiece(
            metadata.bool(PREFIX + "normalizer.lowercase").orElse(true),
            metadata.bool(PREFIX + "normalizer.strip_accents").orElse(true)),
        vocabulary(types, null),
        id("bos_token_id", id("cls_token_id", known(101))),
        // What ends a text here is the separator.
        separator,
        id("unknown_token_id", known(100)),
        true,
        metadata.bool(PREFIX + "add_sep_token").orElse(true));
  }

  private Tokenizer tokenizer(
      TokenizerAlgorithm algorithm,
      List<VocabularyEntry> vocabulary,
      OptionalInt bos,
      OptionalInt eos,
      OptionalInt unknown,
      boolean addBos,
      boolean addEos) {
    try {
      return Tokenizer.of(
          new TokenizerSpec(
              algorithm,
              vocabulary,
              bos,
              eos,
              unknown,
              adds(ADD_BOS, bos, addBos),
              adds(ADD_EOS, eos, addEos),
              endOfGeneration(eos)));
    } catch (IllegalArgumentException e) {
      throw fault(TOKENS, "a vocabulary that makes a tokenizer", String.valueOf(e.getMessage()), e);
    }
  }

  private boolean adds(String key, OptionalInt id, boolean orElse) {
    boolean adds = metadata.bool(key).orElse(orElse && id.isPresent());
    if (adds && id.isEmpty()) {
      throw metadata.fault(key, "false, because there is no such token,");
    }
    return adds;
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

  private List<VocabularyEntry> vocabulary(int @Nullable [] types, float @Nullable [] scores) {
    if (types != null && types.length != texts.length) {
      throw metadata.fault(TYPES, texts.length + " types, as there are tokens,");
    }
    if (scores != null && scores.length != texts.length) {
      throw metadata.fault(SCORES, texts.length + " scores, as there are tokens,");
    }
    List<VocabularyEntry> vocabulary = new ArrayList<>(texts.length);
    for (int id = 0; id < texts.length; id++) {
      TokenType type = types == null ? TokenType.NORMAL : type(id, types[id]);
      try {
        vocabulary.add(
            new VocabularyEntry(
                texts[id],
                WellKnownTokens.isControl(texts[id]) ? TokenType.CONTROL : type,
                scores == null ? 0 : scores[id]));
      } catch (IllegalArgumentException e) {
        throw fault(TOKENS, "a valid token " + id, String.valueOf(e.getMessage()), e);
      }
    }
    return vocabulary;
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

  private List<Merge> merges() {
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

  private OptionalInt known(int id) {
    return id < texts.length ? OptionalInt.of(id) : OptionalInt.empty();
  }

  /** The id under a key, or another if the key is absent. */
  private OptionalInt id(String name, OptionalInt orElse) {
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

  private Set<Integer> endOfGeneration(OptionalInt eos) {
    Map<String, Integer> ids = new HashMap<>();
    Set<Integer> end = new HashSet<>();
    for (int id = 0; id < texts.length; id++) {
      if (WellKnownTokens.isControl(texts[id])) {
        ids.put(texts[id], id);
      }
      if (WellKnownTokens.endsGeneration(texts[id])) {
        end.add(id);
      }
    }
    OptionalInt none = OptionalInt.empty();
    eos.ifPresent(end::add);
    id("eot_token_id", none).ifPresent(end::add);
    id("eom_token_id", none).ifPresent(end::add);
    id("fim_pad_token_id", first(ids, WellKnownTokens.FILL_IN_PAD)).ifPresent(end::add);
    id("fim_rep_token_id", first(ids, WellKnownTokens.FILL_IN_REPOSITORY)).ifPresent(end::add);
    id("fim_sep_token_id", first(ids, WellKnownTokens.FILL_IN_SEPARATOR)).ifPresent(end::add);
    // Where a message can end in several ways, <|end|> only ends a part of it, as in gpt-oss and
    // Solar Open.
    boolean calls = ids.containsKey("<|call|>") || ids.containsKey("<|calls|>");
    Integer partEnd = ids.get("<|end|>");
    if (partEnd != null
        && calls
        && (ids.containsKey("<|return|>") || ids.containsKey("<|flush|>"))) {
      end.remove(partEnd);
    }
    return end;
  }

  private static OptionalInt first(Map<String, Integer> ids, List<String> texts) {
    for (String text : texts) {
      Integer id = ids.get(text);
      if (id != null) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  private ModelFormatException fault(
      String key, String expected, String found, @Nullable Throwable cause) {
    long offset = metadata.fault(key, expected).offset();
    String wanted = expected + " for key \"" + key + "\"";
    return cause == null
        ? new ModelFormatException(metadata.file(), offset, wanted, found)
        : new ModelFormatException(metadata.file(), offset, wanted, found, cause);
  }
}
