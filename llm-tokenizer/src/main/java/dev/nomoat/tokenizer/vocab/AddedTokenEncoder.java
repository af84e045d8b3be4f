package dev.nomoat.tokenizer.vocab;

/**
 * Cuts tokens out of the text before another encoder takes what is between them.
 *
 * @param tokens what to cut out
 * @param encoder takes what is between
 */
public record AddedTokenEncoder(SpecialTokenMatcher tokens, SegmentEncoder encoder)
    implements SegmentEncoder {
  @Override
  public TextSink open(TokenSink sink) {
    TextSink between = encoder.open(sink);
    return (text, from, to) -> {
      int done = from;
      int search = from;
      while (search < to) {
        long found = tokens.find(text, search, to);
        if (found == SpecialTokenMatcher.NONE) {
          break;
        }
        int number = (int) found;
        int start = (int) (found >>> 32);
        int end = start + tokens.length(number);
        search = end;
        if (tokens.isSingleWord(number) && isInWord(text, from, start, end, to)) {
          continue;
        }
        start = tokens.stripsLeft(number) ? stripLeft(text, done, start) : start;
        end = tokens.stripsRight(number) ? stripRight(text, end, to) : end;
        // It may start with white space that belongs to the token before it.
        start = Math.max(start, done);
        end = Math.max(end, done);
        if (done < start) {
          between.accept(text, done, start);
        }
        sink.accept(tokens.id(number), start, end);
        done = end;
      }
      if (done < to) {
        between.accept(text, done, to);
      }
    };
  }

  private static int stripLeft(byte[] text, int from, int start) {
    int at = start;
    while (at > from) {
      int before = Utf8.before(text, at);
      if (!isWhiteSpace(Utf8.codePoint(text, before))) {
        break;
      }
      at = before;
    }
    return at;
  }

  private static int stripRight(byte[] text, int end, int to) {
    int at = end;
    while (at < to && isWhiteSpace(Utf8.codePoint(text, at))) {
      at += Utf8.length(text[at]);
    }
    return at;
  }

  private static boolean isInWord(byte[] text, int from, int start, int end, int to) {
    return (start > from && isWord(Utf8.codePoint(text, Utf8.before(text, start))))
        || (end < to && isWord(Utf8.codePoint(text, end)));
  }

  /** The White_Space property. */
  private static boolean isWhiteSpace(int codePoint) {
    return (codePoint >= 0x09 && codePoint <= 0x0D)
        || codePoint == 0x85
        || Character.isSpaceChar(codePoint);
  }

  /** What regular expressions of Rust take for a part of a word. */
  private static boolean isWord(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || codePoint == 0x200C
        || codePoint == 0x200D
        || switch (Character.getType(codePoint)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> false;
        };
  }
}
