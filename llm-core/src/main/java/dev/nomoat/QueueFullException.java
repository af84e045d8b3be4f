package dev.nomoat;

/** A request was refused, because as many as the model accepts wait already. Try again later. */
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Requests that may wait. */
  private final int mostQueued;

  /**
   * Makes the exception.
   *
   * @param mostQueued requests that may wait
   */
  public QueueFullException(int mostQueued) {
    super(
        "%d requests wait already, as many as may (LoadOptions.withMaxQueued)"
            .formatted(mostQueued));
    this.mostQueued = mostQueued;
  }

  /**
   * How many requests may wait.
   *
   * @return the limit
   */
  public int mostQueued() {
    return mostQueued;
  }
}
