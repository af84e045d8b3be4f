package dev.nomoat.model.source;

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
import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe.Spaces;
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
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the tokenizer of a model from the {@code tokenizer.ggml.} keys of its GGUF file.
 *
 * <p>Where a file leaves something out, the defaults are those of llama.cpp, but for one: a {@code
 * gpt2} tokenizer without a BOS or EOS key has no such token, where llama.cpp takes token 11.
 * Tokens whose text is known to end an answer are control tokens whatever the file says.
 */
public final class GgufTokenizer {
  private static final Logger LOG = LoggerFactory.getLogger(GgufTokenizer.class);

  private static final String PREFIX = "tokenizer.ggml.";
  private static final String MODEL = PREFIX + "model";
  private static final String PRE = PREFIX + "pre";
  private static final String TOKENS = PREFIX + "tokens";
  private static final String TYPES = PREFIX + "token_type";
  private static final String SCORES = PREFIX + "scores";
  private static final String MERGES = PREFIX + "merges";
  private static final String ADD_BOS = PREFIX + "add_bos_token";
  private static final String ADD_EOS = PREFIX + "add_eos_token";

  private static final String LOWERCASE = PREFIX + "normalizer.lowercase";

  private static final String GEMMA4 = "gemma4";
  private static final String SARVAM = "sarvam-moe";
  private static final String WHITESPACE = "whitespace";

  /** Pre-tokenizers whose vocabularies are not written in the byte alphabet. */
  private static final Set<String> MARKS_SPACES =
      Set.of(GEMMA4, "granite-embed-multi-311m", SARVAM);

  private final GgufMetadata metadata;
  private final String[] texts;
  private boolean alwaysAddsBos;

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
      case "gpt2" -> {
        String pre = preTokenizerName(metadata);
        yield MARKS_SPACES.contains(pre)
            ? new GgufTokenizer(metadata).markedSpaces(pre)
            : new GgufTokenizer(metadata).byteLevel(preTokenizer(metadata, pre));
      }
      case GEMMA4 -> new GgufTokenizer(metadata).markedSpaces(GEMMA4);
      case WHITESPACE -> new GgufTokenizer(metadata).words(preTokenizerName(metadata));
      case "t5" -> new GgufTokenizer(metadata).unigram();
      case "bert" -> new GgufTokenizer(metadata).wordPiece();
      default ->
          throw unsupported(
              metadata,
              MODEL,
              "tokenizer " + model,
              "supported: llama, gpt2, gemma4, whitespace, t5, bert");
    };
  }

  private static String preTokenizerName(GgufMetadata metadata) {
    return metadata
        .string(PRE)
        .orElseGet(
            () -> {
              LOG.warn(
                  "{} does not say how text is split before it is encoded ({}): it is split as by"
                      + " default, which may not be what the model was trained with",
                  metadata.file(),
                  PRE);
              return "default";
            });
  }

  private static PreTokenizer preTokenizer(GgufMetadata metadata, String name) {
    return PreTokenizer.named(name).orElseThrow(() -> unsupportedPreTokenizer(metadata, name));
  }

  private static UnsupportedModelException unsupportedPreTokenizer(
      GgufMetadata metadata, String name) {
    String supported =
        Stream.concat(
                PreTokenizer.families().stream().flatMap(family -> family.names().stream()),
                MARKS_SPACES.stream())
            .sorted()
            .collect(Collectors.joining(", "));
    return unsupported(metadata, PRE, "pre-tokenizer " + name, "supported: " + supported);
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
    return withMerges(
        new ByteLevelBpe(preTokenizer, merges(), preTokenizer.takesWholeWords()),
        preTokenizer.addsBos());
  }

  /** BPE of code points, with marks for spaces as SentencePiece has them, by a merge list. */
  private Tokenizer markedSpaces(String pre) {
    boolean sarvam = pre.equals(SARVAM);
    // Files of Gemma 4 say that no BOS is wanted, by mistake.
    alwaysAddsBos = !sarvam;
    return withMerges(new CharacterBpe(merges(), Spaces.MARKED, !sarvam), false);
  }

  /** BPE of code points within words. */
  private Tokenizer words(String pre) {
    if (!pre.equals(WHITESPACE)) {
      throw unsupportedPreTokenizer(metadata, pre);
    }
    boolean lowercase = metadata.bool(LOWERCASE).orElse(false);
    Spaces spaces = lowercase ? Spaces.DROPPED_AND_LOWERCASE : Spaces.DROPPED;
    return withMerges(new CharacterBpe(merges(), spaces, false), false);
  }

  private Tokenizer withMerges(TokenizerAlgorithm algorithm, boolean addBos) {
    int @Nullable [] types = metadata.contains(TYPES) ? metadata.requireInts(TYPES) : null;
    return tokenizer(
        algorithm,
        vocabulary(types, null),
        id("bos_token_id", OptionalInt.empty()),
        id("eos_token_id", OptionalInt.empty()),
        OptionalInt.empty(),
        addBos,
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
            metadata.bool(LOWERCASE).orElse(true),
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
    WellKnownTokens.Stripping stripping =
        WellKnownTokens.stripping(
            metadata.string("general.name").orElse(""),
            metadata.string("general.architecture").orElse(""),
            metadata.string(PRE).orElse(""),
            vocabulary);
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
              endOfGeneration(eos),
              stripping.left(),
              stripping.right()));
    } catch (IllegalArgumentException e) {
      throw fault(TOKENS, "a vocabulary that makes a tokenizer", String.valueOf(e.getMessage()), e);
    }
  }

  private boolean adds(String key, OptionalInt id, boolean orElse) {
    boolean adds =
        metadata.bool(key).orElse(orElse && id.isPresent())
            || (key.equals(ADD_BOS) && alwaysAddsBos);
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
    Set<Integer> control = Set.copyOf(WellKnownTokens.ids(texts).values());
    List<VocabularyEntry> vocabulary = new ArrayList<>(texts.length);
    for (int id = 0; id < texts.length; id++) {
      TokenType type = types == null ? TokenType.NORMAL : type(id, types[id]);
      try {
        vocabulary.add(
            new VocabularyEntry(
                texts[id],
                control.contains(id) ? TokenType.CONTROL : type,
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

  private ModelFormatException fault(
      String key, String expected, String found, @Nullable Throwable cause) {
    long offset = metadata.fault(key, expected).offset();
    String wanted = expected + " for key \"" + key + "\"";
    return cause == null
        ? new ModelFormatException(metadata.file(), offset, wanted, found)
        : new ModelFormatException(metadata.file(), offset, wanted, found, cause);
  }
}
