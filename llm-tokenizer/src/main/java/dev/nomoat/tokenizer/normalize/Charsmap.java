package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.text.BreakIterator;
import java.util.Locale;

/**
 * A precompiled character map of SentencePiece: a double-array trie from text to its replacement.
 *
 * <p>Layout, as {@code sentencepiece/src/normalizer.cc} writes it, little-endian: the length of the
 * trie in bytes, the trie in units of 32 bits, then the replacements, each ended by a zero byte. A
 * unit of the trie has its offset in bits 10 to 31 (times 256 if bit 9 is set), a leaf flag in bit
 * 8, and its label in bits 0 to 7; a value is in bits 0 to 30 of the unit that a leaf's offset
 * leads to.
 */
public final class Charsmap implements Normalizer {
  /** How SentencePiece walks through the text. */
  public enum Walk {
    /** The longest match at each place, as SentencePiece itself does. */
    LONGEST_PREFIX,
    /**
     * The shortest match at the start of each grapheme of fewer than six bytes, otherwise of each
     * code point, as Hugging Face's {@code tokenizers} does.
     */
    GRAPHEMES
  }

  private static final int LONGEST_GRAPHEME = 5;

  private final int[] trie;
  private final byte[] replacements;
  private final Walk walk;

  /** By ASCII character: whether no match is it, or it and another. */
  private final boolean[] stays = new boolean[0x80];

  private Charsmap(int[] trie, byte[] replacements, Walk walk) {
    this.trie = trie;
    this.replacements = replacements;
    this.walk = walk;
    for (int c = 0; c < stays.length; c++) {
      stays[c] = stays(c);
    }
  }

  private boolean stays(int first) {
    int node = offset(trie[0]) ^ first;
    if (node < 0 || node >= trie.length) {
      return false;
    }
    int unit = trie[node];
    if (first == 0 || (unit & 0x800000FF) != first) {
      return true;
    }
    if ((unit >>> 8 & 1) == 1) {
      return false;
    }
    for (int second = 1; second < 0x80; second++) {
      int next = node ^ offset(unit) ^ second;
      if (next < 0 || next >= trie.length || (trie[next] & 0x800000FF) == second) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads a map.
   *
   * @param bytes the map as files have it; not empty
   * @param walk how it is applied
   * @return the normaliser
   * @throws IllegalArgumentException if it is no such map
   */
  public static Charsmap of(byte[] bytes, Walk walk) {
    if (bytes.length < 4) {
      throw new IllegalArgumentException("A character map of " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long length = in.getInt() & 0xFFFFFFFFL;
    if (length == 0 || length % 4 != 0 || length > in.remaining()) {
      throw new IllegalArgumentException(
          "A character map with a trie of %d bytes in %d bytes".formatted(length, bytes.length));
    }
    int[] trie = new int[(int) length / 4];
    in.asIntBuffer().get(trie);
    in.position(4 + (int) length);
    byte[] replacements = new byte[in.remaining()];
    in.get(replacements);
    if (replacements.length > 0 && replacements[replacements.length - 1] != 0) {
      throw new IllegalArgumentException("The last replacement of a character map does not end");
    }
    return new Charsmap(trie, replacements, walk);
  }

  @Override
  public void apply(TextBuffer text) {
    switch (walk) {
      case LONGEST_PREFIX -> applyToPrefixes(text);
      case GRAPHEMES -> applyToGraphemes(text);
    }
  }

  private void applyToPrefixes(TextBuffer text) {
    byte[] bytes = text.bytes();
    int kept = text.from();
    boolean changed = false;
    for (int at = text.from(); at < text.to(); ) {
      if (bytes[at] >= 0 && stays[bytes[at]] && (at + 1 == text.to() || bytes[at + 1] >= 0)) {
        at++;
        continue;
      }
      long match = match(bytes, at, text.to(), true);
      if (match == 0) {
        at += Utf8.length(bytes[at]);
        continue;
      }
      int end = at + (int) (match >>> 32);
      text.copy(kept, at);
      replace(text, match, at, end);
      at = end;
      kept = end;
      changed = true;
    }
    if (changed) {
      text.copy(kept, text.to());
      text.flip();
    }
  }

  private void replace(TextBuffer text, long match, int from, int to) {
    if (match == 0) {
      text.copy(from, to);
      return;
    }
    int start = (int) match;
    if (start >= replacements.length) {
      throw new IllegalArgumentException(
          "A character map leads to a replacement that is not there");
    }
    int end = start;
    while (replacements[end] != 0) {
      end++;
    }
    text.write(replacements, start, end, from, to);
  }

  private void applyToGraphemes(TextBuffer text) {
    String string = text.text();
    BreakIterator graphemes = BreakIterator.getCharacterInstance(Locale.ROOT);
    graphemes.setText(string);
    int at = text.from();
    int start = graphemes.first();
    for (int end = graphemes.next(); end != BreakIterator.DONE; end = graphemes.next()) {
      int length = Utf8.encode(string.substring(start, end)).length;
      long match = length <= LONGEST_GRAPHEME ? match(text.bytes(), at, at + length, false) : 0;
      if (match != 0) {
        replace(text, match, at, at + length);
      } else {
        for (int place = at; place < at + length; ) {
          int next = place + Utf8.length(text.bytes()[place]);
          replace(text, match(text.bytes(), place, next, false), place, next);
          place = next;
        }
      }
      at += length;
      start = end;
    }
    text.flip();
  }

  /**
   * Walks down the trie.
   *
   * @return the length of the longest or shortest match in the high half, and where its replacement
   *     starts in the low half; 0 if there is none
   */
  private long match(byte[] text, int from, int to, boolean longest) {
    long found = 0;
    int node = offset(unit(0));
    for (int at = from; at < to; at++) {
      int label = text[at] & 0xFF;
      node ^= label;
      int unit = unit(node);
      if (label == 0 || (unit & 0x800000FF) != label) {
        break;
      }
      node ^= offset(unit);
      if ((unit >>> 8 & 1) == 1) {
        found = (long) (at + 1 - from) << 32 | (unit(node) & Integer.MAX_VALUE);
        if (!longest) {
          break;
        }
      }
    }
    return found;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }

  private int unit(int node) {
    if (node < 0 || node >= trie.length) {
      throw new IllegalArgumentException("A character map leads out of its trie");
    }
    return trie[node];
  }
}
