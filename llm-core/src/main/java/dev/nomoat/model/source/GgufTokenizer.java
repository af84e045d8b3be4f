package dev.nomoat.model.source;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerAlgorithm;
import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe.Spaces;
import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Unigram;
import dev.nomoat.tokenizer.TokenizerAlgorithm.WordPiece;
import dev.nomoat.tokenizer.TokenizerSpec;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final String PREFIX = GgufVocabulary.PREFIX;
  private static final String MODEL = PREFIX + "model";
  private static final String PRE = PREFIX + "pre";
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
  private final GgufVocabulary vocabulary;
  private boolean alwaysAddsBos;

  private GgufTokenizer(GgufMetadata metadata) {
    this.metadata = metadata;
    this.vocabulary = new GgufVocabulary(metadata);
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
    return read(file.metadata());
  }

  /**
   * Reads a tokenizer.
   *
   * @param metadata the keys of a model's file
   * @return its tokenizer
   * @throws ModelFormatException if a key is missing or its value does not fit the others
   * @throws UnsupportedModelException if the tokenizer is of a kind, or splits text in a way, that
   *     is not implemented
   */
  public static Tokenizer read(GgufMetadata metadata) {
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
    List<VocabularyEntry> entries = vocabulary.scored();
    boolean prefix = metadata.bool(PREFIX + "add_space_prefix").orElse(true);
    return tokenizer(
        new SentencePieceBpe(prefix),
        entries,
        vocabulary.id("bos_token_id", vocabulary.known(1)),
        vocabulary.id("eos_token_id", vocabulary.known(2)),
        vocabulary.id("unknown_token_id", vocabulary.known(0)),
        true,
        false);
  }

  private Tokenizer byteLevel(PreTokenizer preTokenizer) {
    return withMerges(
        new ByteLevelBpe(preTokenizer, vocabulary.merges(), preTokenizer.takesWholeWords()),
        preTokenizer.addsBos());
  }

  /** BPE of code points, with marks for spaces as SentencePiece has them, by a merge list. */
  private Tokenizer markedSpaces(String pre) {
    boolean sarvam = pre.equals(SARVAM);
    // Files of Gemma 4 say that no BOS is wanted, by mistake.
    alwaysAddsBos = !sarvam;
    return withMerges(new CharacterBpe(vocabulary.merges(), Spaces.MARKED, !sarvam), false);
  }

  /** BPE of code points within words. */
  private Tokenizer words(String pre) {
    if (!pre.equals(WHITESPACE)) {
      throw unsupportedPreTokenizer(metadata, pre);
    }
    boolean lowercase = metadata.bool(LOWERCASE).orElse(false);
    Spaces spaces = lowercase ? Spaces.DROPPED_AND_LOWERCASE : Spaces.DROPPED;
    return withMerges(new CharacterBpe(vocabulary.merges(), spaces, false), false);
  }

  private Tokenizer withMerges(TokenizerAlgorithm algorithm, boolean addBos) {
    return tokenizer(
        algorithm,
        vocabulary.unscored(),
        vocabulary.id("bos_token_id", OptionalInt.empty()),
        vocabulary.id("eos_token_id", OptionalInt.empty()),
        OptionalInt.empty(),
        addBos,
        false);
  }

  private Tokenizer unigram() {
    List<VocabularyEntry> entries = vocabulary.scored();
    OptionalInt eos = vocabulary.id("eos_token_id", vocabulary.known(1));
    return tokenizer(
        new Unigram(
            charsmap(),
            metadata.bool(PREFIX + "add_space_prefix").orElse(false),
            metadata.bool(PREFIX + "remove_extra_whitespaces").orElse(false)),
        entries,
        vocabulary.id("bos_token_id", OptionalInt.empty()),
        eos,
        vocabulary.id("unknown_token_id", vocabulary.known(2)),
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
    OptionalInt separator = vocabulary.id("seperator_token_id", vocabulary.known(102));
    return tokenizer(
        new WordPiece(
            metadata.bool(LOWERCASE).orElse(true),
            metadata.bool(PREFIX + "normalizer.strip_accents").orElse(true)),
        vocabulary.unscored(),
        vocabulary.id("bos_token_id", vocabulary.id("cls_token_id", vocabulary.known(101))),
        // What ends a text here is the separator.
        separator,
        vocabulary.id("unknown_token_id", vocabulary.known(100)),
        true,
        metadata.bool(PREFIX + "add_sep_token").orElse(true));
  }

  private Tokenizer tokenizer(
      TokenizerAlgorithm algorithm,
      List<VocabularyEntry> entries,
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
            entries);
    try {
      return Tokenizer.of(
          new TokenizerSpec(
              algorithm,
              entries,
              bos,
              eos,
              unknown,
              adds(ADD_BOS, bos, addBos),
              adds(ADD_EOS, eos, addEos),
              vocabulary.endOfGeneration(eos),
              stripping.left(),
              stripping.right()));
    } catch (IllegalArgumentException e) {
      throw vocabulary.fault(
          GgufVocabulary.TOKENS,
          "a vocabulary that makes a tokenizer",
          String.valueOf(e.getMessage()),
          e);
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
}
