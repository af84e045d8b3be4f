package dev.nomoat.math;

/**
 * Which positions a token attends to: itself and those before it, or those on both sides; all of
 * them or only near ones.
 *
 * @param kind how far it sees
 * @param length positions of the window or the chunk, positive; 0 when all are seen
 */
public record AttentionSpan(Kind kind, int length) {
  /** A token sees everything before it. */
  public static final AttentionSpan ALL = new AttentionSpan(Kind.ALL, 0);

  /** A token sees the whole sequence, what follows it included. */
  public static final AttentionSpan WHOLE = new AttentionSpan(Kind.WHOLE, 0);

  /** How far a token sees. */
  public enum Kind {
    /** To the beginning. */
    ALL,
    /** The last positions, itself included (sliding-window attention). */
    WINDOW,
    /** To the beginning of its own chunk of the sequence. */
    CHUNK,
    /** From the beginning to the end of the sequence. */
    WHOLE,
    /** Half the length before itself, and as many positions after itself. */
    AROUND
  }

  /**
   * Sliding-window attention.
   *
   * @param length positions that a token sees, itself included, positive
   * @return the span
   */
  public static AttentionSpan window(int length) {
    return new AttentionSpan(Kind.WINDOW, length);
  }

  /**
   * Chunked attention.
   *
   * @param length positions of a chunk, positive
   * @return the span
   */
  public static AttentionSpan chunk(int length) {
    return new AttentionSpan(Kind.CHUNK, length);
  }

  /**
   * Sliding-window attention that looks both ways.
   *
   * @param length positions of the window, positive: half of it, rounded down, lies before the
   *     token and as much after it
   * @return the span
   */
  public static AttentionSpan around(int length) {
    return new AttentionSpan(Kind.AROUND, length);
  }

  /** Checks the length. */
  public AttentionSpan {
    boolean endless = kind == Kind.ALL || kind == Kind.WHOLE;
    if (endless ? length != 0 : length < 1) {
      throw new IllegalArgumentException("a span of kind %s and length %d".formatted(kind, length));
    }
  }

  /**
   * The first position that a token sees.
   *
   * @param position its own position
   * @return 0 to {@code position}; never less for a later token
   */
  public int first(int position) {
    return switch (kind) {
      case ALL, WHOLE -> 0;
      case WINDOW -> Math.max(0, position - length + 1);
      case CHUNK -> position - position % length;
      case AROUND -> Math.max(0, position - length / 2);
    };
  }

  /**
   * The end of what a token sees.
   *
   * @param position its own position
   * @param tokens positions of the whole sequence, more than {@code position}
   * @return one more than the last position that it sees, up to {@code tokens}; never less for a
   *     later token
   */
  public int end(int position, int tokens) {
    return switch (kind) {
      case ALL, WINDOW, CHUNK -> position + 1;
      case WHOLE -> tokens;
      case AROUND -> (int) Math.min(tokens, position + length / 2 + 1L);
    };
  }

  /**
   * Whether a token sees nothing that follows it.
   *
   * @return false when a sequence must be evaluated as a whole
   */
  public boolean causal() {
    return switch (kind) {
      case ALL, WINDOW, CHUNK -> true;
      case WHOLE, AROUND -> false;
    };
  }
}
