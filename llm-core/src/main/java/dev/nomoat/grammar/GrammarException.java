package dev.nomoat.grammar;

/**
 * Thrown when a grammar, a schema or a type cannot be used: its message says where the fault is,
 * what was expected and what was found; or when the vocabulary of a model has no token that goes on
 * as a grammar wants.
 */
public final class GrammarException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Line of the fault, or 0. */
  private final int line;

  /** Column of the fault, or 0. */
  private final int column;

  /** Place of the fault in a schema or a type, or empty. */
  private final String path;

  private GrammarException(String message, int line, int column, String path) {
    super(message);
    this.line = line;
    this.column = column;
    this.path = path;
  }

  /**
   * A fault that has no place.
   *
   * @param message what is wrong
   * @return the exception
   */
  public static GrammarException of(String message) {
    return new GrammarException(message, 0, 0, "");
  }

  /**
   * A fault in a text.
   *
   * @param line its line, from 1
   * @param column its column in chars, from 1
   * @param message what is wrong
   * @return the exception
   */
  public static GrammarException at(int line, int column, String message) {
    return new GrammarException(
        "Line %d, column %d of the grammar: %s".formatted(line, column, message), line, column, "");
  }

  /**
   * A fault in a JSON value or a type.
   *
   * @param path the way to it, such as {@code properties.name.pattern}; empty for the whole
   * @param message what is wrong
   * @return the exception
   */
  public static GrammarException in(String path, String message) {
    String place = path.isEmpty() ? "The schema" : path;
    return new GrammarException(place + ": " + message, 0, 0, path);
  }

  /**
   * The line of the fault.
   *
   * @return from 1; 0 if it is not in a text
   */
  public int line() {
    return line;
  }

  /**
   * The column of the fault, in chars.
   *
   * @return from 1; 0 if it is not in a text
   */
  public int column() {
    return column;
  }

  /**
   * The way to the fault in a JSON value or a type.
   *
   * @return such as {@code properties.name.pattern}; empty if it is the whole or elsewhere
   */
  public String path() {
    return path;
  }
}
