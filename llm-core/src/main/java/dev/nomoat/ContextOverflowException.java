package dev.nomoat;

/**
 * Thrown when a prompt does not fit the context, which would leave nothing to generate into, or
 * when a text that is to be embedded does not.
 */
public final class ContextOverflowException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The length of the prompt in tokens. */
  private final int promptTokens;

  /** The most tokens that a sequence may hold. */
  private final int contextLength;

  /**
   * Reports a prompt that is too long.
   *
   * @param promptTokens how many tokens the prompt has
   * @param contextLength how many tokens a sequence may hold
   */
  public ContextOverflowException(int promptTokens, int contextLength) {
    super(
        "the prompt has %d tokens, the context holds %d%s"
            .formatted(
                promptTokens,
                contextLength,
                promptTokens == contextLength ? ", which leaves none for an answer" : ""));
    this.promptTokens = promptTokens;
    this.contextLength = contextLength;
  }

  /**
   * Reports one of several texts.
   *
   * @param text which of them, counted from 0
   * @param tokens how many tokens it has
   * @param contextLength how many tokens a sequence may hold
   */
  public ContextOverflowException(int text, int tokens, int contextLength) {
    super("text %d has %d tokens, the context holds %d".formatted(text, tokens, contextLength));
    this.promptTokens = tokens;
    this.contextLength = contextLength;
  }

  /**
   * The length of the prompt.
   *
   * @return tokens, an added beginning-of-sequence token included
   */
  public int promptTokens() {
    return promptTokens;
  }

  /**
   * The length of the context.
   *
   * @return the most tokens that a sequence may hold
   */
  public int contextLength() {
    return contextLength;
  }
}
