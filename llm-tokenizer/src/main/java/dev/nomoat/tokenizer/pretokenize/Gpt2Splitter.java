package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.TextSink;

/**
 * The splitter of GPT-2: words, numbers and other runs, each with the one space before it.
 *
 * <p>Source: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+} of
 * OpenAI's GPT-2 encoder.
 */
public final class Gpt2Splitter implements Splitter {
  /** Makes a splitter. */
  public Gpt2Splitter() {}

  @Override
  public TextSink open(TextSink pieces) {
    return (text, from, to) -> {
      for (int at = from; at < to; ) {
        int end = end(text, at, to);
        pieces.accept(text, at, end);
        at = end;
      }
    };
  }

  /** Where the piece that starts at a place ends. */
  private static int end(byte[] text, int from, int to) {
    if (text[from] == '\'') {
      int end = contractionEnd(text, from, to);
      if (end > from) {
        return end;
      }
    }
    int start = text[from] == ' ' && from + 1 < to ? from + 1 : from;
    byte charClass = CharClass.at(text, start);
    if (CharClass.isSpace(charClass)) {
      return WhiteSpace.end(text, from, to);
    }
    return CharClass.skip(text, start, to, charClass);
  }

  private static int contractionEnd(byte[] text, int from, int to) {
    int left = to - from;
    int first = left > 1 ? text[from + 1] : 0;
    int second = left > 2 ? text[from + 2] : 0;
    return switch (first) {
      case 's', 't', 'm', 'd' -> from + 2;
      case 'r', 'v' -> second == 'e' ? from + 3 : from;
      case 'l' -> second == 'l' ? from + 3 : from;
      default -> from;
    };
  }
}
