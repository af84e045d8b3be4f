package dev.nomoat;

/**
 * Thrown when a generation ends by a failure inside the engine, rather than by one of the {@link
 * FinishReason}s. The model stays usable.
 */
public final class GenerationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Reports a failure that has no cause of its own.
   *
   * @param message what failed
   */
  public GenerationException(String message) {
    super(message);
  }

  /**
   * Reports a failure.
   *
   * @param message what failed
   * @param cause the exception that ended the generation
   */
  public GenerationException(String message, Throwable cause) {
    super(message, cause);
  }
}
