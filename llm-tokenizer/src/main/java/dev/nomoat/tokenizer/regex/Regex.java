package dev.nomoat.tokenizer.regex;

import dev.nomoat.tokenizer.regex.LiveSets.LiveSet;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;

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
  private final LiveSets liveSets;

  private Regex(String pattern) {
    automaton = new Automaton(pattern);
    alphabet = new Alphabet(automaton.sets());
    liveSets = new LiveSets(automaton, alphabet);
  }

  /**
   * Compiles a pattern.
   *
   * @param pattern the pattern
   * @return the regular expression
   * @throws RegexSyntaxException if it is malformed, too large, or needs what is not supported
   */
  public static Regex compile(String pattern) {
    return new Regex(pattern);
  }

  /**
   * Makes a matcher.
   *
   * @return a matcher of its own, for one thread
   */
  public Matcher matcher() {
    return new Matcher();
  }

  /** Finds the matches of one text after another. Keeps its working memory; not thread-safe. */
  public final class Matcher {
    /** By place in the text: the number of the set that is live there. */
    private char[] live = new char[256];

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
     * @throws IllegalArgumentException if the text brings the pattern into more states than there
     *     is room for, which only patterns made for it can do
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
      if (liveSets.looksBehind()) {
        readWithContext();
      } else {
        LiveSet set = liveSets.atEnd(LiveSets.NO_LETTER);
        note(to, set);
        for (int at = to - 1; at >= from; at--) {
          if (!Utf8.isContinuation(text[at])) {
            set = liveSets.before(set, alphabet.at(text, at), LiveSets.NO_LETTER);
            note(at, set);
          }
        }
      }
    }

    private void note(int at, LiveSet set) {
      int number = set.number;
      live[at - from] = (char) number;
      if (number >= sets.length || sets[number] != set) {
        sets = liveSets.byNumber();
      }
    }

    private void readWithContext() {
      int at = before(to);
      int before = at < from ? LiveSets.NO_LETTER : alphabet.at(text, at);
      LiveSet set = liveSets.atEnd(before);
      note(to, set);
      while (at >= from) {
        int place = at;
        int letter = before;
        at = before(at);
        before = at < from ? LiveSets.NO_LETTER : alphabet.at(text, at);
        set = liveSets.before(set, letter, before);
        note(place, set);
      }
    }

    /** Where the code point before a place starts; before the text if there is none. */
    private int before(int place) {
      return place == from ? from - 1 : Utf8.before(text, place);
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
        LiveSet set = sets[live[at - from]];
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
        LiveSet set = sets[live[at - this.from]];
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
