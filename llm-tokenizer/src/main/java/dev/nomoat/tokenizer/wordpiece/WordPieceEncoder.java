package dev.nomoat.tokenizer.wordpiece;

import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;

/**
 * WordPiece: takes the longest token that starts a word, then the longest one that continues it,
 * and so on; a word that cannot be covered so is one unknown token. Every stretch it is given is a
 * word.
 */
public final class WordPieceEncoder implements SegmentEncoder {
  private final ByteTrie starts;
  private final ByteTrie continuations;
  private final int unknownId;
  private final int longestWord;

  /**
   * Makes the encoder.
   *
   * @param starts the tokens that start words
   * @param continuations the tokens that continue words
   * @param unknownId the token of a word that cannot be covered
   * @param longestWord longer words, in code points, are unknown
   */
  public WordPieceEncoder(ByteTrie starts, ByteTrie continuations, int unknownId, int longestWord) {
    this.starts = starts;
    this.continuations = continuations;
    this.unknownId = unknownId;
    this.longestWord = longestWord;
  }

  @Override
  public TextSink open(TokenSink sink) {
    return new WordEncoder(sink);
  }

  private final class WordEncoder implements TextSink {
    private final TokenSink sink;
    private int[] ids = new int[16];

    /** By token: where it ends. */
    private int[] ends = new int[16];

    WordEncoder(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      int tokens = isTooLong(text, from, to) ? -1 : cover(text, from, to);
      if (tokens < 0) {
        sink.accept(unknownId, from, to);
        return;
      }
      int start = from;
      for (int i = 0; i < tokens; i++) {
        sink.accept(ids[i], start, ends[i]);
        start = ends[i];
      }
    }

    private boolean isTooLong(byte[] text, int from, int to) {
      if (to - from <= longestWord) {
        return false;
      }
      int length = 0;
      for (int at = from; at < to; at++) {
        length += Utf8.isContinuation(text[at]) ? 0 : 1;
      }
      return length > longestWord;
    }

    /** Covers the word; returns the number of tokens, or -1 if it cannot be covered. */
    private int cover(byte[] text, int from, int to) {
      int tokens = 0;
      int at = from;
      while (at < to) {
        ByteTrie trie = at == from ? starts : continuations;
        int id = ByteTrie.NONE;
        int end = at;
        int node = ByteTrie.ROOT;
        for (int next = at; next < to; ) {
          node = trie.child(node, text[next++]);
          if (node == ByteTrie.NONE) {
            break;
          }
          if (trie.value(node) != ByteTrie.NONE) {
            id = trie.value(node);
            end = next;
          }
        }
        if (id == ByteTrie.NONE) {
          return -1;
        }
        if (tokens == ids.length) {
          ids = Arrays.copyOf(ids, tokens * 2);
          ends = Arrays.copyOf(ends, tokens * 2);
        }
        ids[tokens] = id;
        ends[tokens++] = end;
        at = end;
      }
      return tokens;
    }
  }
}
