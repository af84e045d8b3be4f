package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.text.BreakIterator;
import java.util.Locale;

/**
 * A precompiled character map of SentencePiece: a double-array trie from text to its replacement.
 *
 * <p>As a normaliser by itself it works as in Hugging Face's {@code tokenizers}: it replaces the
 * shortest match at the start of each grapheme of fewer than six bytes, otherwise of each code
 * point.
 *
 * <p>Layout, as {@code sentencepiece/src/normalizer.cc} writes it, little-endian: the length of the
 * trie in bytes, the trie in units of 32 bits, then the replacements, each ended by a zero byte. A
 * unit of the trie has its offset in bits 10 to 31 (times 256 if bit 9 is set), a leaf flag in bit
 * 8, and its label in bits 0 to 7; a value is in bits 0 to 30 of the unit that a leaf's offset
 * leads to.
 */
public final class Charsmap implements Normalizer {
  private static final int LONGEST_GRAPHEME = 5;

  private final int[] trie;
  private final byte[] replacements;

  /** By ASCII character: whether no match is it, or starts with it and another. */
  private final boolean[] stays = new boolean[0x80];

  private Charsmap(int[] trie, byte[] replacements) {
    this.trie = trie;
    this.replacements = replacements;
    for (int c = 1; c < stays.length; c++) {
      stays[c] = staysAscii(c);
    }
  }

  private boolean staysAscii(int first) {
    int node = CharsmapTrie.offset(trie[0]) ^ first;
    if (node >= trie.length || !CharsmapTrie.hasLabel(trie[node], first)) {
      return true;
    }
    if (CharsmapTrie.isLeaf(trie[node])) {
      return false;
    }
    int children = node ^ CharsmapTrie.offset(trie[node]);
    for (int second = 1; second < 0x80; second++) {
      int child = children ^ second;
      if (child < trie.length && CharsmapTrie.hasLabel(trie[child], second)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is quickly seen that there is no match at a place. */
  boolean stays(byte[] text, int at, int to) {
    return text[at] > 0 && stays[text[at]] && (at + 1 == to || text[at + 1] > 0);
  }

  /**
   * Reads a map.
   *
   * @param bytes the map as files have it; not empty
   * @return the normaliser
   * @throws IllegalArgumentException if it is no such map
   */
  public static Charsmap of(byte[] bytes) {
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
    CharsmapTrie.check(trie, replacements.length);
    return new Charsmap(trie, replacements);
  }

  @Override
  public void apply(TextBuffer text) {
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

  private void replace(TextBuffer text, long match, int from, int to) {
    if (match == 0) {
      text.copy(from, to);
    } else {
      text.write(replacements, start(match), end(match), from, to);
    }
  }

  /**
   * The longest match at a place, as SentencePiece looks for it.
   *
   * @param text well-formed UTF-8
   * @param from where the match starts
   * @param to where the text ends, exclusive
   * @return the match, for the methods below; 0 if there is none
   */
  long match(byte[] text, int from, int to) {
    return match(text, from, to, true);
  }

  /** The length of a match. */
  static int length(long match) {
    return (int) (match >>> 32);
  }

  /** Where the replacement of a match starts in {@link #replacements}. */
  static int start(long match) {
    return (int) match;
  }

  /** Where the replacement of a match ends. */
  int end(long match) {
    int end = start(match);
    while (replacements[end] != 0) {
      end++;
    }
    return end;
  }

  /** The replacements, each ended by a zero byte; the array itself. */
  byte[] replacements() {
    return replacements;
  }

  /** Walks down the trie to the longest or shortest match. */
  private long match(byte[] text, int from, int to, boolean longest) {
    long found = 0;
    int node = CharsmapTrie.offset(trie[0]);
    for (int at = from; at < to; at++) {
      int label = text[at] & 0xFF;
      node ^= label;
      // Only nodes that are taken have been checked.
      if (label == 0 || node >= trie.length || !CharsmapTrie.hasLabel(trie[node], label)) {
        break;
      }
      int unit = trie[node];
      node ^= CharsmapTrie.offset(unit);
      if (CharsmapTrie.isLeaf(unit)) {
        found = (long) (at + 1 - from) << 32 | CharsmapTrie.value(trie[node]);
        if (!longest) {
          break;
        }
      }
    }
    return found;
  }
}
