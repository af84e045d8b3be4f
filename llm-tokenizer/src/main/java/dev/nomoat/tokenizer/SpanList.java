package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.TokenSink;
import java.util.Arrays;

/** A growing list of tokens with their places in UTF-8, which has one byte before the text. */
final class SpanList implements TokenSink {
  private int[] ids;
  private int[] starts;
  private int[] ends;
  private int size;

  SpanList(int capacity) {
    ids = new int[capacity];
    starts = new int[capacity];
    ends = new int[capacity];
  }

  @Override
  public boolean wantsPlaces() {
    return true;
  }

  @Override
  public void accept(int id, int from, int to) {
    if (size == ids.length) {
      int capacity = (int) Math.min(size * 2L, Integer.MAX_VALUE - 8);
      ids = Arrays.copyOf(ids, capacity);
      starts = Arrays.copyOf(starts, capacity);
      ends = Arrays.copyOf(ends, capacity);
    }
    ids[size] = id;
    // A space that was put before a stretch is at the place of what was there before.
    starts[size] = Math.max(from - 1, size == 0 ? 0 : starts[size - 1]);
    ends[size++] = Math.max(to - 1, 0);
  }

  /** Turns places in UTF-8 into places in the text, outwards to whole characters. */
  TokenSpans toSpans(String text) {
    int[] charStarts = new int[size];
    int[] charEnds = new int[size];
    int at = 0;
    int bytes = 0;
    for (int token = 0; token < size; token++) {
      while (at < text.length() && bytes + length(text, at) <= starts[token]) {
        bytes += length(text, at);
        at += charCount(text, at);
      }
      charStarts[token] = at;
      int end = at;
      for (int b = bytes; end < text.length() && b < ends[token]; ) {
        b += length(text, end);
        end += charCount(text, end);
      }
      charEnds[token] = end;
    }
    return new TokenSpans(text, Arrays.copyOf(ids, size), charStarts, charEnds);
  }

  private static int charCount(String text, int at) {
    return Character.charCount(text.codePointAt(at));
  }

  /** The length of a code point in UTF-8; a lone surrogate counts as U+FFFD. */
  private static int length(String text, int at) {
    int codePoint = text.codePointAt(at);
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
}
