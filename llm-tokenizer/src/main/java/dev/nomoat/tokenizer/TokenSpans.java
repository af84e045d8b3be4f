package dev.nomoat.tokenizer;

import java.util.Objects;

/**
 * The tokens of a text and where they are in it. A span is the shortest stretch of characters that
 * holds what the token stands for: where a token is part of a character, or of one that encoding
 * rewrote, its span is the whole character, and neighbours may share it; a token that stands for
 * nothing in the text, such as a space put before it, has an empty span. Immutable.
 */
public final class TokenSpans {
  /** How many tokens {@link #toString} shows. */
  private static final int SHOWN = 16;

  private final String text;
  private final int[] ids;
  private final int[] starts;
  private final int[] ends;

  TokenSpans(String text, int[] ids, int[] starts, int[] ends) {
    this.text = text;
    this.ids = ids;
    this.starts = starts;
    this.ends = ends;
  }

  /**
   * The text.
   *
   * @return the text that was encoded
   */
  public String text() {
    return text;
  }

  /**
   * The number of tokens.
   *
   * @return how many there are
   */
  public int size() {
    return ids.length;
  }

  /**
   * The ids of all tokens.
   *
   * @return a copy
   */
  public int[] ids() {
    return ids.clone();
  }

  /**
   * A token.
   *
   * @param token its number, from 0
   * @return its id
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int id(int token) {
    return ids[Objects.checkIndex(token, ids.length)];
  }

  /**
   * Where a token starts.
   *
   * @param token its number, from 0
   * @return an index of {@link #text}
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int start(int token) {
    return starts[Objects.checkIndex(token, ids.length)];
  }

  /**
   * Where a token ends.
   *
   * @param token its number, from 0
   * @return an index of {@link #text}, exclusive
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int end(int token) {
    return ends[Objects.checkIndex(token, ids.length)];
  }

  /**
   * The start of the text, cut where a token and a character end.
   *
   * @param tokens how many tokens to keep, at most
   * @return the longest start of the text whose tokens here are that many or fewer; encoding it
   *     again may give others at the cut
   * @throws IllegalArgumentException if the number is negative
   */
  public String first(int tokens) {
    checkCount(tokens);
    return tokens >= ids.length ? text : text.substring(0, boundary(tokens));
  }

  /**
   * The end of the text, cut where a token and a character start.
   *
   * @param tokens how many tokens to keep, at most
   * @return the longest end of the text whose tokens here are that many or fewer; encoding it again
   *     may give others at the cut
   * @throws IllegalArgumentException if the number is negative
   */
  public String last(int tokens) {
    checkCount(tokens);
    if (tokens >= ids.length) {
      return text;
    }
    int from = ids.length - tokens;
    while (from < ids.length && ends[from - 1] > starts[from]) {
      from++;
    }
    return from == ids.length ? "" : text.substring(starts[from]);
  }

  /**
   * The first few tokens, for people: ids and the stretches of text they are for.
   *
   * @return text such as {@code 3 tokens: 5 'A', 17 ' cat', 4 '.'}
   */
  @Override
  public String toString() {
    StringBuilder all = new StringBuilder("%d tokens".formatted(ids.length));
    int shown = Math.min(ids.length, SHOWN);
    for (int i = 0; i < shown; i++) {
      all.append(i == 0 ? ": " : ", ").append(ids[i]).append(" '");
      all.append(text, starts[i], ends[i]).append('\'');
    }
    return all.append(shown < ids.length ? " …" : "").toString();
  }

  /** Where the first tokens end, fewer if the last of them shares a character with the next. */
  int boundary(int tokens) {
    int to = tokens;
    while (to > 0 && ends[to - 1] > starts[to]) {
      to--;
    }
    return to == 0 ? 0 : starts[to];
  }

  private static void checkCount(int tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException("%d tokens".formatted(tokens));
    }
  }
}
