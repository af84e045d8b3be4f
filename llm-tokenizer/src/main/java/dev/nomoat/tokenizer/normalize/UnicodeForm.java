package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.text.Normalizer.Form;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * A normal form of Unicode. Text is normalised in parts that do not influence each other: each
 * starts where a character does that never combines with one before it.
 *
 * @param form which one
 */
public record UnicodeForm(Form form) implements Normalizer {
  private static final byte STAYS = 1;
  private static final byte MAY_CHANGE = 2;

  /** Chars from which on the JDK, which sorts marks by inserting them, would take too long. */
  private static final int LONG = 64;

  /**
   * By form and code point of the basic multilingual plane: whether it starts a part and stays as
   * it is when that is all of the part. 0 as long as it is not known; threads may race, each would
   * write the same.
   */
  private static final Map<Form, byte[]> KNOWN = new EnumMap<>(Form.class);

  static {
    for (Form form : Form.values()) {
      KNOWN.put(form, new byte[0x10000]);
    }
  }

  @Override
  public void apply(TextBuffer text) {
    byte[] bytes = text.bytes();
    byte[] known = Objects.requireNonNull(KNOWN.get(form));
    int kept = text.from();
    boolean changed = false;
    for (int at = text.from(); at < text.to(); ) {
      if (bytes[at] >= 0 && (at + 1 == text.to() || bytes[at + 1] >= 0)) {
        at++;
        continue;
      }
      int start = at;
      boolean stays = stays(known, Utf8.codePoint(bytes, at));
      at += Utf8.length(bytes[at]);
      while (at < text.to() && bytes[at] < 0 && !startsPart(Utf8.codePoint(bytes, at))) {
        at += Utf8.length(bytes[at]);
        stays = false;
      }
      if (!stays) {
        String part = Utf8.decode(bytes, start, at);
        if (part.length() > LONG) {
          part = CombiningOrder.sorted(part, form);
        }
        if (!java.text.Normalizer.isNormalized(part, form)) {
          text.copy(kept, start);
          text.write(java.text.Normalizer.normalize(part, form), start, at);
          kept = at;
          changed = true;
        }
      }
    }
    if (changed) {
      text.copy(kept, text.to());
      text.flip();
    }
  }

  private boolean stays(byte[] known, int codePoint) {
    if (codePoint < 0x80) {
      return true;
    }
    if (codePoint >= known.length) {
      return false;
    }
    if (known[codePoint] == 0) {
      boolean stays =
          startsPart(codePoint)
              && java.text.Normalizer.isNormalized(Character.toString(codePoint), form);
      known[codePoint] = stays ? STAYS : MAY_CHANGE;
    }
    return known[codePoint] == STAYS;
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
