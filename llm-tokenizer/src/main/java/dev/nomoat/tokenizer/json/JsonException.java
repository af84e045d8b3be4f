package dev.nomoat.tokenizer.json;

/** Text that is no JSON, or JSON that is not what was expected. */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /**
   * Makes the exception.
   *
   * @param message what is wrong and where
   */
  public JsonException(String message) {
    super(message);
  }
}
