package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.text.Normalizer.Form;

/**
 * A normal form of Unicode. Text is normalised in parts that do not influence each other: each
 * starts where a character does that never combines with one before it.
 *
 * @param form which one
 */
public record UnicodeForm(Form form) implements Normalizer {
  @Override
  public void apply(TextBuffer text) {
    byte[] bytes = text.bytes();
    int start = text.from();
    boolean ascii = true;
    for (int at = text.from(); at < text.to(); ) {
      int next = at + Utf8.length(bytes[at]);
      if (bytes[at] >= 0) {
        // What is ASCII already is written in one go, but for the last, which may have marks.
        if (!ascii) {
          write(text, start, at);
          start = at;
          ascii = true;
        }
      } else {
        boolean starts = startsPart(Utf8.codePoint(bytes, at));
        if (ascii) {
          int last = starts ? at : at - (at > start ? 1 : 0);
          text.copy(start, last);
          start = last;
          ascii = false;
        } else if (starts) {
          write(text, start, at);
          start = at;
        }
      }
      at = next;
    }
    if (ascii) {
      text.copy(start, text.to());
    } else {
      write(text, start, text.to());
    }
    text.flip();
  }

  private void write(TextBuffer text, int from, int to) {
    String part = Utf8.decode(text.bytes(), from, to);
    if (java.text.Normalizer.isNormalized(part, form)) {
      text.copy(from, to);
    } else {
      text.write(java.text.Normalizer.normalize(part, form), from, to);
    }
  }

  /**
   * Whether what comes before the code point has no influence on it. Marks, and the letters that
   * form syllables with those before them (Hangul jamo, Kirat Rai vowels), do not.
   */
  private static boolean startsPart(int codePoint) {
    int type = Character.getType(codePoint);
    return type != Character.NON_SPACING_MARK
        && type != Character.COMBINING_SPACING_MARK
        && type != Character.ENCLOSING_MARK
        && !(codePoint >= 0x1160 && codePoint <= 0x11FF)
        && !(codePoint >= 0x16D60 && codePoint <= 0x16D6F)
        // The halfwidth Katakana sound marks become marks in the compatibility forms.
        && codePoint != 0xFF9E
        && codePoint != 0xFF9F
        // Halfwidth jamo become jamo.
        && !(codePoint >= 0xFFA0 && codePoint <= 0xFFDC)
        && !(codePoint >= 0x3130 && codePoint <= 0x318F);
  }
}
