package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.bpe.ByteLevelEncoder;
import dev.nomoat.tokenizer.bpe.MergeTable;
import dev.nomoat.tokenizer.bpe.ScoredPieces;
import dev.nomoat.tokenizer.bpe.SentencePieceEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Turns a specification into the tables that a tokenizer works with. */
final class TokenizerCompiler {
  private static final String SPACE_MARK = "\u2581";

  private final TokenizerSpec spec;
  private final List<VocabularyEntry> vocabulary;
  final Map<String, Integer> ids;
  final TokenBytes tokenBytes;
  final SegmentEncoder encoder;

  /** Finds user-defined tokens. */
  final SpecialTokenMatcher userDefined;

  /** Finds user-defined, control and unknown tokens. */
  final SpecialTokenMatcher allSpecial;

  TokenizerCompiler(TokenizerSpec spec) {
    this.spec = spec;
    this.vocabulary = spec.vocabulary();
    this.ids = ids();
    this.tokenBytes = tokenBytes();
    this.encoder =
        switch (spec.algorithm()) {
          case TokenizerAlgorithm.ByteLevelBpe bpe -> byteLevel(bpe);
          case TokenizerAlgorithm.SentencePieceBpe bpe -> sentencePiece(bpe);
        };
    var user = new SpecialTokenMatcher.Builder();
    var all = new SpecialTokenMatcher.Builder();
    for (int id = 0; id < vocabulary.size(); id++) {
      VocabularyEntry entry = vocabulary.get(id);
      switch (entry.type()) {
        case USER_DEFINED -> {
          user.add(id, Utf8.encode(entry.text()));
          all.add(id, Utf8.encode(entry.text()));
        }
        case CONTROL, UNKNOWN -> all.add(id, Utf8.encode(entry.text()));
        case NORMAL, UNUSED, BYTE -> {}
      }
    }
    userDefined = user.build();
    allSpecial = all.build();
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
            case TokenizerAlgorithm.SentencePieceBpe _ ->
                Utf8.encode(entry.text().replace(SPACE_MARK, " "));
            case TokenizerAlgorithm.ByteLevelBpe _ -> {
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

  private SegmentEncoder byteLevel(TokenizerAlgorithm.ByteLevelBpe bpe) {
    List<TokenizerAlgorithm.Merge> merges = bpe.merges();
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
    int[] byteIds = new int[256];
    for (int value = 0; value < byteIds.length; value++) {
      Integer id = ids.get(String.valueOf(ByteAlphabet.toChar(value)));
      byteIds[value] = id != null && isText(vocabulary.get(id)) ? id : -1;
    }
    int[] pieces =
        IntStream.range(0, vocabulary.size())
            .filter(id -> fromAlphabet(vocabulary.get(id)) != null)
            .toArray();
    return new ByteLevelEncoder(
        bpe.preTokenizer().splitter(),
        table,
        TokenIndex.of(tokenBytes, pieces),
        byteIds,
        bpe.ignoreMerges(),
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
    int[] byteIds = new int[256];
    Arrays.fill(byteIds, -1);
    for (int id = 0; id < vocabulary.size(); id++) {
      VocabularyEntry entry = vocabulary.get(id);
      if (entry.type() == TokenType.BYTE) {
        int value = entry.byteValue() & 0xFF;
        if (byteIds[value] >= 0) {
          throw new IllegalArgumentException(
              "Tokens %d and %d are both byte 0x%02X".formatted(byteIds[value], id, value));
        }
        byteIds[value] = id;
      }
    }
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
    boolean splitsAtSpaces =
        IntStream.of(pieces).mapToObj(tokenBytes::copy).noneMatch(TokenizerCompiler::hasInnerSpace);
    return new SentencePieceEncoder(
        new ScoredPieces(TokenIndex.of(tokenBytes, pieces), ranks()),
        byteIds,
        spec.unknownId().orElse(-1),
        bpe.addSpacePrefix(),
        splitsAtSpaces);
  }

  /** Whether a space comes after anything but spaces. */
  private static boolean hasInnerSpace(byte[] token) {
    for (int i = 1; i < token.length; i++) {
      if (token[i] == ' ' && token[i - 1] != ' ') {
        return true;
      }
    }
    return false;
  }

  /** By id: the place of its score among the distinct scores, highest first. */
  private int[] ranks() {
    int[] byScore =
        IntStream.range(0, vocabulary.size())
            .boxed()
            .sorted(Comparator.comparingDouble(id -> -score(id)))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] ranks = new int[byScore.length];
    int rank = 0;
    for (int i = 0; i < byScore.length; i++) {
      if (i > 0 && score(byScore[i]) < score(byScore[i - 1])) {
        rank++;
      }
      ranks[byScore[i]] = rank;
    }
    return ranks;
  }

  private float score(int id) {
    // Adding zero makes -0 the same as 0, which it is where scores are compared.
    return vocabulary.get(id).score() + 0f;
  }
}
