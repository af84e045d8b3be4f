package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;

/** Rewrites each code point by itself. */
public enum CodePointMap implements Normalizer {
  /** Lower case, by the full mapping without context. */
  LOWERCASE {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      if (codePoint == CAPITAL_DOTTED_I) {
        text.write("i\u0307", from, to);
        return true;
      }
      int lower = Character.toLowerCase(codePoint);
      if (lower == codePoint) {
        return false;
      }
      text.write(lower, from, to);
      return true;
    }
  },

  /** Without marks of any kind. */
  STRIP_MARKS {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      return switch (Character.getType(codePoint)) {
        case Character.NON_SPACING_MARK,
            Character.COMBINING_SPACING_MARK,
            Character.ENCLOSING_MARK ->
            !OlderUnicode.NO_MARKS.contains(codePoint);
        default -> false;
      };
    }
  },

  /** Without marks that take no space. */
  STRIP_NON_SPACING_MARKS {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      return Character.getType(codePoint) == Character.NON_SPACING_MARK
          && !OlderUnicode.NO_NON_SPACING_MARKS.contains(codePoint);
    }
  },

  /** Without controls, and with a plain space for other white space: BERT's cleaning. */
  CLEAN {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      if (isWhiteSpace(codePoint)) {
        if (codePoint == ' ') {
          return false;
        }
        if (isKeptControl(codePoint) || Character.getType(codePoint) != Character.CONTROL) {
          text.write(' ', from, to);
        }
        return true;
      }
      return codePoint == Utf8.REPLACEMENT
          || switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.PRIVATE_USE -> true;
            case Character.FORMAT -> !OlderUnicode.NO_FORMATS.contains(codePoint);
            default -> false;
          };
    }
  },

  /** With spaces around Chinese characters. */
  SPACE_CHINESE {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      if (!isChinese(codePoint)) {
        return false;
      }
      text.write(' ', from, from);
      text.copy(from, to);
      text.write(' ', to, to);
      return true;
    }
  },

  /** The rules of SentencePiece's {@code nmt} for controls and white space. */
  NMT {
    @Override
    boolean write(TextBuffer text, int codePoint, int from, int to) {
      if ((codePoint >= 0x01 && codePoint <= 0x08)
          || codePoint == 0x0B
          || (codePoint >= 0x0E && codePoint <= 0x1F)
          || codePoint == 0x7F
          || codePoint == 0x8F
          || codePoint == 0x9F) {
        return true;
      }
      boolean space =
          switch (codePoint) {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
            default -> codePoint >= 0x200B && codePoint <= 0x200F;
          };
      if (space) {
        text.write(' ', from, to);
      }
      return space;
    }
  };

  private static final int CAPITAL_DOTTED_I = 0x130;

  /**
   * Writes what a code point becomes.
   *
   * @return whether it has been dealt with; otherwise it stays
   */
  abstract boolean write(TextBuffer text, int codePoint, int from, int to);

  @Override
  public void apply(TextBuffer text) {
    byte[] bytes = text.bytes();
    int kept = text.from();
    boolean changed = false;
    for (int at = text.from(); at < text.to(); ) {
      int next = at + Utf8.length(bytes[at]);
      // What stays is copied in one go, before what is written for this code point.
      int codePoint = Utf8.codePoint(bytes, at);
      if (changes(codePoint)) {
        text.copy(kept, at);
        changed = true;
        if (!write(text, codePoint, at, next)) {
          text.copy(at, next);
        }
        kept = next;
      }
      at = next;
    }
    if (changed) {
      text.copy(kept, text.to());
      text.flip();
    }
  }

  /** Whether the code point may become something else: cheap, and true when in doubt. */
  boolean changes(int codePoint) {
    return switch (this) {
      case LOWERCASE -> codePoint >= 0x80 || (codePoint >= 'A' && codePoint <= 'Z');
      case STRIP_MARKS, STRIP_NON_SPACING_MARKS, SPACE_CHINESE -> codePoint >= 0x300;
      case CLEAN, NMT -> codePoint >= 0x7F || codePoint < ' ';
    };
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
