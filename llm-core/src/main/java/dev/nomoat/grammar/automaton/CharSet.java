package dev.nomoat.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode scalar values: code points without surrogates, which UTF-8 cannot encode.
 * Immutable.
 */
public final class CharSet {
  /** No character. */
  public static final CharSet NONE = new CharSet(new int[0]);

  /** Every character. */
  public static final CharSet ALL = NONE.negate();

  private static final int SURROGATES = Character.MIN_SURROGATE;
  private static final int AFTER_SURROGATES = Character.MAX_SURROGATE + 1;
  private static final int END = Character.MAX_CODE_POINT + 1;

  /** Where members begin and end by turns: ascending, of even length. */
  private final int[] bounds;

  private CharSet(int[] bounds) {
    this.bounds = bounds;
  }

  /**
   * The characters of a range.
   *
   * @param first the first
   * @param last the last; a range that ends before it begins is empty
   * @return the set
   */
  public static CharSet range(int first, int last) {
    return union(List.of(new int[] {first, last}));
  }

  /**
   * The characters of a text.
   *
   * @param chars any text
   * @return the set
   */
  public static CharSet of(String chars) {
    return union(chars.codePoints().mapToObj(c -> new int[] {c, c}).toList());
  }

  /**
   * The characters of several ranges.
   *
   * @param ranges the first and the last of each
   * @return the set
   */
  public static CharSet union(List<int[]> ranges) {
    List<int[]> sorted = new ArrayList<>();
    for (int[] range : ranges) {
      addWithoutSurrogates(range[0], range[1] + 1, sorted);
    }
    sorted.sort(Comparator.comparingInt(range -> range[0]));
    int[] bounds = new int[2 * sorted.size()];
    int size = 0;
    for (int[] range : sorted) {
      if (size > 0 && range[0] <= bounds[size - 1]) {
        bounds[size - 1] = Math.max(bounds[size - 1], range[1]);
      } else {
        bounds[size++] = range[0];
        bounds[size++] = range[1];
      }
    }
    return new CharSet(Arrays.copyOf(bounds, size));
  }

  private static void addWithoutSurrogates(int from, int to, List<int[]> ranges) {
    if (from < Math.min(to, SURROGATES)) {
      ranges.add(new int[] {from, Math.min(to, SURROGATES)});
    }
    if (Math.max(from, AFTER_SURROGATES) < to) {
      ranges.add(new int[] {Math.max(from, AFTER_SURROGATES), to});
    }
  }

  /**
   * The characters of this set or another.
   *
   * @param other the other set
   * @return a new set
   */
  public CharSet or(CharSet other) {
    List<int[]> ranges = new ArrayList<>(ranges());
    ranges.addAll(other.ranges());
    return union(ranges);
  }

  /**
   * The characters that are in this set and in another.
   *
   * @param other the other set
   * @return a new set
   */
  public CharSet and(CharSet other) {
    return negate().or(other.negate()).negate();
  }

  /**
   * All other characters.
   *
   * @return a new set
   */
  public CharSet negate() {
    List<int[]> ranges = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      ranges.add(new int[] {from, bounds[i] - 1});
      from = bounds[i + 1];
    }
    ranges.add(new int[] {from, END - 1});
    return union(ranges);
  }

  /**
   * Whether there is no character.
   *
   * @return whether the set is empty
   */
  public boolean isEmpty() {
    return bounds.length == 0;
  }

  /**
   * Whether a character is in the set.
   *
   * @param codePoint the character
   * @return whether it is
   */
  public boolean contains(int codePoint) {
    int at = Arrays.binarySearch(bounds, codePoint);
    return at >= 0 ? at % 2 == 0 : -at % 2 == 0;
  }

  /**
   * The members.
   *
   * @return the first and the last of each run of them, ascending
   */
  public List<int[]> ranges() {
    List<int[]> ranges = new ArrayList<>();
    for (int i = 0; i < bounds.length; i += 2) {
      ranges.add(new int[] {bounds[i], bounds[i + 1] - 1});
    }
    return ranges;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CharSet set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }
}
