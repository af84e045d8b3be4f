package dev.nomoat.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Cuts text into chunks of at most so many tokens, each starting with the last tokens of the one
 * before, as retrieval wants it. Cuts are where tokens and characters end. The tokens of a chunk
 * are those of the chunk by itself, which may be others, and more, than it has within the text.
 *
 * @param tokenizer counts the tokens
 * @param tokens how many tokens a chunk has, at most
 * @param overlap how many of its last tokens the next chunk starts with
 */
public record TextSplitter(Tokenizer tokenizer, int tokens, int overlap) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException unless {@code 0 <= overlap < tokens}
   */
  public TextSplitter {
    Objects.requireNonNull(tokenizer, "tokenizer");
    if (overlap < 0 || overlap >= tokens) {
      throw new IllegalArgumentException(
          "An overlap of %d in chunks of %d tokens: it must be 0 or more, and less than a chunk"
              .formatted(overlap, tokens));
    }
  }

  /**
   * Cuts a text. Text that looks like control tokens stays text.
   *
   * @param text any text
   * @return the chunks, which cover the text; none for the empty text. A single character of more
   *     tokens than a chunk has is a chunk of its own
   */
  public List<String> split(String text) {
    TokenSpans spans = tokenizer.encodeWithSpans(text, SpecialTokens.PLAIN_TEXT);
    List<String> chunks = new ArrayList<>();
    int from = 0;
    while (from < spans.size()) {
      int to = end(spans, from, Math.min(spans.size(), from + tokens));
      for (int excess = excess(spans, from, to); excess > 0; excess = excess(spans, from, to)) {
        int shorter = end(spans, from, Math.max(from + 1, to - excess));
        if (shorter >= to) {
          break; // a single character
        }
        to = shorter;
      }
      chunks.add(text.substring(start(spans, from), start(spans, to)));
      if (to == spans.size()) {
        break;
      }
      int next = Math.max(from + 1, to - overlap);
      while (next < to && !isBoundary(spans, next)) {
        next++;
      }
      from = next;
    }
    return chunks;
  }

  /** The last boundary up to a place, or if there is none the first behind it. */
  private static int end(TokenSpans spans, int from, int place) {
    int to = place;
    while (to > from + 1 && !isBoundary(spans, to)) {
      to--;
    }
    while (!isBoundary(spans, to)) {
      to++;
    }
    return to;
  }

  /** Tokens that a chunk has too many when it is encoded by itself. */
  private int excess(TokenSpans spans, int from, int to) {
    String chunk = spans.text().substring(start(spans, from), start(spans, to));
    return tokenizer.count(chunk, SpecialTokens.PLAIN_TEXT) - tokens;
  }

  /** Whether no character is in tokens before and after the place. */
  private static boolean isBoundary(TokenSpans spans, int token) {
    return token == 0 || token == spans.size() || spans.end(token - 1) <= spans.start(token);
  }

  private static int start(TokenSpans spans, int token) {
    return token == 0 ? 0 : token == spans.size() ? spans.text().length() : spans.start(token);
  }
}
