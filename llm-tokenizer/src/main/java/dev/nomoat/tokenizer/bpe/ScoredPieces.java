package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.vocab.TokenIndex;

/**
 * The merge rule of SentencePiece BPE: neighbours merge when their text together is a token, the
 * highest score first. Equal scores have equal ranks, so that the leftmost goes first.
 */
public final class ScoredPieces implements MergeRule {
  private final TokenIndex index;

  /** By id: the place of its score among all scores, highest first. */
  private final int[] ranks;

  /**
   * Makes the rule.
   *
   * @param index finds text in the vocabulary
   * @param ranks by id, the rank of its score, highest first, equal for equal scores
   */
  public ScoredPieces(TokenIndex index, int[] ranks) {
    this.index = index;
    this.ranks = ranks.clone();
  }

  @Override
  public long find(int left, int right, byte[] text, int from, int to) {
    int id = index.find(text, from, to);
    return id < 0 ? NONE : (long) ranks[id] << 32 | id;
  }

  int find(byte[] text, int from, int to) {
    return index.find(text, from, to);
  }

  int vocab() {
    return ranks.length;
  }
}
