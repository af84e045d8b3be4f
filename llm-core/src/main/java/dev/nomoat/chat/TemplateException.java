package dev.nomoat.chat;

import java.io.Serial;

/**
 * A chat template cannot be used: it is no valid template, it does something that is not supported
 * or not allowed, or it refuses the conversation.
 */
public final class TemplateException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /** From 1, or 0. */
  private final int line;

  /** From 1, or 0. */
  private final int column;

  /**
   * Makes the error.
   *
   * @param line the line of the template, from 1
   * @param column the column in that line, from 1
   * @param message what is wrong
   */
  public TemplateException(int line, int column, String message) {
    super("chat template, line %d, column %d: %s".formatted(line, column, message));
    this.line = line;
    this.column = column;
  }

  /**
   * The line of the template at which it fails.
   *
   * @return the line, from 1
   */
  public int line() {
    return line;
  }

  /**
   * The column at which it fails.
   *
   * @return the column, from 1
   */
  public int column() {
    return column;
  }
}
