package dev.nomoat.sample;

import org.jspecify.annotations.Nullable;

/** Thrown when what a request asked for leaves no token to choose, or its own step failed. */
public final class SamplingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Reports a failure.
   *
   * @param message what failed
   * @param cause what the request's step threw; null if it threw nothing
   */
  SamplingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
