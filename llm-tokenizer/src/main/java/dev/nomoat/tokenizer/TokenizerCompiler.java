package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe.Spaces;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.bpe.ByteLevelEncoder;
import dev.nomoat.tokenizer.bpe.MergeRule;
import dev.nomoat.tokenizer.bpe.MergeTable;
import dev.nomoat.tokenizer.bpe.ScoredPieces;
import dev.nomoat.tokenizer.bpe.SentencePieceEncoder;
import dev.nomoat.tokenizer.normalize.Charsmap;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.Replace;
import dev.nomoat.tokenizer.normalize.SentencePieceNormalizer;
import dev.nomoat.tokenizer.unigram.UnigramEncoder;
import dev.nomoat.tokenizer.vocab.AddedTokenEncoder;
import dev.nomoat.tokenizer.vocab.ByteTokens;
import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher.Rule;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.Utf8;
import dev.nomoat.tokenizer.wordpiece.WordPieceEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Turns a specification into the tables that a tokenizer works with. */
final class TokenizerCompiler {
  private static final String SPACE_MARK = "\u2581";

  /** Longer words take no time that matters, so that only Hugging Face's WordPiece has a limit. */
  private static final int ANY_LENGTH = Integer.MAX_VALUE;

  private final TokenizerSpec spec;
  private final List<VocabularyEntry> vocabulary;
  private final Map<String, Integer> ids;
  private final TokenBytes tokenBytes;

  TokenizerCompiler(TokenizerSpec spec) {
    this.spec = spec;
    this.vocabulary = spec.vocabulary();
    this.ids = ids();
    this.tokenBytes = tokenBytes();
  }

  TokenizerParts compile() {
    SegmentEncoder encoder =
        switch (spec.algorithm()) {
          case TokenizerAlgorithm.ByteLevelBpe bpe ->
              byteLevel(bpe.preTokenizer(), merges(bpe.merges()), bpe.ignoreMerges());
          case TokenizerAlgorithm.RankedBpe bpe -> byteLevel(bpe.preTokenizer(), ranks(), true);
          case TokenizerAlgorithm.CharacterBpe bpe ->
              new CharacterBpeEncoders(vocabulary, ids, TokenizerCompiler::isText)
                  .of(bpe, merges(bpe.merges()));
          case TokenizerAlgorithm.SentencePieceBpe bpe -> sentencePiece(bpe);
          case TokenizerAlgorithm.Unigram unigram -> unigram(unigram);
          case TokenizerAlgorithm.WordPiece wordPiece -> wordPiece(wordPiece);
        };
    boolean dropsFirstSpace =
        switch (spec.algorithm()) {
          case TokenizerAlgorithm.ByteLevelBpe _,
              TokenizerAlgorithm.RankedBpe _,
              TokenizerAlgorithm.CharacterBpe _ ->
              false;
          case TokenizerAlgorithm.SentencePieceBpe bpe -> bpe.addSpacePrefix();
          case TokenizerAlgorithm.Unigram unigram -> unigram.addSpacePrefix();
          case TokenizerAlgorithm.WordPiece _ -> true;
        };
    return new TokenizerParts(
        vocabulary,
        ids,
        dropsFirstSpace ? TokenTexts.withoutFirstSpace(tokenBytes) : TokenTexts.of(tokenBytes),
        new AddedTokenEncoder(specials(false), encoder),
        new AddedTokenEncoder(specials(true), encoder),
        spec.bosId(),
        spec.eosId(),
        spec.addBos() ? List.of(spec.bosId().getAsInt()) : List.of(),
        spec.addEos() ? List.of(spec.eosId().getAsInt()) : List.of(),
        spec.endOfGenerationIds());
  }

  /** Finds user-defined tokens, and if asked for, control and unknown tokens. */
  private SpecialTokenMatcher specials(boolean all) {
    var matcher = new SpecialTokenMatcher.Builder();
    for (int id = 0; id < vocabulary.size(); id++) {
      VocabularyEntry entry = vocabulary.get(id);
      boolean found =
          switch (entry.type()) {
            case USER_DEFINED -> true;
            case CONTROL, UNKNOWN -> all;
            case NORMAL, UNUSED, BYTE -> false;
          };
      if (found) {
        Set<Rule> rules = EnumSet.noneOf(Rule.class);
        if (spec.stripsLeft().contains(id)) {
          rules.add(Rule.STRIPS_LEFT);
        }
        if (spec.stripsRight().contains(id)) {
          rules.add(Rule.STRIPS_RIGHT);
        }
        matcher.add(id, Utf8.encode(entry.text()), rules);
      }
    }
    return matcher.build();
  }

  private Map<String, Integer> ids() {
    Map<String, Integer> map = HashMap.newHashMap(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.get(id).text();
      Integer earlier = text.isEmpty() ? null : map.putIfAbsent(text, id);
      if (earlier != null) {
        throw new IllegalArgumentException(
            "Tokens %d and %d are both %s".formatted(earlier, id, Quoted.of(text)));
      }
    }
    return map;
  }

  private TokenBytes tokenBytes() {
    List<byte[]> bytes = new ArrayList<>(vocabulary.size());
    for (VocabularyEntry entry : vocabulary) {
      bytes.add(bytes(entry));
    }
    return TokenBytes.of(bytes);
  }

  /** What a token stands for; for control tokens, their text. */
  private byte[] bytes(VocabularyEntry entry) {
    return switch (entry.type()) {
      case BYTE -> new byte[] {entry.byteValue()};
      case CONTROL, UNKNOWN -> Utf8.encode(entry.text());
      case NORMAL, UNUSED, USER_DEFINED ->
          switch (spec.algorithm()) {
            case TokenizerAlgorithm.CharacterBpe bpe ->
                Utf8.encode(
                    bpe.spaces() == Spaces.MARKED
                        ? entry.text().replace(SPACE_MARK, " ")
                        : entry.text());
            case TokenizerAlgorithm.SentencePieceBpe _,
                TokenizerAlgorithm.Unigram _,
                TokenizerAlgorithm.WordPiece _ ->
                Utf8.encode(entry.text().replace(SPACE_MARK, " "));
            case TokenizerAlgorithm.ByteLevelBpe _, TokenizerAlgorithm.RankedBpe _ -> {
              byte[] bytes = fromAlphabet(entry);
              yield bytes != null ? bytes : Utf8.encode(entry.text());
            }
          };
    };
  }

  /**
   * The bytes of a token that is written in the byte alphabet; null for others, which are plain
   * text.
   */
  private static byte @Nullable [] fromAlphabet(VocabularyEntry entry) {
    return entry.type() == TokenType.NORMAL || entry.type() == TokenType.UNUSED
        ? ByteAlphabet.toBytes(entry.text())
        : null;
  }

  /** Whether plain text may become this token. */
  private static boolean isText(VocabularyEntry entry) {
    return switch (entry.type()) {
      case NORMAL, UNUSED, USER_DEFINED -> true;
      case UNKNOWN, CONTROL, BYTE -> false;
    };
  }

  private MergeTable merges(List<TokenizerAlgorithm.Merge> merges) {
    var table = new MergeTable(merges.size());
    for (int rank = 0; rank < merges.size(); rank++) {
      TokenizerAlgorithm.Merge merge = merges.get(rank);
      int left = mergeId(rank, merge.left());
      int right = mergeId(rank, merge.right());
      int merged = mergeId(rank, merge.left() + merge.right());
      // Merging into a control token would make one of plain text.
      if (isText(vocabulary.get(left))
          && isText(vocabulary.get(right))
          && isText(vocabulary.get(merged))) {
        table.put(left, right, rank, merged);
      }
    }
    return table;
  }

  /** The rule by which the neighbours merge that are a token, the lowest id first. */
  private ScoredPieces ranks() {
    for (int value = 0; value < 256; value++) {
      if (byteId(value) < 0) {
        throw new IllegalArgumentException("Byte 0x%02X has no token".formatted(value));
      }
    }
    return new ScoredPieces(
        TokenIndex.of(tokenBytes, pieces()), IntStream.range(0, vocabulary.size()).toArray());
  }

  private int byteId(int value) {
    Integer id = ids.get(String.valueOf(ByteAlphabet.toChar(value)));
    return id != null && isText(vocabulary.get(id)) ? id : -1;
  }

  /** The tokens that are written in the byte alphabet. */
  private int[] pieces() {
    return IntStream.range(0, vocabulary.size())
        .filter(id -> fromAlphabet(vocabulary.get(id)) != null)
        .toArray();
  }

  private SegmentEncoder byteLevel(
      PreTokenizer preTokenizer, MergeRule merges, boolean ignoreMerges) {
    return new ByteLevelEncoder(
        preTokenizer.splitter(),
        merges,
        TokenIndex.of(tokenBytes, pieces()),
        IntStream.range(0, 256).map(this::byteId).toArray(),
        ignoreMerges,
        vocabulary.size());
  }

  private int mergeId(int rank, String text) {
    Integer id = ids.get(text);
    if (id == null) {
      throw new IllegalArgumentException(
          "Merge %d needs %s, which is no token".formatted(rank, Quoted.of(text)));
    }
    return id;
  }

  private SegmentEncoder sentencePiece(TokenizerAlgorithm.SentencePieceBpe bpe) {
    int[] byteIds = SentencePieceEncoders.byteIds(vocabulary);
    for (int value = 0; value < byteIds.length; value++) {
      if (byteIds[value] < 0 && spec.unknownId().isEmpty()) {
        throw new IllegalArgumentException(
            "Byte 0x%02X has no token, and there is no unknown token".formatted(value));
      }
    }
    // A token with a plain space is never met: spaces are marks when merging starts.
    int[] pieces =
        IntStream.range(0, vocabulary.size())
            .filter(id -> isText(vocabulary.get(id)) && vocabulary.get(id).text().indexOf(' ') < 0)
            .toArray();
    var unknown =
        new SentencePieceEncoder.Unknown(
            new ByteTokens(byteIds), spec.unknownId().orElse(-1), SPACE_MARK);
    return new NormalizingEncoder(
        Replace.text(SPACE_MARK, " "),
        new SentencePieceEncoder(
            SentencePieceEncoders.rule(vocabulary, tokenBytes, pieces),
            unknown,
            bpe.addSpacePrefix(),
            SentencePieceEncoders.splitsWords(byteIds, tokenBytes, pieces)));
  }

  private SegmentEncoder unigram(TokenizerAlgorithm.Unigram unigram) {
    if (spec.unknownId().isEmpty()) {
      throw new IllegalArgumentException("Unigram needs an unknown token");
    }
    var trie = new ByteTrie();
    double[] scores = new double[vocabulary.size()];
    double lowest = Double.POSITIVE_INFINITY;
    for (int id = 0; id < scores.length; id++) {
      VocabularyEntry entry = vocabulary.get(id);
      if (!UnigramEncoder.isScore(entry.score())) {
        throw new IllegalArgumentException(
            "Token %d, %s, has the score %s, beyond what can be added up"
                .formatted(id, Quoted.of(entry.text()), entry.score()));
      }
      if (entry.type() == TokenType.NORMAL) {
        lowest = Math.min(lowest, entry.score());
      }
      scores[id] = entry.type() == TokenType.USER_DEFINED ? 0 : entry.score();
      if (isText(entry) && !entry.text().isEmpty()) {
        trie.put(Utf8.encode(entry.text()), id);
      }
    }
    byte[] map = new byte[unigram.charsmap().remaining()];
    unigram.charsmap().duplicate().get(map);
    int[] noBytes = new int[256];
    Arrays.fill(noBytes, -1);
    var spaces =
        new SentencePieceNormalizer.Spaces(
            unigram.addSpacePrefix()
                ? SentencePieceNormalizer.Dummy.BEFORE
                : SentencePieceNormalizer.Dummy.NONE,
            unigram.removeExtraSpaces(),
            SentencePieceNormalizer.Written.AS_MARK);
    return new NormalizingEncoder(
        new SentencePieceNormalizer(
            map.length == 0 ? null : Charsmap.of(map), new ByteTrie(), spaces),
        new UnigramEncoder(
            trie,
            scores,
            lowest == Double.POSITIVE_INFINITY ? 0 : lowest,
            spec.unknownId().getAsInt(),
            noBytes,
            UnigramEncoder.Sums.DOUBLE));
  }

  private SegmentEncoder wordPiece(TokenizerAlgorithm.WordPiece wordPiece) {
    if (spec.unknownId().isEmpty()) {
      throw new IllegalArgumentException("WordPiece needs an unknown token");
    }
    var starts = new ByteTrie();
    var continuations = new ByteTrie();
    for (int id = 0; id < vocabulary.size(); id++) {
      VocabularyEntry entry = vocabulary.get(id);
      if (!isText(entry)) {
        continue;
      }
      if (entry.text().startsWith(SPACE_MARK)) {
        starts.put(Utf8.encode(entry.text().substring(SPACE_MARK.length())), id);
      } else {
        continuations.put(Utf8.encode(entry.text()), id);
      }
    }
    return BertSteps.around(
        wordPiece.lowercase(),
        wordPiece.stripAccents(),
        new WordPieceEncoder(starts, continuations, spec.unknownId().getAsInt(), ANY_LENGTH));
  }
}
