package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;

/** Rewrites each code point by itself. */
public enum CodePointMap implements Normalizer {
  /** Lower case, by the full mapping without context. */
  LOWERCASE {
    @Override
    boolean changes(int codePoint) {
      return codePoint == CAPITAL_DOTTED_I || Character.toLowerCase(codePoint) != codePoint;
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {
      if (codePoint == CAPITAL_DOTTED_I) {
        text.write("i\u0307", from, to);
      } else {
        text.write(Character.toLowerCase(codePoint), from, to);
      }
    }
  },

  /** Without marks of any kind. */
  STRIP_MARKS {
    @Override
    boolean changes(int codePoint) {
      return switch (Character.getType(codePoint)) {
        case Character.NON_SPACING_MARK,
            Character.COMBINING_SPACING_MARK,
            Character.ENCLOSING_MARK ->
            !OlderUnicode.NO_MARKS.contains(codePoint);
        default -> false;
      };
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {}
  },

  /** Without marks that take no space. */
  STRIP_NON_SPACING_MARKS {
    @Override
    boolean changes(int codePoint) {
      return Character.getType(codePoint) == Character.NON_SPACING_MARK
          && !OlderUnicode.NO_NON_SPACING_MARKS.contains(codePoint);
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {}
  },

  /** Without controls, and with a plain space for other white space: BERT's cleaning. */
  CLEAN {
    @Override
    boolean changes(int codePoint) {
      return isWhiteSpace(codePoint)
          ? codePoint != ' '
          : codePoint == Utf8.REPLACEMENT
              || switch (Character.getType(codePoint)) {
                case Character.CONTROL, Character.PRIVATE_USE -> true;
                case Character.FORMAT -> !OlderUnicode.NO_FORMATS.contains(codePoint);
                default -> false;
              };
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {
      if (isWhiteSpace(codePoint)
          && (isKeptControl(codePoint) || Character.getType(codePoint) != Character.CONTROL)) {
        text.write(' ', from, to);
      }
    }
  },

  /** With spaces around Chinese characters. */
  SPACE_CHINESE {
    @Override
    boolean changes(int codePoint) {
      return isChinese(codePoint);
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {
      text.write(' ', from, from);
      text.copy(from, to);
      text.write(' ', to, to);
    }
  },

  /** The rules of SentencePiece's {@code nmt} for controls and white space. */
  NMT {
    @Override
    boolean changes(int codePoint) {
      return isRemoved(codePoint)
          || switch (codePoint) {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
            default -> codePoint >= 0x200B && codePoint <= 0x200F;
          };
    }

    @Override
    void write(TextBuffer text, int codePoint, int from, int to) {
      if (!isRemoved(codePoint)) {
        text.write(' ', from, to);
      }
    }

    private static boolean isRemoved(int codePoint) {
      return (codePoint >= 0x01 && codePoint <= 0x08)
          || codePoint == 0x0B
          || (codePoint >= 0x0E && codePoint <= 0x1F)
          || codePoint == 0x7F
          || codePoint == 0x8F
          || codePoint == 0x9F;
    }
  };

  private static final int CAPITAL_DOTTED_I = 0x130;

  /** A bit for each ASCII character that becomes something else: the first 64, and the others. */
  private final long lowChanges;

  private final long highChanges;

  CodePointMap() {
    long low = 0;
    long high = 0;
    for (int c = 0; c < Long.SIZE; c++) {
      low |= changes(c) ? 1L << c : 0;
      high |= changes(c + Long.SIZE) ? 1L << c : 0;
    }
    lowChanges = low;
    highChanges = high;
  }

  private boolean asciiStays(byte value) {
    return value >= 0 && ((value < Long.SIZE ? lowChanges : highChanges) >>> value & 1) == 0;
  }

  /** Whether a code point becomes something else. */
  abstract boolean changes(int codePoint);

  /** Writes what a code point becomes that changes. */
  abstract void write(TextBuffer text, int codePoint, int from, int to);

  @Override
  public void apply(TextBuffer text) {
    byte[] bytes = text.bytes();
    int kept = text.from();
    boolean changed = false;
    for (int at = text.from(); at < text.to(); ) {
      if (asciiStays(bytes[at])) {
        at++;
        continue;
      }
      int next = at + Utf8.length(bytes[at]);
      int codePoint = Utf8.codePoint(bytes, at);
      if (changes(codePoint)) {
        // What stays is copied in one go, before what is written for this code point.
        text.copy(kept, at);
        write(text, codePoint, at, next);
        kept = next;
        changed = true;
      }
      at = next;
    }
    if (changed) {
      text.copy(kept, text.to());
      text.flip();
    }
  }

  private static boolean isKeptControl(int codePoint) {
    return codePoint == '\t' || codePoint == '\n' || codePoint == '\r';
  }

  /** The White_Space property. */
  static boolean isWhiteSpace(int codePoint) {
    return (codePoint >= 0x09 && codePoint <= 0x0D)
        || codePoint == 0x85
        || Character.isSpaceChar(codePoint);
  }

  /** The blocks that BERT takes for Chinese, with the gap that its Rust version has. */
  private static boolean isChinese(int codePoint) {
    return (codePoint >= 0x4E00 && codePoint <= 0x9FFF)
        || (codePoint >= 0x3400 && codePoint <= 0x4DBF)
        || (codePoint >= 0x20000 && codePoint <= 0x2A6DF)
        || (codePoint >= 0x2A700 && codePoint <= 0x2B73F)
        || (codePoint >= 0x2B740 && codePoint <= 0x2B81F)
        || (codePoint >= 0x2B920 && codePoint <= 0x2CEAF)
        || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
        || (codePoint >= 0x2F800 && codePoint <= 0x2FA1F);
  }
}
