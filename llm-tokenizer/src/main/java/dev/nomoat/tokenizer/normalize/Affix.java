package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;

/** Puts text before every stretch, or takes white space away from its ends. */
public final class Affix {
  private Affix() {}

  /**
   * Puts text before every stretch that is not empty.
   *
   * @param prefix the text
   * @return the step
   */
  public static Normalizer prepend(String prefix) {
    return text -> {
      if (text.from() < text.to()) {
        text.write(prefix, text.from(), text.from());
        text.copy(text.from(), text.to());
        text.flip();
      }
    };
  }

  /**
   * Puts text before every stretch that does not start with it.
   *
   * @param prefix the text
   * @param firstOnly whether only where the whole text starts
   * @return the step
   */
  public static Normalizer ensure(String prefix, boolean firstOnly) {
    byte[] start = Utf8.encode(prefix);
    return text -> {
      boolean there =
          text.to() - text.from() >= start.length
              && Utf8.equal(text.bytes(), text.from(), start, 0, start.length);
      if (!there && !(firstOnly && text.from() != 1)) {
        text.write(start, 0, start.length, text.from(), text.from());
        text.copy(text.from(), text.to());
        text.flip();
      }
    };
  }

  /**
   * Takes white space away.
   *
   * @param left whether from the start
   * @param right whether from the end
   * @return the step
   */
  public static Normalizer strip(boolean left, boolean right) {
    return text -> {
      byte[] bytes = text.bytes();
      int from = text.from();
      int to = text.to();
      while (left && from < to && isSpace(bytes, from)) {
        from += Utf8.length(bytes[from]);
      }
      while (right && from < to) {
        int last = to - 1;
        while (Utf8.isContinuation(bytes[last])) {
          last--;
        }
        if (!isSpace(bytes, last)) {
          break;
        }
        to = last;
      }
      text.copy(from, to);
      text.flip();
    };
  }

  private static boolean isSpace(byte[] bytes, int at) {
    return CodePointMap.isWhiteSpace(Utf8.codePoint(bytes, at));
  }
}
