package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.Utf8;

/**
 * Splits text where a run of a mark starts that stands for spaces. Encoders for whose tokens {@link
 * #mayCross} is false encode each piece as they would within the text.
 */
public final class RunSplitter implements Splitter {
  private final byte[] mark;

  /**
   * Makes a splitter.
   *
   * @param mark a code point in UTF-8
   */
  public RunSplitter(byte[] mark) {
    this.mark = mark.clone();
  }

  /**
   * Whether the text of a token can be on both sides of a place where this splits.
   *
   * @param token the token in UTF-8
   * @return whether a mark comes after anything but marks in it
   */
  public boolean mayCross(byte[] token) {
    int at = 0;
    while (isMark(token, at, token.length)) {
      at += mark.length;
    }
    for (; at < token.length; at++) {
      if (isMark(token, at, token.length)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public TextSink open(TextSink pieces) {
    byte first = mark[0];
    return (text, from, to) -> {
      int start = from;
      int at = from;
      while (at < to) {
        while (at < to && isMark(text, at, to)) {
          at += mark.length;
        }
        while (at < to && !(text[at] == first && isMark(text, at, to))) {
          at++;
        }
        pieces.accept(text, start, at);
        start = at;
      }
    };
  }

  private boolean isMark(byte[] text, int at, int to) {
    return to - at >= mark.length && Utf8.equal(text, at, mark, 0, mark.length);
  }
}
