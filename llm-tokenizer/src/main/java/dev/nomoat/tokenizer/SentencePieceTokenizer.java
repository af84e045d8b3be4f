package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ScoredPieces;
import dev.nomoat.tokenizer.bpe.SentencePieceEncoder;
import dev.nomoat.tokenizer.bpe.UnusedPieces;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.normalize.Charsmap;
import dev.nomoat.tokenizer.normalize.NormalizerChain;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.Replace;
import dev.nomoat.tokenizer.normalize.SentencePieceNormalizer;
import dev.nomoat.tokenizer.normalize.SentencePieceNormalizer.Dummy;
import dev.nomoat.tokenizer.normalize.SentencePieceNormalizer.Spaces;
import dev.nomoat.tokenizer.normalize.SentencePieceNormalizer.Written;
import dev.nomoat.tokenizer.unigram.UnigramEncoder;
import dev.nomoat.tokenizer.vocab.AddedTokenEncoder;
import dev.nomoat.tokenizer.vocab.ByteTokens;
import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tokenizer of a SentencePiece model and what {@code tokenizer_config.json} adds to it: ids
 * are those of the library itself, with control and added tokens cut out before it sees the text.
 */
final class SentencePieceTokenizer {
  private static final String SPACE_MARK = "\u2581";

  /** What a user-defined piece of Unigram scores for each byte but one, in SentencePiece 0.2.2. */
  private static final double USER_DEFINED_BONUS = 0.1;

  /** Python classes that add BOS if their configuration does not say otherwise. */
  private static final Set<String> ADD_BOS =
      Set.of("LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer");

  /** Python classes that add EOS. */
  private static final Set<String> ADD_EOS = Set.of("T5Tokenizer", "MT5Tokenizer");

  /** Python classes whose ids are not those of the SentencePiece model. */
  private static final Set<String> OTHER_IDS =
      Set.of(
          "BarthezTokenizer",
          "BartphoTokenizer",
          "BigBirdPegasusTokenizer",
          "CamembertTokenizer",
          "ErnieMTokenizer",
          "LayoutXLMTokenizer",
          "M2M100Tokenizer",
          "MBart50Tokenizer",
          "MBartTokenizer",
          "MLukeTokenizer",
          "NllbTokenizer",
          "PegasusTokenizer",
          "PLBartTokenizer",
          "SeamlessM4TTokenizer",
          "XGLMTokenizer",
          "XLMProphetNetTokenizer",
          "XLMRobertaTokenizer");

  private final SentencePieceModel model;
  private final TokenizerConfig config;
  private final List<AddedToken> added;
  private final List<VocabularyEntry> vocabulary;
  private final @Nullable Charsmap charsmap;

  private SentencePieceTokenizer(
      SentencePieceModel model, TokenizerConfig config, JsonPlace furtherTokens) {
    this.model = model;
    this.config = config;
    this.added = config.addedTokens(furtherTokens);
    this.vocabulary = vocabulary();
    this.charsmap = charsmap();
  }

  /**
   * Makes the tokenizer.
   *
   * @param contents the contents of the model's file
   * @param config the contents of {@code tokenizer_config.json}
   * @param furtherTokens an object of ids by text, as {@code added_tokens.json} has it
   */
  static Tokenizer read(byte[] contents, TokenizerConfig config, JsonPlace furtherTokens) {
    if (OTHER_IDS.contains(config.tokenizerClass())) {
      throw new JsonException(
          "The ids of a %s are not those of its SentencePiece model: it needs a tokenizer.json"
              .formatted(config.tokenizerClass()));
    }
    SentencePieceModel model = SentencePieceModel.read(contents);
    return new Tokenizer(new SentencePieceTokenizer(model, config, furtherTokens).parts());
  }

  /** The pieces of the model, and then the added tokens that are none of them. */
  private List<VocabularyEntry> vocabulary() {
    List<VocabularyEntry> entries = new ArrayList<>(model.pieces());
    var hole = new VocabularyEntry("", TokenType.UNUSED);
    int highest = HuggingFaceReader.highestId(entries.size() + added.size());
    for (AddedToken token : added) {
      if (token.id() > highest) {
        throw new JsonException("The id %d of an added token is too high".formatted(token.id()));
      }
      while (entries.size() <= token.id()) {
        entries.add(hole);
      }
      VocabularyEntry before = entries.get(token.id());
      if (!before.text().isEmpty() && !before.text().equals(token.text())) {
        throw new JsonException(
            "Token %d is %s in the model, and %s where tokens are added"
                .formatted(token.id(), Quoted.of(before.text()), Quoted.of(token.text())));
      }
      TokenType type = before.type() == TokenType.UNKNOWN ? TokenType.UNKNOWN : token.type();
      entries.set(token.id(), new VocabularyEntry(token.text(), type, before.score()));
    }
    return entries;
  }

  private @Nullable Charsmap charsmap() {
    if (model.charsmap().length == 0) {
      return null;
    }
    try {
      return Charsmap.of(model.charsmap());
    } catch (IllegalArgumentException e) {
      throw new TokenizerFormatException(model.charsmapOffset(), String.valueOf(e.getMessage()));
    }
  }

  private TokenizerParts parts() {
    Map<String, Integer> ids = HashMap.newHashMap(vocabulary.size());
    List<byte[]> bytes = new ArrayList<>(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      VocabularyEntry entry = vocabulary.get(id);
      if (!entry.text().isEmpty()) {
        ids.putIfAbsent(entry.text(), model.idOf(entry.text()).orElse(id));
      }
      bytes.add(
          switch (entry.type()) {
            case BYTE -> new byte[] {entry.byteValue()};
            case CONTROL, UNKNOWN -> Utf8.encode(entry.text());
            case NORMAL, UNUSED, USER_DEFINED -> Utf8.encode(entry.text().replace(SPACE_MARK, " "));
          });
    }
    TokenBytes table = TokenBytes.of(bytes);
    OptionalInt bos = config.special("bos_token", ids);
    bos = bos.isPresent() ? bos : model.special("bos");
    OptionalInt eos = config.special("eos_token", ids);
    eos = eos.isPresent() ? eos : model.special("eos");
    String python = config.tokenizerClass();
    SegmentEncoder encoder = encoder();
    return new TokenizerParts(
        vocabulary,
        ids,
        texts(table),
        new AddedTokenEncoder(specials(false), encoder),
        new AddedTokenEncoder(specials(true), encoder),
        bos,
        eos,
        added("add_bos_token", ADD_BOS.contains(python), bos),
        added("add_eos_token", ADD_EOS.contains(python), eos),
        eos.isPresent() ? Set.of(eos.getAsInt()) : Set.of());
  }

  private List<Integer> added(String flag, boolean orElse, OptionalInt id) {
    return config.flag(flag, orElse) && id.isPresent() ? List.of(id.getAsInt()) : List.of();
  }

  private TokenTexts texts(TokenBytes table) {
    if (dummy() == Dummy.NONE && !model.removeExtraSpaces()) {
      return TokenTexts.of(table);
    }
    return TokenTexts.of(table)
        .withFirst(
            id ->
                vocabulary.get(id).text().startsWith(SPACE_MARK)
                    ? TokenTexts.withoutSpace(table.copy(id))
                    : table.copy(id),
            model.removeExtraSpaces());
  }

  /** Finds added tokens, and if asked for, control tokens. */
  private SpecialTokenMatcher specials(boolean special) {
    var matcher = new SpecialTokenMatcher.Builder();
    Set<Integer> seen = new HashSet<>();
    for (AddedToken token : added) {
      if (special || !token.special()) {
        matcher.add(token.id(), Utf8.encode(token.text()), token.rules());
      }
      seen.add(token.id());
    }
    for (int id = 0; special && id < vocabulary.size(); id++) {
      boolean found =
          switch (vocabulary.get(id).type()) {
            case CONTROL, UNKNOWN -> seen.add(id);
            case NORMAL, UNUSED, USER_DEFINED, BYTE -> false;
          };
      if (found) {
        matcher.add(id, Utf8.encode(vocabulary.get(id).text()));
      }
    }
    return matcher.build();
  }

  private Dummy dummy() {
    if (!model.addDummyPrefix() || !config.flag("add_prefix_space", true)) {
      return Dummy.NONE;
    }
    if (model.spaceAfter()) {
      return Dummy.AFTER;
    }
    return config.flag("legacy", true) ? Dummy.BEFORE : Dummy.BEFORE_FIRST;
  }

  private SegmentEncoder encoder() {
    var userDefined = new ByteTrie();
    pieces(TokenType.USER_DEFINED)
        .forEach(id -> userDefined.put(Utf8.encode(model.pieces().get(id).text()), id));
    boolean marks = model.escapeSpaces();
    return switch (model.type()) {
      case UNIGRAM ->
          new NormalizingEncoder(
              normalizer(userDefined, marks ? Written.AS_MARK : Written.AS_SPACE), unigram());
      case BPE ->
          marks
              ? new NormalizingEncoder(
                  NormalizerChain.of(
                      normalizer(userDefined, Written.AS_SPACE_LIKE_MARK),
                      Replace.text(SPACE_MARK, " ")),
                  bpe())
              : new NormalizingEncoder(normalizer(userDefined, Written.AS_SPACE), bpe());
    };
  }

  private SentencePieceNormalizer normalizer(ByteTrie userDefined, Written written) {
    return new SentencePieceNormalizer(
        charsmap, userDefined, new Spaces(dummy(), model.removeExtraSpaces(), written));
  }

  /** The ids of the model's pieces of a type that are still of that type in the vocabulary. */
  private IntStream pieces(TokenType type) {
    return IntStream.range(0, model.pieces().size())
        .filter(id -> model.pieces().get(id).type() == type && isText(vocabulary.get(id).type()));
  }

  private static boolean isText(TokenType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> true;
      case CONTROL, UNKNOWN, BYTE -> false;
    };
  }

  private int[] byteIds() {
    return SentencePieceEncoders.byteIds(model.pieces());
  }

  private SegmentEncoder bpe() {
    boolean marks = model.escapeSpaces();
    List<byte[]> texts = new ArrayList<>();
    for (VocabularyEntry piece : model.pieces()) {
      // With marks for spaces, a piece with a space is never met.
      boolean met = !marks || piece.text().indexOf(' ') < 0;
      String text = marks ? piece.text().replace(SPACE_MARK, " ") : piece.text();
      texts.add(met ? Utf8.encode(text) : new byte[0]);
    }
    TokenBytes table = TokenBytes.of(texts);
    int[] merged =
        IntStream.concat(pieces(TokenType.NORMAL), pieces(TokenType.UNUSED)).sorted().toArray();
    int[] byteIds = byteIds();
    var unknown =
        new SentencePieceEncoder.Unknown(
            new ByteTokens(byteIds), model.unknownId(), marks ? SPACE_MARK : " ");
    ScoredPieces rule = SentencePieceEncoders.rule(model.pieces(), table, merged);
    SegmentEncoder encoder =
        new SentencePieceEncoder(
            rule, unknown, false, SentencePieceEncoders.splitsWords(byteIds, table, merged));
    int[] unused = pieces(TokenType.UNUSED).toArray();
    if (unused.length > 0) {
      encoder = new UnusedPieces(encoder, rule, table, unused, unknown);
    }
    var frozen = new SpecialTokenMatcher.Builder();
    pieces(TokenType.USER_DEFINED).forEach(id -> frozen.add(id, table.copy(id)));
    return new AddedTokenEncoder(frozen.build(), encoder);
  }

  private SegmentEncoder unigram() {
    float lowest = Float.POSITIVE_INFINITY;
    for (VocabularyEntry piece : model.pieces()) {
      if (piece.type() == TokenType.NORMAL) {
        lowest = Math.min(lowest, piece.score());
      }
    }
    var trie = new ByteTrie();
    double[] scores = new double[vocabulary.size()];
    for (int id :
        IntStream.concat(pieces(TokenType.NORMAL), pieces(TokenType.USER_DEFINED)).toArray()) {
      VocabularyEntry piece = model.pieces().get(id);
      byte[] text = Utf8.encode(piece.text());
      boolean userDefined = piece.type() == TokenType.USER_DEFINED;
      scores[id] = userDefined ? (float) (USER_DEFINED_BONUS * (text.length - 1)) : piece.score();
      trie.put(text, id);
    }
    int[] bytes = byteIds();
    return new UnigramEncoder(
        trie,
        scores,
        lowest == Float.POSITIVE_INFINITY ? 0 : lowest,
        model.unknownId(),
        bytes,
        UnigramEncoder.Sums.FLOAT);
  }
}
