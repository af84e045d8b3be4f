package dev.nomoat;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Thrown when a model file does not hold what its format demands: where, what was expected, and
 * what was found.
 *
 * <p>A file that is well-formed but needs something that is not implemented is reported as {@link
 * UnsupportedModelException} instead.
 */
public final class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The faulty file. A path cannot be serialised, so neither can this exception. */
  @SuppressWarnings("serial")
  private final Path file;

  /** Where the fault is in the file. */
  private final long offset;

  /** What the format demands there. */
  private final String expected;

  /** What is there. */
  private final String found;

  /**
   * Reports a fault in a file.
   *
   * @param file the faulty file
   * @param offset where the fault is, in bytes from the start of the file
   * @param expected what the format demands there, as a noun phrase
   * @param found what is there, as a noun phrase
   */
  public ModelFormatException(Path file, long offset, String expected, String found) {
    super(message(file, offset, expected, found));
    this.file = file;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }

  /**
   * Reports a fault in a file that showed as another exception.
   *
   * @param file the faulty file
   * @param offset where the fault is, in bytes from the start of the file
   * @param expected what the format demands there, as a noun phrase
   * @param found what is there, as a noun phrase
   * @param cause the exception that showed the fault
   */
  public ModelFormatException(
      Path file, long offset, String expected, String found, Throwable cause) {
    super(message(file, offset, expected, found), cause);
    this.file = file;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }

  private static String message(Path file, long offset, String expected, String found) {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(expected, "expected");
    Objects.requireNonNull(found, "found");
    return file + ": at byte " + offset + ": expected " + expected + ", found " + found;
  }

  /**
   * The faulty file.
   *
   * @return its path, as it was given to the reader
   */
  public Path file() {
    return file;
  }

  /**
   * Where the fault is.
   *
   * @return bytes from the start of the file
   */
  public long offset() {
    return offset;
  }

  /**
   * What the format demands at the offset.
   *
   * @return a noun phrase
   */
  public String expected() {
    return expected;
  }

  /**
   * What the file holds at the offset.
   *
   * @return a noun phrase
   */
  public String found() {
    return found;
  }
}
