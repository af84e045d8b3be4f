package dev.nomoat.tokenizer.normalize;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The canonical order of marks (Unicode Standard Annex 15): by combining class, those of the same
 * class as they come. The JDK knows the classes but does not tell them, so they are learned from
 * which of two marks it puts first.
 */
final class CombiningOrder {
  /** Marks of combining class 230 and 1: whatever has a class changes places with one of them. */
  private static final int ABOVE = 0x301;

  private static final int OVERLAY = 0x334;

  /** Code points that have a class, ascending, and the places of their classes among all. */
  private static final class Known {
    static final int[] MARKS;
    static final int[] RANKS;

    static {
      int[] marks =
          IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
              .filter(CombiningOrder::hasClass)
              .toArray();
      // one mark of each class, the lowest class first
      List<Integer> classes = new ArrayList<>();
      for (int mark : marks) {
        int place = place(classes, mark);
        if (place == classes.size() || !sameClass(classes.get(place), mark)) {
          classes.add(place, mark);
        }
      }
      MARKS = marks;
      RANKS = Arrays.stream(marks).map(mark -> 1 + place(classes, mark)).toArray();
    }

    private Known() {}
  }

  private CombiningOrder() {}

  private static String decomposed(String text) {
    return Normalizer.normalize(text, Form.NFD);
  }

  private static boolean hasClass(int codePoint) {
    int type = Character.getType(codePoint);
    if (type != Character.NON_SPACING_MARK
        && type != Character.COMBINING_SPACING_MARK
        && type != Character.ENCLOSING_MARK) {
      return false;
    }
    String mark = Character.toString(codePoint);
    boolean changesPlaces = isAfter(codePoint, OVERLAY) || isAfter(ABOVE, codePoint);
    return changesPlaces && decomposed(mark).equals(mark);
  }

  /** Whether the class of a mark is higher than that of another. */
  private static boolean isAfter(int mark, int other) {
    String first = Character.toString(mark);
    String second = Character.toString(other);
    return mark != other && decomposed(first + second).equals(second + first);
  }

  private static boolean sameClass(int mark, int other) {
    return !isAfter(mark, other) && !isAfter(other, mark);
  }

  /** The first place of a class that is not lower than that of the mark. */
  private static int place(List<Integer> classes, int mark) {
    int low = 0;
    int high = classes.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isAfter(mark, classes.get(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The place of a code point's class among all, from 1; 0 if it has none. */
  private static int rank(int codePoint) {
    int place = Arrays.binarySearch(Known.MARKS, codePoint);
    return place < 0 ? 0 : Known.RANKS[place];
  }

  /**
   * A text with the same normal form whose marks are in order.
   *
   * @param text any text
   * @param form the form that it will get
   */
  static String sorted(String text, Form form) {
    boolean compatible = form == Form.NFKC || form == Form.NFKD;
    Form decomposition = compatible ? Form.NFKD : Form.NFD;
    StringBuilder apart = new StringBuilder();
    text.codePoints()
        .forEach(c -> apart.append(Normalizer.normalize(Character.toString(c), decomposition)));
    int[] codePoints = apart.codePoints().toArray();
    long[] keys = new long[codePoints.length];
    for (int from = 0; from < codePoints.length; ) {
      int to = from;
      while (to < codePoints.length && rank(codePoints[to]) > 0) {
        keys[to] = (long) rank(codePoints[to]) << Integer.SIZE | to;
        to++;
      }
      sort(codePoints, keys, from, to);
      from = to + 1;
    }
    return new String(codePoints, 0, codePoints.length);
  }

  private static void sort(int[] codePoints, long[] keys, int from, int to) {
    int[] marks = Arrays.copyOfRange(codePoints, from, to);
    Arrays.sort(keys, from, to);
    for (int at = from; at < to; at++) {
      codePoints[at] = marks[(int) keys[at] - from];
    }
  }
}
