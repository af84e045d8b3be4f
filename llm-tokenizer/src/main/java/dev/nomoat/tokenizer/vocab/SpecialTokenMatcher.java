package dev.nomoat.tokenizer.vocab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Finds tokens that are cut out of the text before anything else: at the first place where one
 * matches, the longest one.
 *
 * <p>The tokens are sorted, and a match narrows the range of those that share the bytes read so
 * far: a trie without nodes. Searching takes time linear in the text, times the length of the
 * longest token at worst. Immutable.
 */
public final class SpecialTokenMatcher {
  /** The result of a search that found nothing. */
  public static final long NONE = -1;

  /** Decides where tokens count: for text of which not everybody may write them. */
  @FunctionalInterface
  public interface Place {
    /** Everywhere. */
    Place ANY = (id, from, to) -> true;

    /**
     * Whether a token counts at a place where its text stands.
     *
     * @param id the token
     * @param from where its text starts
     * @param to where its text ends, exclusive
     * @return false if its text is nothing but text there
     */
    boolean allows(int id, int from, int to);
  }

  /** What goes with a token. */
  public enum Rule {
    /** White space before it belongs to it. */
    STRIPS_LEFT,
    /** White space after it belongs to it. */
    STRIPS_RIGHT,
    /** It is none inside a word. */
    SINGLE_WORD
  }

  /** A token and the text that stands for it. */
  private static final class Special {
    final int id;
    final byte[] text;
    final Set<Rule> rules;

    Special(int id, byte[] text, Set<Rule> rules) {
      this.id = id;
      this.text = text;
      this.rules = rules;
    }
  }

  private final Special[] specials;

  /** By first byte: where the specials that start with it start, and at 256 where all end. */
  private final int[] firstBytes = new int[257];

  /** Collects the tokens to find. Not thread-safe. */
  public static final class Builder {
    private final List<Special> specials = new ArrayList<>();

    /** Starts without tokens. */
    public Builder() {}

    /**
     * Adds a token; one without text is left out, because it would match everywhere.
     *
     * @param id its id
     * @param text the text to find, as UTF-8
     */
    public void add(int id, byte[] text) {
      add(id, text, Set.of());
    }

    /**
     * Adds a token with rules.
     *
     * @param id its id
     * @param text the text to find, as UTF-8
     * @param rules what goes with it
     */
    public void add(int id, byte[] text, Set<Rule> rules) {
      if (text.length > 0) {
        specials.add(new Special(id, text, Set.copyOf(rules)));
      }
    }

    /**
     * Makes the matcher.
     *
     * @return a matcher of all tokens added
     */
    public SpecialTokenMatcher build() {
      return new SpecialTokenMatcher(specials);
    }
  }

  private SpecialTokenMatcher(List<Special> list) {
    specials = list.toArray(Special[]::new);
    Arrays.sort(specials, (a, b) -> Arrays.compareUnsigned(a.text, b.text));
    for (Special special : specials) {
      firstBytes[(special.text[0] & 0xFF) + 1]++;
    }
    for (int i = 0; i < 256; i++) {
      firstBytes[i + 1] += firstBytes[i];
    }
  }

  /**
   * Searches for the first special token.
   *
   * @param text well-formed UTF-8
   * @param from where to start
   * @param to where the text ends, exclusive
   * @return where it starts in the high half and its number, not its id, in the low half; or {@link
   *     #NONE}
   */
  public long find(byte[] text, int from, int to) {
    return find(text, from, to, Place.ANY);
  }

  /**
   * Searches for the first special token among those that count where they stand.
   *
   * @param text well-formed UTF-8
   * @param from where to start
   * @param to where the text ends, exclusive
   * @param place says which count; asked once for each token and place at most
   * @return as {@link #find(byte[], int, int)}
   */
  public long find(byte[] text, int from, int to, Place place) {
    if (specials.length == 0) {
      return NONE;
    }
    for (int at = from; at < to; at++) {
      int first = text[at] & 0xFF;
      if (firstBytes[first] < firstBytes[first + 1]) {
        int number = longestAt(text, at, to, place);
        if (number >= 0) {
          return (long) at << 32 | number;
        }
      }
    }
    return NONE;
  }

  private int longestAt(byte[] text, int from, int to, Place place) {
    int first = text[from] & 0xFF;
    int low = firstBytes[first];
    int high = firstBytes[first + 1];
    int found = -1;
    for (int depth = 1; low < high; depth++) {
      // All of [low, high) share `depth` bytes with the text; the one that ends here sorts first.
      if (specials[low].text.length == depth) {
        found = place.allows(specials[low].id, from, from + depth) ? low : found;
        low++;
      }
      if (from + depth == to) {
        break;
      }
      int next = text[from + depth] & 0xFF;
      low = lowerBound(low, high, depth, next);
      high = lowerBound(low, high, depth, next + 1);
    }
    return found;
  }

  /** The first of [low, high) whose byte at the depth is at least the value. */
  private int lowerBound(int low, int high, int depth, int value) {
    int from = low;
    int to = high;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if ((specials[middle].text[depth] & 0xFF) < value) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /**
   * The id of a special token.
   *
   * @param number its number in this matcher
   * @return its id
   */
  public int id(int number) {
    return specials[number].id;
  }

  /**
   * The length of a special token in the text.
   *
   * @param number its number in this matcher
   * @return its length in bytes
   */
  public int length(int number) {
    return specials[number].text.length;
  }

  boolean stripsLeft(int number) {
    return specials[number].rules.contains(Rule.STRIPS_LEFT);
  }

  boolean stripsRight(int number) {
    return specials[number].rules.contains(Rule.STRIPS_RIGHT);
  }

  boolean isSingleWord(int number) {
    return specials[number].rules.contains(Rule.SINGLE_WORD);
  }
}
