package dev.nomoat.tokenizer.unigram;

import dev.nomoat.tokenizer.pretokenize.RunSplitter;
import dev.nomoat.tokenizer.vocab.ByteTokens;
import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.CachingEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;

/**
 * The unigram model: of all ways to cut the text into tokens, the one whose scores have the highest
 * sum. A code point that is no token is the unknown token, ten below the lowest score; neighbours
 * of these are one. Of equal sums the one found first counts.
 */
public final class UnigramEncoder implements SegmentEncoder {
  private static final double UNKNOWN_PENALTY = 10;

  /** The largest score of a token, or its negative: no sum of 2³¹ of them overflows, as a float. */
  private static final double LARGEST_SCORE = 1e28;

  /** U+2581, which models write for a space. */
  private static final byte[] MARK = Utf8.encode("\u2581");

  private static final RunSplitter WORDS = new RunSplitter(MARK);

  /** How exact the sums of scores are. */
  public enum Sums {
    /** As Hugging Face's {@code tokenizers} has them. */
    DOUBLE,
    /** As SentencePiece has them. */
    FLOAT
  }

  private final ByteTrie trie;
  private final double[] scores;
  private final double unknownScore;
  private final int unknownId;

  private final ByteTokens byteTokens;

  /** Up to this many bytes, each word of a stretch becomes what it becomes alone. */
  private final long longestOfWords;

  private final SegmentEncoder words = new CachingEncoder(Lattice::new);

  private final boolean roundsToFloat;

  /**
   * Makes the encoder.
   *
   * @param trie the tokens that text may become
   * @param scores by id, the score of the token
   * @param lowestScore the lowest score of a token
   * @param unknownId the unknown token
   * @param byteIds by byte, its token, or -1; with one missing, unknown text is not spelt
   * @param sums how exact sums are
   * @throws IllegalArgumentException if a score is none, see {@link #isScore}
   */
  public UnigramEncoder(
      ByteTrie trie, double[] scores, double lowestScore, int unknownId, int[] byteIds, Sums sums) {
    for (int id = 0; id < scores.length; id++) {
      if (!isScore(scores[id])) {
        throw new IllegalArgumentException("Token %d has the score %s".formatted(id, scores[id]));
      }
    }
    if (!isScore(lowestScore)) {
      throw new IllegalArgumentException("The lowest score is " + lowestScore);
    }
    this.trie = trie;
    this.scores = scores.clone();
    this.roundsToFloat = sums == Sums.FLOAT;
    this.unknownScore = rounded(lowestScore - UNKNOWN_PENALTY);
    this.unknownId = unknownId;
    this.byteTokens = new ByteTokens(byteIds);
    boolean splitsWords = isToken(MARK) && trie.strings().noneMatch(WORDS::mayCross);
    longestOfWords = splitsWords ? longestExact() : 0;
  }

  /**
   * Whether a number can be a token's score: sums of such never overflow, so that a way to cut a
   * text is always found.
   *
   * @param number any number
   * @return whether it is one from -1e28 to 1e28
   */
  public static boolean isScore(double number) {
    return Math.abs(number) <= LARGEST_SCORE;
  }

  private boolean isToken(byte[] text) {
    int node = ByteTrie.ROOT;
    for (int at = 0; at < text.length && node != ByteTrie.NONE; at++) {
      node = trie.child(node, text[at]);
    }
    return node != ByteTrie.NONE && trie.value(node) != ByteTrie.NONE;
  }

  /**
   * The length in bytes up to which no sum is rounded, so that it does not matter what is before.
   * Scores come from floats: they are multiples of about 2⁻²⁴, doubles have 53 bits and floats 24.
   */
  private long longestExact() {
    double highest = Math.abs(unknownScore);
    int unit = unit(unknownScore);
    for (double score : scores) {
      highest = Math.max(highest, Math.abs(score));
      unit = Math.min(unit, unit(score));
    }
    return highest > 0
        ? (long) Math.min(Math.scalb(1.0, unit + (roundsToFloat ? 24 : 53)) / highest, 1L << 31)
        : 0;
  }

  /** The power of two that a number is an odd multiple of; large for those that never round. */
  private static int unit(double number) {
    if (number == 0) {
      return Double.MAX_EXPONENT - 53;
    }
    int zeros = Long.numberOfTrailingZeros(Double.doubleToRawLongBits(number) | 1L << 52);
    return Math.getExponent(number) - 52 + zeros;
  }

  private double rounded(double sum) {
    return roundsToFloat ? (float) sum : sum;
  }

  @Override
  public TextSink open(TokenSink sink) {
    TextSink whole = words.open(sink);
    if (longestOfWords == 0) {
      return whole;
    }
    TextSink split = WORDS.open(whole);
    return (text, from, to) -> (to - from <= longestOfWords ? split : whole).accept(text, from, to);
  }

  private final class Lattice implements TextSink {
    private final TokenSink sink;

    /** By place: the best sum of what ends there, negative infinity if nothing does. */
    private double[] sums = new double[0];

    /** By place: the last token of that, and where it starts. */
    private int[] ids = new int[0];

    private int[] starts = new int[0];

    /** Where the tokens of the best way end, the last first. */
    private int[] path = new int[64];

    Lattice(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      int length = to - from;
      if (sums.length <= length) {
        sums = new double[Math.addExact(length, length >> 1) + 16];
        ids = new int[sums.length];
        starts = new int[sums.length];
      }
      Arrays.fill(sums, 0, length + 1, Double.NEGATIVE_INFINITY);
      sums[0] = 0;
      for (int at = from; at < to; at += Utf8.length(text[at])) {
        extend(text, from, at, to);
      }
      int tokens = 0;
      for (int end = length; end > 0; end = starts[end]) {
        if (tokens == path.length) {
          path = Arrays.copyOf(path, tokens * 2);
        }
        path[tokens++] = end;
      }
      emit(text, from, tokens);
    }

    private void extend(byte[] text, int from, int at, int to) {
      double sum = sums[at - from];
      int codePointEnd = at + Utf8.length(text[at]);
      boolean single = false;
      int node = ByteTrie.ROOT;
      for (int next = at; next < to; ) {
        node = trie.child(node, text[next++]);
        if (node == ByteTrie.NONE) {
          break;
        }
        int id = trie.value(node);
        if (id != ByteTrie.NONE) {
          single |= next == codePointEnd;
          improve(next - from, at - from, id, sum + scores[id]);
        }
      }
      if (!single) {
        improve(codePointEnd - from, at - from, unknownId, sum + unknownScore);
      }
    }

    private void improve(int end, int start, int id, double sum) {
      double rounded = rounded(sum);
      if (rounded > sums[end]) {
        sums[end] = rounded;
        ids[end] = id;
        starts[end] = start;
      }
    }

    private void emit(byte[] text, int from, int tokens) {
      for (int i = tokens - 1; i >= 0; i--) {
        int id = ids[path[i]];
        int start = from + starts[path[i]];
        if (id != unknownId) {
          sink.accept(id, start, from + path[i]);
          continue;
        }
        while (i > 0 && ids[path[i - 1]] == unknownId) {
          i--;
        }
        spell(text, start, from + path[i]);
      }
    }

    /** Emits unknown text: its bytes if all of them are tokens, otherwise the unknown token. */
    private void spell(byte[] text, int from, int to) {
      if (!byteTokens.spell(text, from, to)) {
        sink.accept(unknownId, from, to);
        return;
      }
      for (int at = from; at < to; at++) {
        sink.accept(byteTokens.id(text[at]), from, to);
      }
    }
  }
}
