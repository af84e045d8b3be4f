package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.TextSink;
import java.util.Arrays;

/**
 * Splits text at the matches of a regular expression.
 *
 * <p>Source: {@code NormalizedString::split} of Hugging Face's {@code tokenizers}.
 */
public final class RegexSplitter implements Splitter {
  /** What becomes of the matches. */
  public enum Behavior {
    /** Each is a piece. */
    ISOLATED,
    /** They are left out. */
    REMOVED,
    /** Matches without anything between them are one piece. */
    CONTIGUOUS,
    /** Each ends the piece before it. */
    MERGED_WITH_PREVIOUS,
    /** Each starts the piece after it. */
    MERGED_WITH_NEXT
  }

  private final Regex regex;
  private final Behavior behavior;
  private final boolean inverted;

  /**
   * Makes a splitter.
   *
   * @param regex what to find
   * @param behavior what becomes of it
   * @param inverted whether what is between the matches counts as the matches, and they as what is
   *     between
   */
  public RegexSplitter(Regex regex, Behavior behavior, boolean inverted) {
    this.regex = regex;
    this.behavior = behavior;
    this.inverted = inverted;
  }

  /**
   * A splitter that makes a piece of every match, and of what is between two.
   *
   * @param pattern the regular expression
   * @return the splitter
   * @throws IllegalArgumentException if the pattern cannot be compiled
   */
  public static RegexSplitter isolating(String pattern) {
    return new RegexSplitter(Regex.compile(pattern), Behavior.ISOLATED, false);
  }

  @Override
  public TextSink open(TextSink pieces) {
    Regex.Matcher matcher = regex.matcher();
    return switch (behavior) {
      case ISOLATED -> splitting(matcher, true, true, pieces);
      case REMOVED -> splitting(matcher, inverted, !inverted, pieces);
      case CONTIGUOUS, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT -> new Merging(matcher, pieces);
    };
  }

  private static TextSink splitting(
      Regex.Matcher matcher, boolean matches, boolean between, TextSink pieces) {
    return (text, from, to) -> {
      matcher.reset(text, from, to);
      int at = from;
      while (matcher.next()) {
        int start = matcher.start();
        if (between && at < start) {
          pieces.accept(text, at, start);
        }
        at = matcher.end();
        if (matches && start < at) {
          pieces.accept(text, start, at);
        }
      }
      if (between && at < to) {
        pieces.accept(text, at, to);
      }
    };
  }

  /** Lists the matches and what is between, and then joins them. */
  private final class Merging implements TextSink {
    private final Regex.Matcher matcher;
    private final TextSink pieces;

    /** Where each part ends; it starts where the one before ends. */
    private int[] ends = new int[32];

    private boolean[] matched = new boolean[32];
    private int parts;

    Merging(Regex.Matcher matcher, TextSink pieces) {
      this.matcher = matcher;
      this.pieces = pieces;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      parts = 0;
      matcher.reset(text, from, to);
      int at = from;
      while (matcher.next()) {
        if (at < matcher.start()) {
          add(matcher.start(), false);
        }
        at = matcher.end();
        add(at, true);
      }
      if (at < to) {
        add(to, false);
      }
      int start = from;
      for (int i = 0; i < parts; i++) {
        if (i + 1 < parts && joins(i)) {
          continue;
        }
        if (start < ends[i]) {
          pieces.accept(text, start, ends[i]);
        }
        start = ends[i];
      }
    }

    private void add(int end, boolean isMatch) {
      if (parts == ends.length) {
        ends = Arrays.copyOf(ends, parts * 2);
        matched = Arrays.copyOf(matched, parts * 2);
      }
      ends[parts] = end;
      matched[parts++] = isMatch != inverted;
    }

    /** Whether a part and the next one are one piece. */
    private boolean joins(int part) {
      return switch (behavior) {
        case ISOLATED, REMOVED -> false; // not listed
        case CONTIGUOUS -> matched[part] == matched[part + 1];
        case MERGED_WITH_PREVIOUS -> matched[part + 1] && !matched[part];
        case MERGED_WITH_NEXT -> matched[part] && !matched[part + 1];
      };
    }
  }
}
