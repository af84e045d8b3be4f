package dev.nomoat.tokenizer;

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

  /**
   * Where the fault is.
   *
   * @return bytes from the start of the contents
   */
  public long offset() {
    return offset;
  }
}
