package dev.nomoat.tokenizer;

/**
 * Keeps emoji whole in a text that arrives in pieces: holds back the end of the text while it may
 * go on as an emoji sequence, and no other text.
 *
 * <p>An emoji goes on with a variation selector, an enclosing mark, a skin tone, tags, or a zero
 * width joiner and another emoji; a flag is a pair of regional indicators (Unicode Technical
 * Standard 51). So an emoji comes with the character behind it. A digit is not held back, although
 * a keycap may begin with it: the two marks that make it one come together. Sequences that are
 * longer than any known one are cut, so that the text held back has a bounded length. Not
 * thread-safe.
 */
final class EmojiSequences {
  /** The most chars of one sequence; the longest recommended ones have 15. */
  private static final int LONGEST = 32;

  private static final int JOINER = 0x200D;
  private static final int EMOJI_STYLE = 0xFE0F;

  /** What the text ends with. */
  private enum End {
    /** Nothing that may go on. */
    CLOSED,
    /** The first half of a flag. */
    HALF_FLAG,
    /** An emoji. */
    EMOJI,
    /** An emoji and a joiner. */
    JOINED
  }

  private String held = "";
  private End end = End.CLOSED;

  EmojiSequences copy() {
    var copy = new EmojiSequences();
    copy.held = held;
    copy.end = end;
    return copy;
  }

  /** Takes the next piece of the text, whole characters, and returns what cannot go on. */
  String accept(String piece) {
    String text = held.isEmpty() ? piece : held + piece;
    int start = 0;
    int at = held.length();
    while (at < text.length()) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      End after = next - start > LONGEST ? End.CLOSED : goOn(end, c);
      if (after == End.CLOSED && !(end == End.HALF_FLAG && isRegionalIndicator(c))) {
        start = at;
        after = begin(c);
      }
      end = after;
      at = next;
      start = end == End.CLOSED ? at : start;
    }
    held = text.substring(start);
    return start == text.length() ? text : text.substring(0, start);
  }

  /** Ends the sequence: returns what was held back. */
  String finish() {
    String rest = held;
    held = "";
    end = End.CLOSED;
    return rest;
  }

  private static End begin(int c) {
    if (isRegionalIndicator(c)) {
      return End.HALF_FLAG;
    }
    boolean emoji =
        c == EMOJI_STYLE || Character.isExtendedPictographic(c) || Character.isEmojiModifier(c);
    return emoji ? End.EMOJI : End.CLOSED;
  }

  private static End goOn(End end, int c) {
    return switch (end) {
      case CLOSED, HALF_FLAG -> End.CLOSED;
      case EMOJI -> c == JOINER ? End.JOINED : isPartOfEmoji(c) ? End.EMOJI : End.CLOSED;
      case JOINED -> Character.isExtendedPictographic(c) ? End.EMOJI : End.CLOSED;
    };
  }

  private static boolean isRegionalIndicator(int c) {
    return c >= 0x1F1E6 && c <= 0x1F1FF;
  }

  private static boolean isPartOfEmoji(int c) {
    boolean tag = c >= 0xE0020 && c <= 0xE007F;
    return tag
        || Character.isEmojiModifier(c)
        || switch (Character.getType(c)) {
          case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> true;
          default -> false;
        };
  }
}
