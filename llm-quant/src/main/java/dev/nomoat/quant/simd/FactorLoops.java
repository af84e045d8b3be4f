package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.RUN;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static jdk.incubator.vector.VectorOperators.LSHL;

import dev.nomoat.quant.packed.FactorForm;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.IntVector;

/**
 * The numbers of {@link FactorForm}s for integers that are not looked up: each is a power of two
 * times one activation, less a power of two times another. Which these are is read off the scalar
 * code, once for each form; after 32 columns they are the same again.
 */
final class FactorLoops {
  private static final Map<FactorForm, FactorLoops> ALL = all();

  private final int count; // of the numbers of 32 columns
  private final int[] windows; // by vector of numbers: where the activations begin that it needs
  private final int[] added; // by number: which of these
  private final int[] addedShift;
  private final int[] addedMask;
  private final int[] taken;
  private final int[] takenShift;
  private final int[] takenMask;

  private FactorLoops(FactorForm form) {
    count = form.starts(RUN);
    windows = new int[Math.ceilDiv(count, LANES)];
    int padded = windows.length * LANES;
    added = new int[padded];
    addedShift = new int[padded];
    addedMask = new int[padded];
    taken = new int[padded];
    takenShift = new int[padded];
    takenMask = new int[padded];
    Arrays.fill(windows, RUN - LANES);
    for (int column = RUN - 1; column >= 0; column--) {
      int[] x = new int[RUN];
      x[column] = 1;
      int[] factors = new int[form.count(RUN)];
      form.makeFactors(x, 0, RUN, factors, 0);
      for (int i = 0; i < count; i++) {
        int weight = (short) factors[i];
        if (weight != 0) {
          windows[i / LANES] = Math.min(windows[i / LANES], column);
        }
        if (weight > 0) {
          added[i] = column;
          addedShift[i] = Integer.numberOfTrailingZeros(weight);
          addedMask[i] = -1;
        } else if (weight < 0) {
          taken[i] = column;
          takenShift[i] = Integer.numberOfTrailingZeros(-weight);
          takenMask[i] = -1;
        }
      }
    }
    for (int i = 0; i < padded; i++) {
      added[i] = Math.max(0, added[i] - windows[i / LANES]);
      taken[i] = Math.max(0, taken[i] - windows[i / LANES]);
    }
  }

  private static Map<FactorForm, FactorLoops> all() {
    Map<FactorForm, FactorLoops> all = new EnumMap<>(FactorForm.class);
    for (FactorForm form : FactorForm.values()) {
      if (!form.isOfCodes()) {
        FactorLoops loops = new FactorLoops(form);
        if (loops.fits()) {
          all.put(form, loops);
        }
      }
    }
    return all;
  }

  /** Whether a vector holds the activations that a vector of numbers needs. */
  private boolean fits() {
    for (int i = 0; i < added.length; i++) {
      if (added[i] >= LANES || taken[i] >= LANES) {
        return false;
      }
    }
    return true;
  }

  /** The same as {@link FactorForm#makeFactors}, but for up to 15 zeros behind them. */
  static void make(FactorForm form, int[] x, int at, int columns, int[] factors, int to) {
    FactorLoops loops = ALL.get(form);
    if (loops == null) {
      form.makeFactors(x, at, columns, factors, to);
    } else {
      loops.make(x, at, columns, factors, to);
    }
  }

  private void make(int[] x, int at, int columns, int[] factors, int to) {
    int runs = columns / RUN;
    // backwards, because zeros behind the last part's numbers are where the next first part's are
    for (int part = windows.length - 1; part >= 0; part--) {
      int first = part * LANES;
      make(x, at + windows[part], runs, first, factors, to + first);
    }
  }

  private void make(int[] x, int at, int runs, int first, int[] factors, int to) {
    IntVector from = IntVector.fromArray(I, added, first);
    IntVector shift = IntVector.fromArray(I, addedShift, first);
    IntVector mask = IntVector.fromArray(I, addedMask, first);
    IntVector otherFrom = IntVector.fromArray(I, taken, first);
    IntVector otherShift = IntVector.fromArray(I, takenShift, first);
    IntVector otherMask = IntVector.fromArray(I, takenMask, first);
    for (int run = 0; run < runs; run++) {
      IntVector v = IntVector.fromArray(I, x, at + run * RUN);
      IntVector f =
          from.selectFrom(v)
              .lanewise(LSHL, shift)
              .and(mask)
              .sub(otherFrom.selectFrom(v).lanewise(LSHL, otherShift).and(otherMask));
      f.and(0xffff).or(f.lanewise(LSHL, 16)).intoArray(factors, to + run * count);
    }
  }
}
