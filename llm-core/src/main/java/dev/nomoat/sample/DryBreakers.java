package dev.nomoat.sample;

import dev.nomoat.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The texts that end repetitions, as sequences of tokens: a first token that holds the text or
 * where it begins, and the tokens of what is missing of it. Immutable.
 */
public final class DryBreakers {
  /** No breakers. */
  public static final DryBreakers NONE = new DryBreakers(new TreeMap<>());

  private final int[] heads; // ascending
  private final int[][][] tails; // of each head, one or more

  private DryBreakers(SortedMap<Integer, List<int[]>> tailsOfHeads) {
    heads = tailsOfHeads.keySet().stream().mapToInt(Integer::intValue).toArray();
    tails =
        tailsOfHeads.values().stream().map(l -> l.toArray(int[][]::new)).toArray(int[][][]::new);
  }

  /**
   * Looks the texts up in a vocabulary, which takes some hundredths of a second for a large one.
   *
   * @param texts none of them empty
   * @param tokenizer says what tokens stand for
   * @param tokens how many of its tokens there are
   * @return the breakers
   */
  public static DryBreakers of(List<String> texts, Tokenizer tokenizer, int tokens) {
    List<byte[]> wanted =
        texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    SortedMap<Integer, List<int[]>> found = new TreeMap<>();
    for (int id = 0; id < tokens; id++) {
      byte[] token = tokenizer.tokenBytes(id);
      for (byte[] text : wanted) {
        for (int[] tail : tails(token, text, tokenizer)) {
          List<int[]> known = found.computeIfAbsent(id, _ -> new ArrayList<>());
          if (known.stream().noneMatch(other -> Arrays.equals(other, tail))) {
            known.add(tail);
          }
        }
      }
    }
    return new DryBreakers(found);
  }

  /** What may follow a token so that a text is whole: nothing if the token holds it. */
  private static List<int[]> tails(byte[] token, byte[] text, Tokenizer tokenizer) {
    List<int[]> tails = new ArrayList<>();
    for (int at = 0; at < token.length; at++) {
      int common = Math.min(token.length - at, text.length);
      if (!Arrays.equals(token, at, at + common, text, 0, common)) {
        continue;
      }
      if (common == text.length) {
        return List.of(new int[0]);
      }
      // What begins within a character is no text that could be encoded.
      if ((text[common] & 0xC0) != 0x80) {
        int left = text.length - common;
        tails.add(tokenizer.encode(new String(text, common, left, StandardCharsets.UTF_8)));
      }
    }
    return tails;
  }

  /** Whether a token holds a whole breaker. */
  boolean holdsOne(int token) {
    int at = Arrays.binarySearch(heads, token);
    return at >= 0 && tails[at][0].length == 0;
  }

  /**
   * How many tokens there are after the last breaker of a text; the length of the text if it has
   * none.
   */
  int tokensAfterLast(TokenHistory text) {
    for (int i = 0; i < text.size(); i++) {
      int at = Arrays.binarySearch(heads, text.fromEnd(i));
      if (at >= 0) {
        int longest = longestTail(tails[at], text, i);
        if (longest >= 0) {
          return i - longest;
        }
      }
    }
    return text.size();
  }

  /** The length of the longest tail that is at {@code i} - 1 from the end; -1 if none is. */
  private static int longestTail(int[][] tails, TokenHistory text, int i) {
    int longest = -1;
    for (int[] tail : tails) {
      if (tail.length > longest && tail.length <= i && isAt(tail, text, i - 1)) {
        longest = tail.length;
      }
    }
    return longest;
  }

  private static boolean isAt(int[] tail, TokenHistory text, int fromEnd) {
    for (int i = 0; i < tail.length; i++) {
      if (text.fromEnd(fromEnd - i) != tail[i]) {
        return false;
      }
    }
    return true;
  }
}
