package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.Utf8;

/**
 * The splitter of OpenAI's cl100k encoding and those derived from it (Llama 3, Qwen 2): as GPT-2's,
 * but a word takes any one character before it that is neither letter, number nor newline; numbers
 * are cut into groups; and newlines stay together.
 *
 * <p>Source, with n the length of a group: {@code
 * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}|
 * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}.
 */
public final class Cl100kSplitter implements Splitter {
  private final int groupLength;

  /**
   * Makes a splitter.
   *
   * @param groupLength how many digits go together, at most
   */
  public Cl100kSplitter(int groupLength) {
    this.groupLength = groupLength;
  }

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
  private int end(byte[] text, int from, int to) {
    if (text[from] == '\'') {
      int end = contractionEnd(text, from, to);
      if (end > from) {
        return end;
      }
    }
    byte first = CharClass.at(text, from);
    int next = from + Utf8.length(text[from]);
    if (first == CharClass.LETTER) {
      return CharClass.skip(text, next, to, CharClass.LETTER);
    }
    if (first == CharClass.NUMBER) {
      return numberEnd(text, next, to);
    }
    if (first != CharClass.NEWLINE && next < to) {
      byte second = CharClass.at(text, next);
      if (second == CharClass.LETTER) {
        return CharClass.skip(text, next, to, CharClass.LETTER);
      }
      if (second == CharClass.OTHER && text[from] == ' ') {
        return otherEnd(text, next, to);
      }
    }
    return first == CharClass.OTHER
        ? otherEnd(text, from, to)
        : WhiteSpace.endAfterNewline(text, from, to);
  }

  private int numberEnd(byte[] text, int second, int to) {
    int at = second;
    for (int digits = 1; digits < groupLength && at < to; digits++) {
      if (CharClass.at(text, at) != CharClass.NUMBER) {
        break;
      }
      at += Utf8.length(text[at]);
    }
    return at;
  }

  private static int otherEnd(byte[] text, int from, int to) {
    int at = CharClass.skip(text, from, to, CharClass.OTHER);
    return CharClass.skip(text, at, to, CharClass.NEWLINE);
  }

  /** Contractions in any case; U+017F, the long s, folds to s. */
  private static int contractionEnd(byte[] text, int from, int to) {
    int left = to - from;
    int first = left > 1 ? text[from + 1] : 0;
    int second = left > 2 ? text[from + 2] : 0;
    return switch (first) {
      case 's', 'S', 't', 'T', 'm', 'M', 'd', 'D' -> from + 2;
      case 'r', 'R', 'v', 'V' -> second == 'e' || second == 'E' ? from + 3 : from;
      case 'l', 'L' -> second == 'l' || second == 'L' ? from + 3 : from;
      case (byte) 0xC5 -> second == (byte) 0xBF ? from + 3 : from;
      default -> from;
    };
  }
}
