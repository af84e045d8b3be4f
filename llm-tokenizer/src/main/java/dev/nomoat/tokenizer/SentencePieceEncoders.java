package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ScoredPieces;
import dev.nomoat.tokenizer.bpe.SentencePieceEncoder;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The tables of SentencePiece BPE for a vocabulary with scores. */
final class SentencePieceEncoders {
  private SentencePieceEncoders() {}

  /**
   * By byte: its token, or -1.
   *
   * @throws IllegalArgumentException if two tokens are the same byte
   */
  static int[] byteIds(List<VocabularyEntry> vocabulary) {
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
    return byteIds;
  }

  /** The rule by which pieces of the vocabulary merge, the highest score first. */
  static ScoredPieces rule(List<VocabularyEntry> vocabulary, TokenBytes texts, int[] pieces) {
    return new ScoredPieces(TokenIndex.of(texts, pieces), ranks(vocabulary));
  }

  /**
   * Whether each word can be merged alone: no token crosses from one into the next, and all bytes
   * have tokens, so that no unknown token does.
   *
   * @param byteIds by byte, its token, or -1
   * @param texts by id, the text that a token is made of, with plain spaces
   * @param pieces the tokens that may be made
   */
  static boolean splitsWords(int[] byteIds, TokenBytes texts, int[] pieces) {
    return IntStream.of(byteIds).allMatch(id -> id >= 0)
        && IntStream.of(pieces)
            .mapToObj(texts::copy)
            .noneMatch(SentencePieceEncoder.WORDS::mayCross);
  }

  /** By id: the place of its score among the distinct scores, highest first. */
  private static int[] ranks(List<VocabularyEntry> vocabulary) {
    int[] byScore =
        IntStream.range(0, vocabulary.size())
            .boxed()
            .sorted(Comparator.comparingDouble(id -> -score(vocabulary, id)))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] ranks = new int[byScore.length];
    int rank = 0;
    for (int i = 0; i < byScore.length; i++) {
      if (i > 0 && score(vocabulary, byScore[i]) < score(vocabulary, byScore[i - 1])) {
        rank++;
      }
      ranks[byScore[i]] = rank;
    }
    return ranks;
  }

  private static float score(List<VocabularyEntry> vocabulary, int id) {
    // Adding zero makes -0 the same as 0, which it is where scores are compared.
    return vocabulary.get(id).score() + 0f;
  }
}
