package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * The normaliser of SentencePiece: a character map, rules for spaces, and texts that neither
 * changes.
 *
 * <p>Source: {@code Normalizer::Normalize} in {@code sentencepiece/src/normalizer.cc}.
 */
public final class SentencePieceNormalizer implements Normalizer {
  private static final byte[] MARK = Utf8.encode("\u2581");
  private static final byte[] SPACE = {' '};

  private final @Nullable Charsmap charsmap;
  private final ByteTrie untouched;

  /** By byte: whether an untouched text starts with it. */
  private final boolean[] startsUntouched = new boolean[256];

  private final Spaces spaces;

  /** Where the space goes that the model wants at one end of every text. */
  public enum Dummy {
    /** There is none. */
    NONE,
    /** Before every stretch of text. */
    BEFORE,
    /** Only before the whole text. */
    BEFORE_FIRST,
    /** After every stretch of text. */
    AFTER
  }

  /** How a space is written. */
  public enum Written {
    /** As U+2581. */
    AS_MARK,
    /**
     * As it is, by an encoder for which U+2581 is a space: so spaces at the end are both of them.
     */
    AS_SPACE_LIKE_MARK,
    /** As it is, and U+2581 is a character like others. */
    AS_SPACE
  }

  /**
   * The rules for spaces.
   *
   * @param dummy where a space is added
   * @param removeExtra whether spaces at the ends are taken away, and runs become one
   * @param written how spaces are written
   */
  public record Spaces(Dummy dummy, boolean removeExtra, Written written) {}

  /**
   * Makes the normaliser.
   *
   * @param charsmap rewrites characters; null for none
   * @param untouched texts that the character map does not see; the longest at a place counts
   * @param spaces the rules for spaces
   */
  public SentencePieceNormalizer(@Nullable Charsmap charsmap, ByteTrie untouched, Spaces spaces) {
    this.charsmap = charsmap;
    this.untouched = untouched;
    for (int value = 0; value < startsUntouched.length; value++) {
      startsUntouched[value] = untouched.child(ByteTrie.ROOT, (byte) value) != ByteTrie.NONE;
    }
    this.spaces = spaces;
  }

  @Override
  public void apply(TextBuffer text) {
    int from = spaces.removeExtra ? skipSpaces(text) : text.from();
    int to = text.to();
    if (from < to) {
      if (addsBefore(text)) {
        writeSpace(text, from, from);
      }
      rewrite(text, from);
      if (spaces.removeExtra) {
        dropSpacesAtEnd(text);
      }
      if (spaces.dummy == Dummy.AFTER) {
        writeSpace(text, to, to);
      }
    }
    text.flip();
  }

  private boolean addsBefore(TextBuffer text) {
    return switch (spaces.dummy) {
      case BEFORE -> true;
      case BEFORE_FIRST -> text.from() == 1;
      case NONE, AFTER -> false;
    };
  }

  /** Where the text goes on after what is a single space once it is normalised. */
  private int skipSpaces(TextBuffer text) {
    byte[] bytes = text.bytes();
    int at = text.from();
    while (at < text.to()) {
      int end = untouchedEnd(bytes, at, text.to());
      long match = end > at ? 0 : match(bytes, at, text.to());
      if (charsmap == null || match == 0) {
        if (bytes[at] != ' ' || end > at + 1) {
          break;
        }
        at++;
      } else {
        int start = Charsmap.start(match);
        byte[] replacements = charsmap.replacements();
        if (charsmap.end(match) != start + 1 || replacements[start] != ' ') {
          break;
        }
        at += Charsmap.length(match);
      }
    }
    return at;
  }

  private void rewrite(TextBuffer text, int from) {
    byte[] bytes = text.bytes();
    int to = text.to();
    boolean afterSpace = spaces.removeExtra;
    // What comes before this has been written.
    int kept = from;
    for (int at = from; at < to; ) {
      int end = untouchedEnd(bytes, at, to);
      long match = end > at ? 0 : match(bytes, at, to);
      if (charsmap != null && match != 0) {
        text.copy(kept, at);
        kept = at + Charsmap.length(match);
        byte[] replacements = charsmap.replacements();
        int start = Charsmap.start(match);
        afterSpace = write(text, replacements, start, charsmap.end(match), at, kept, afterSpace);
        at = kept;
        continue;
      }
      end = Math.max(end, at + Utf8.length(bytes[at]));
      if (hasSpace(bytes, at, end)) {
        text.copy(kept, at);
        afterSpace = write(text, bytes, at, end, at, end, afterSpace);
        kept = end;
      } else {
        afterSpace = false;
      }
      at = end;
    }
    text.copy(kept, to);
  }

  private long match(byte[] bytes, int at, int to) {
    return charsmap == null || charsmap.stays(bytes, at, to) ? 0 : charsmap.match(bytes, at, to);
  }

  /** The end of the longest untouched text at a place; the place itself if there is none. */
  private int untouchedEnd(byte[] bytes, int from, int to) {
    if (!startsUntouched[bytes[from] & 0xFF]) {
      return from;
    }
    int end = from;
    int node = ByteTrie.ROOT;
    for (int at = from; at < to; ) {
      node = untouched.child(node, bytes[at++]);
      if (node == ByteTrie.NONE) {
        break;
      }
      end = untouched.value(node) == ByteTrie.NONE ? end : at;
    }
    return end;
  }

  private static boolean hasSpace(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == ' ') {
        return true;
      }
    }
    return false;
  }

  /**
   * Writes a part of a text for a part of the original.
   *
   * @return whether another space would be an extra one
   */
  private boolean write(
      TextBuffer text,
      byte[] source,
      int from,
      int to,
      int partFrom,
      int partTo,
      boolean afterSpace) {
    int start = from;
    while (afterSpace && start < to && source[start] == ' ') {
      start++;
    }
    if (start == to) {
      return afterSpace;
    }
    for (int at = start; at < to; at++) {
      if (source[at] == ' ') {
        text.write(source, start, at, partFrom, partTo);
        writeSpace(text, partFrom, partTo);
        start = at + 1;
      }
    }
    text.write(source, start, to, partFrom, partTo);
    return spaces.removeExtra && source[to - 1] == ' ';
  }

  private void writeSpace(TextBuffer text, int partFrom, int partTo) {
    byte[] space = spaces.written == Written.AS_MARK ? MARK : SPACE;
    text.write(space, 0, space.length, partFrom, partTo);
  }

  private void dropSpacesAtEnd(TextBuffer text) {
    boolean dropped = true;
    while (dropped) {
      dropped = spaces.written != Written.AS_MARK && text.dropWritten(SPACE);
      dropped |= spaces.written != Written.AS_SPACE && text.dropWritten(MARK);
    }
  }
}
