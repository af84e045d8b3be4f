package dev.nomoat.tokenizer;

import java.nio.file.Path;

/** The contents of a tokenizer's file that are malformed, or ask for what is not supported. */
public final class TokenizerFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** In bytes, from the start of the contents. */
  private final long offset;

  /**
   * Makes the exception.
   *
   * @param offset where the fault is, in bytes from the start of the contents
   * @param message what is wrong there
   */
  public TokenizerFormatException(long offset, String message) {
    super("At byte " + offset + ": " + message);
    this.offset = offset;
  }

  private TokenizerFormatException(Path file, TokenizerFormatException cause) {
    super("%s: %s".formatted(file, cause.getMessage()), cause);
    this.offset = cause.offset;
  }

  /** The same, naming the file. */
  TokenizerFormatException in(Path file) {
    return new TokenizerFormatException(file, this);
  }

  /**
   * Where the fault is.
   *
   * @return bytes from the start of the contents
   */
  public long offset() {
    return offset;
  }
}
