package dev.nomoat.math;

/**
 * Which positions a token attends to: itself and those before it, all of them or only near ones.
 *
 * @param kind how far back
 * @param length positions of the window or the chunk, positive; 0 when all are seen
 */
public record AttentionSpan(Kind kind, int length) {
  /** A token sees everything before it. */
  public static final AttentionSpan ALL = new AttentionSpan(Kind.ALL, 0);

  /** How far back a token sees. */
  public enum Kind {
    /** To the beginning. */
    ALL,
    /** The last positions, itself included (sliding-window attention). */
    WINDOW,
    /** To the beginning of its own chunk of the sequence. */
    CHUNK
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

  /** Checks the length. */
  public AttentionSpan {
    if (kind == Kind.ALL ? length != 0 : length < 1) {
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
      case ALL -> 0;
      case WINDOW -> Math.max(0, position - length + 1);
      case CHUNK -> position - position % length;
    };
  }
}
