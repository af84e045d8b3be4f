package dev.nomoat.tokenizer.regex;

import dev.nomoat.tokenizer.regex.LiveSets.LiveSet;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A regular expression in Oniguruma's syntax (as Ruby has it), matched in linear time. Immutable
 * and thread-safe.
 *
 * <p>Supported: literals and escapes; sets with ranges, negation, {@code &&}, nesting, POSIX names
 * and {@code \p{}} of categories and scripts; groups, named or not; alternatives; repetitions,
 * greedy, lazy, and possessive for single characters; look-ahead at anything; look-behind at one
 * character; {@code ^ $ \A \z \Z \b \B}; the flags i, m and s. Case is ignored by simple case
 * folding.
 */
public final class Regex {
  /** A step that ends a match. */
  static final int MATCH = -2;

  private final Automaton automaton;
  private final Alphabet alphabet;

  /** Those that all matchers start with; others in their place when they are full. */
  private volatile LiveSets liveSets;

  private Regex(String pattern, int cells) {
    automaton = new Automaton(pattern);
    alphabet = new Alphabet(automaton.sets());
    liveSets = new LiveSets(automaton, alphabet, cells);
  }

  /**
   * Compiles a pattern.
   *
   * @param pattern the pattern
   * @return the regular expression
   * @throws RegexSyntaxException if it is malformed, too large, or needs what is not supported
   */
  public static Regex compile(String pattern) {
    return compile(pattern, LiveSets.MOST_CELLS);
  }

  /** Compiles a pattern so that the working memory of matching has so many cells at most. */
  static Regex compile(String pattern, int cells) {
    return new Regex(pattern, cells);
  }

  /**
   * Makes a matcher.
   *
   * @return a matcher of its own, for one thread
   */
  public Matcher matcher() {
    return new Matcher();
  }

  /** A set of states that is live at a place. */
  private static final class Mark {
    private final int place;
    private final long[] bits;

    Mark(int place, long[] bits) {
      this.place = place;
      this.bits = bits;
    }
  }

  /**
   * Finds the matches of one text after another. Keeps its working memory; not thread-safe.
   *
   * <p>If a text needs more sets than there is room for, only those of a stretch of it are kept:
   * marks are left where the stretches end, from which they are read again in their turn.
   */
  public final class Matcher {
    /** By place in the text: the number of the set that is live there, in the stretch of now. */
    private char[] live = new char[256];

    private LiveSets known = liveSets;

    /** Where stretches end, the last of the text first, the stretch of now last. */
    private final List<Mark> marks = new ArrayList<>();

    /** Where the stretch of now ends. */
    private int stretchEnd;

    private LiveSet[] sets = new LiveSet[0];
    private byte[] text = new byte[0];
    private int from;
    private int to;
    private int start;
    private int end;
    private boolean afterMatch;

    /** For {@link #resolve}: states to try, and states that have been tried. */
    private int[] stack = new int[16];

    private Matcher() {}

    /**
     * Takes a text; {@link #next} then finds its first match.
     *
     * @param text well-formed UTF-8
     * @param from where it starts; what is before does not count
     * @param to where it ends, exclusive
     */
    public void reset(byte[] text, int from, int to) {
      this.text = text;
      this.from = from;
      this.to = to;
      end = from;
      afterMatch = false;
      int length = to - from + 1;
      if (live.length < length) {
        live = new char[(int) Math.min(Math.max(length, live.length * 2L), Integer.MAX_VALUE - 8)];
      }
      known = liveSets;
      marks.clear();
      LiveSet set = known.atEnd(known.looksBehind() ? letterBefore(to) : LiveSets.NO_LETTER);
      marks.add(new Mark(to, set.bits));
      read(to, set, from);
    }

    /** Reads from a place, at which a set is live, back to another. */
    private void read(int high, LiveSet last, int low) {
      stretchEnd = high;
      note(high, last);
      if (known.looksBehind()) {
        readWithContext(high, last, low);
        return;
      }
      LiveSet set = last;
      int after = high;
      for (int at = high - 1; at >= low; at--) {
        if (!Utf8.isContinuation(text[at])) {
          int letter = alphabet.at(text, at);
          LiveSet before = known.before(set, letter, LiveSets.NO_LETTER);
          set = before != null ? before : renew(after, set, letter, LiveSets.NO_LETTER);
          note(at, set);
          after = at;
        }
      }
    }

    /** Starts another stretch; returns the set before the first letter of it that is read. */
    private LiveSet renew(int place, LiveSet live, int letter, int before) {
      if (known == liveSets) {
        liveSets = known.renewed();
      }
      marks.add(new Mark(place, live.bits));
      stretchEnd = place;
      LiveSet set = resume(live.bits);
      note(place, set);
      return Objects.requireNonNull(known.before(set, letter, before));
    }

    /** Sets of this matcher's own have room for what is live at a mark, and for one more. */
    private LiveSet resume(long[] bits) {
      known = known.renewed();
      return Objects.requireNonNull(known.intern(bits));
    }

    /** The set that is live at a place, which is not before any that was asked for. */
    private LiveSet liveAt(int place) {
      if (place > stretchEnd) {
        while (marks.getLast().place < place) {
          marks.removeLast();
        }
        Mark mark = marks.getLast();
        read(mark.place, resume(mark.bits), place);
      }
      return sets[live[place - from]];
    }

    private void note(int at, LiveSet set) {
      int number = set.number;
      live[at - from] = (char) number;
      if (number >= sets.length || sets[number] != set) {
        sets = known.byNumber();
      }
    }

    private void readWithContext(int high, LiveSet last, int low) {
      LiveSet set = last;
      int after = high;
      int letter = letterBefore(high);
      while (after > low) {
        int at = Utf8.before(text, after);
        int before = letterBefore(at);
        LiveSet next = known.before(set, letter, before);
        set = next != null ? next : renew(after, set, letter, before);
        note(at, set);
        after = at;
        letter = before;
      }
    }

    private int letterBefore(int place) {
      return place == from ? LiveSets.NO_LETTER : alphabet.at(text, Utf8.before(text, place));
    }

    /**
     * Finds the next match after the last one. An empty match where the last one ended is passed
     * over.
     *
     * @return whether there is one
     */
    public boolean next() {
      int at = end;
      while (at <= to) {
        LiveSet set = liveAt(at);
        if (set.isLive(automaton.start())) {
          int stop = walk(at);
          if (stop > at || !afterMatch || at > end) {
            start = at;
            end = stop;
            afterMatch = true;
            return true;
          }
        }
        at += at < to ? Utf8.length(text[at]) : 1;
      }
      start = to;
      end = to;
      return false;
    }

    /** Follows the first alternatives that succeed; returns where the match ends. */
    private int walk(int from) {
      int at = from;
      int state = automaton.start();
      while (true) {
        LiveSet set = liveAt(at);
        int step = set.steps[state];
        if (step == 0) {
          step = resolve(set, state) + 1;
          set.steps[state] = step;
        }
        state = step - 1;
        if (state < 0) {
          return at;
        }
        at += Utf8.length(text[at]);
      }
    }

    /**
     * Where to go from a live state: down the alternatives, the first first, until a state takes
     * the code point here or ends the match. A state met again would repeat nothing for ever, so
     * the next alternative counts.
     */
    private int resolve(LiveSet set, int from) {
      boolean[] seen = new boolean[automaton.size()];
      int depth = 0;
      stack[depth++] = from;
      while (depth > 0) {
        int state = stack[--depth];
        if (seen[state] || !set.isLive(state)) {
          continue;
        }
        seen[state] = true;
        switch (automaton.kind(state)) {
          case Automaton.MATCH -> {
            return MATCH;
          }
          case Automaton.TAKE -> {
            return automaton.next(state);
          }
          case Automaton.FORK -> {
            if (depth + 2 > stack.length) {
              stack = Arrays.copyOf(stack, stack.length * 2);
            }
            stack[depth++] = automaton.argument(state);
            stack[depth++] = automaton.next(state);
          }
          default -> {
            stack = depth == stack.length ? Arrays.copyOf(stack, stack.length * 2) : stack;
            stack[depth++] = automaton.next(state);
          }
        }
      }
      throw new AssertionError("A live state leads nowhere");
    }

    /**
     * Where the match starts.
     *
     * @return its first byte; the end of the text if there was no match
     */
    public int start() {
      return start;
    }

    /**
     * Where the match ends.
     *
     * @return the byte after its last
     */
    public int end() {
      return end;
    }
  }
}
