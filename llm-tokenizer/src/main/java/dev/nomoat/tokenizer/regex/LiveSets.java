package dev.nomoat.tokenizer.regex;

import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The deterministic automaton that reads a text backwards. Its states are the sets of states of the
 * {@link Automaton} that can reach a match from a place of the text. They are made when first met
 * and kept as long as there is room; threads may share them.
 */
final class LiveSets {
  /** How many entries the tables of all sets have together, at most. */
  static final int MOST_CELLS = 1 << 22;

  private static final int MOST_SETS = 1 << 16;

  /** The letter before the text, or after it. */
  static final int NO_LETTER = -1;

  /** The states that are live at a place. */
  static final class LiveSet {
    final int number;
    final long[] bits;

    /** By letter before the place: the set there; null as long as it has not been met. */
    final @Nullable LiveSet[] before;

    /**
     * By state that is live: where to go from here, {@link Regex#MATCH} or the state to be in after
     * the code point at this place; 0 as long as it has not been asked for. Plus 1.
     */
    final int[] steps;

    LiveSet(int number, long[] bits, int letters, int states) {
      this.number = number;
      this.bits = bits;
      this.before = new LiveSet[letters];
      this.steps = new int[states];
    }

    boolean isLive(int state) {
      return (bits[state >> 6] >>> state & 1) != 0;
    }
  }

  private final Automaton automaton;
  private final Alphabet alphabet;

  /** How many sets there is room for. */
  private final int mostSets;

  /** What the pattern can tell apart of what is before the letter that is read. */
  private final Contexts contexts;

  private final boolean looksBehind;

  /** By bits. */
  private final Map<LongBuffer, LiveSet> known = new HashMap<>();

  private LiveSet[] byNumber = new LiveSet[16];

  /** By context of the end: the set at the end of the text. */
  private final LiveSet[] ends;

  /**
   * Makes the sets at the end of a text.
   *
   * @param cells how many entries the tables of all sets may have; there is always room for the
   *     sets at the end and two more
   * @throws RegexSyntaxException if not even those fit into {@link #MOST_CELLS}
   */
  LiveSets(Automaton automaton, Alphabet alphabet, int cells) {
    this.automaton = automaton;
    this.alphabet = alphabet;
    contexts = new Contexts(automaton, alphabet);
    looksBehind = contexts.size() > 1;
    long each = (long) alphabet.size() * contexts.size() + automaton.size();
    int fewest = contexts.size() + 2;
    if (each * fewest > MOST_CELLS) {
      throw new RegexSyntaxException(
          "Too many characters to tell apart", automaton.pattern(), automaton.pattern().length());
    }
    mostSets = (int) Math.max(fewest, Math.min(MOST_SETS, cells / each));
    ends = makeEnds();
  }

  private LiveSets(LiveSets full) {
    automaton = full.automaton;
    alphabet = full.alphabet;
    contexts = full.contexts;
    looksBehind = full.looksBehind;
    mostSets = full.mostSets;
    ends = makeEnds();
  }

  private LiveSet[] makeEnds() {
    LiveSet[] made = new LiveSet[contexts.size()];
    for (int context = 0; context < made.length; context++) {
      made[context] = Objects.requireNonNull(make(null, NO_LETTER, contexts.letter(context)));
    }
    return made;
  }

  /** Those of the same automaton, with all the room again. */
  LiveSets renewed() {
    return new LiveSets(this);
  }

  boolean looksBehind() {
    return looksBehind;
  }

  /**
   * The set at the end of the text.
   *
   * @param before the letter before the end; any number if the pattern does not look behind
   */
  LiveSet atEnd(int before) {
    return ends[looksBehind ? contexts.of(before) : 0];
  }

  /**
   * The set before a letter; null if it is new and there is no room for it.
   *
   * @param after the set after the letter
   * @param letter the letter
   * @param before the letter before it; any number if the pattern does not look behind
   */
  @Nullable LiveSet before(LiveSet after, int letter, int before) {
    int cell = looksBehind ? letter * contexts.size() + contexts.of(before) : letter;
    LiveSet set = after.before[cell];
    return set != null ? set : make(after, letter, before, cell);
  }

  private synchronized @Nullable LiveSet make(LiveSet after, int letter, int before, int cell) {
    LiveSet set = make(after, letter, before);
    after.before[cell] = set;
    return set;
  }

  private synchronized @Nullable LiveSet make(@Nullable LiveSet after, int letter, int before) {
    long[] bits = new long[(automaton.size() + 63) >> 6];
    // What a look-ahead looks for is settled before the states around it.
    for (int level = automaton.deepestLevel(); level >= 0; level--) {
      boolean changed = true;
      while (changed) {
        changed = false;
        for (int state = 0; state < automaton.size(); state++) {
          if (automaton.level(state) == level
              && (bits[state >> 6] >>> state & 1) == 0
              && becomesLive(state, bits, after, letter, before)) {
            bits[state >> 6] |= 1L << state;
            changed = true;
          }
        }
      }
    }
    return intern(bits);
  }

  private boolean becomesLive(
      int state, long[] bits, @Nullable LiveSet after, int letter, int before) {
    int next = automaton.next(state);
    int argument = automaton.argument(state);
    return switch (automaton.kind(state)) {
      case Automaton.MATCH -> true;
      case Automaton.TAKE -> after != null && alphabet.isIn(letter, argument) && after.isLive(next);
      case Automaton.FORK -> has(bits, next) || has(bits, argument);
      case Automaton.AHEAD -> has(bits, argument) && has(bits, next);
      case Automaton.NOT_AHEAD -> !has(bits, argument) && has(bits, next);
      case Automaton.BEHIND ->
          before != NO_LETTER && alphabet.isIn(before, argument) && has(bits, next);
      case Automaton.NOT_BEHIND ->
          (before == NO_LETTER || !alphabet.isIn(before, argument)) && has(bits, next);
      default -> throw new AssertionError("state of kind " + automaton.kind(state));
    };
  }

  private static boolean has(long[] bits, int state) {
    return (bits[state >> 6] >>> state & 1) != 0;
  }

  /** The set of some states; null if it is new and there is no room for it. */
  synchronized @Nullable LiveSet intern(long[] bits) {
    LongBuffer key = LongBuffer.wrap(bits);
    LiveSet set = known.get(key);
    if (set != null) {
      return set;
    }
    int number = known.size();
    if (number == mostSets) {
      return null;
    }
    set = new LiveSet(number, bits, alphabet.size() * contexts.size(), automaton.size());
    known.put(key, set);
    byNumber = number < byNumber.length ? byNumber : Arrays.copyOf(byNumber, number * 2);
    byNumber[number] = set;
    return set;
  }

  /** All sets known by now, by number. */
  synchronized LiveSet[] byNumber() {
    return byNumber;
  }
}
