package dev.nomoat.tokenizer.regex;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A set of code points. Immutable. */
final class CodePoints {
  static final CodePoints NONE = new CodePoints(new int[0]);
  static final CodePoints ALL = new CodePoints(new int[] {0, Character.MAX_CODE_POINT + 1});

  /** Where the set starts and stops, ascending: [start, end) by turns. */
  private final int[] bounds;

  private CodePoints(int[] bounds) {
    this.bounds = bounds;
  }

  static CodePoints of(int codePoint) {
    return range(codePoint, codePoint);
  }

  /** From first to last, inclusive. */
  static CodePoints range(int first, int last) {
    return new CodePoints(new int[] {first, last + 1});
  }

  static CodePoints where(IntPredicate member) {
    int[] bounds = new int[64];
    int size = 0;
    boolean in = false;
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (member.test(codePoint) != in) {
        in = !in;
        bounds = size == bounds.length ? Arrays.copyOf(bounds, size * 2) : bounds;
        bounds[size++] = codePoint;
      }
    }
    if (in) {
      bounds = size == bounds.length ? Arrays.copyOf(bounds, size + 1) : bounds;
      bounds[size++] = Character.MAX_CODE_POINT + 1;
    }
    return new CodePoints(Arrays.copyOf(bounds, size));
  }

  boolean contains(int codePoint) {
    int found = Arrays.binarySearch(bounds, codePoint);
    // A bound that is hit starts the range or ends it; otherwise an odd insertion point is inside.
    return found >= 0 ? (found & 1) == 0 : (~found & 1) == 1;
  }

  CodePoints not() {
    return combine(ALL, false, true);
  }

  CodePoints or(CodePoints other) {
    return combine(other, true, true);
  }

  CodePoints and(CodePoints other) {
    return combine(other, true, false);
  }

  /**
   * Sweeps over the bounds of both: members are the code points of both if {@code common}, and
   * those of exactly one of them if {@code single}.
   */
  private CodePoints combine(CodePoints other, boolean common, boolean single) {
    int[] result = new int[bounds.length + other.bounds.length];
    int size = 0;
    int a = 0;
    int b = 0;
    while (a < bounds.length || b < other.bounds.length) {
      int at =
          Math.min(
              a < bounds.length ? bounds[a] : Integer.MAX_VALUE,
              b < other.bounds.length ? other.bounds[b] : Integer.MAX_VALUE);
      a += a < bounds.length && bounds[a] == at ? 1 : 0;
      b += b < other.bounds.length && other.bounds[b] == at ? 1 : 0;
      boolean inA = (a & 1) == 1;
      boolean inB = (b & 1) == 1;
      boolean in = (inA && inB) ? common : (inA || inB) && single;
      if (in != ((size & 1) == 1)) {
        result[size++] = at;
      }
    }
    return new CodePoints(Arrays.copyOf(result, size));
  }

  /** The number of ranges. */
  int ranges() {
    return bounds.length / 2;
  }

  int start(int range) {
    return bounds[2 * range];
  }

  /** The end of a range, exclusive. */
  int end(int range) {
    return bounds[2 * range + 1];
  }

  int[] bounds() {
    return bounds.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CodePoints set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }
}
