package dev.nomoat.tokenizer.regex;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The letters that a pattern can tell apart: code points that are in the same of its sets are the
 * same letter. Immutable.
 */
final class Alphabet {
  private static final int BLOCK = 7;
  private static final int BLOCK_MASK = (1 << BLOCK) - 1;

  /** By code point without its last bits: where its block of letters starts. */
  private final int[] blocks = new int[(Character.MAX_CODE_POINT >> BLOCK) + 1];

  private final short[] letters;

  /** By letter: the numbers of the sets it is in. */
  private final List<BitSet> members = new ArrayList<>();

  Alphabet(List<CodePoints> sets) {
    short[] all = assign(sets);
    Map<ShortBuffer, Integer> known = new HashMap<>();
    short[] packed = new short[1 << 12];
    int size = 0;
    for (int block = 0; block < blocks.length; block++) {
      short[] content = Arrays.copyOfRange(all, block << BLOCK, (block + 1) << BLOCK);
      Integer place = known.putIfAbsent(ShortBuffer.wrap(content), size);
      if (place == null) {
        packed = size == packed.length ? Arrays.copyOf(packed, size * 2) : packed;
        System.arraycopy(content, 0, packed, size, content.length);
        place = size;
        size += content.length;
      }
      blocks[block] = place;
    }
    letters = Arrays.copyOf(packed, size);
  }

  /** The letter of every code point. */
  private short[] assign(List<CodePoints> sets) {
    int[] bounds =
        sets.stream()
            .flatMapToInt(set -> Arrays.stream(set.bounds()))
            .sorted()
            .distinct()
            .toArray();
    short[] all = new short[Character.MAX_CODE_POINT + 1];
    Map<BitSet, Short> byMembers = new HashMap<>();
    int from = 0;
    for (int i = 0; i <= bounds.length; i++) {
      int to = i < bounds.length ? bounds[i] : all.length;
      if (from < to) {
        var in = new BitSet();
        for (int set = 0; set < sets.size(); set++) {
          in.set(set, sets.get(set).contains(from));
        }
        Short letter = byMembers.get(in);
        if (letter == null) {
          letter = (short) members.size();
          byMembers.put(in, letter);
          members.add(in);
        }
        Arrays.fill(all, from, to, letter);
      }
      from = to;
    }
    return all;
  }

  int size() {
    return members.size();
  }

  boolean isIn(int letter, int set) {
    return members.get(letter).get(set);
  }

  /** The numbers of the sets that a letter is in; the caller's to change. */
  BitSet setsOf(int letter) {
    return (BitSet) members.get(letter).clone();
  }

  /** The letter at a place of well-formed UTF-8. */
  int at(byte[] text, int at) {
    int lead = text[at];
    return lead >= 0 ? letters[blocks[0] + lead] : ofCodePoint(Utf8.codePoint(text, at));
  }

  private int ofCodePoint(int codePoint) {
    return letters[blocks[codePoint >> BLOCK] + (codePoint & BLOCK_MASK)];
  }
}
