package dev.nomoat.chat.template;

/**
 * A word of a template.
 *
 * @param kind what it is
 * @param text for data the text, for strings their value, else as it stands in the source
 * @param at its place in the source
 */
record Token(Kind kind, String text, int at) {
  /** Kinds of words. */
  enum Kind {
    DATA,
    VARIABLE_BEGIN,
    VARIABLE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted) {
    return kind == wanted;
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** How messages call it. */
  String described() {
    return switch (kind) {
      case DATA -> "text";
      case END -> "the end of the template";
      case VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, NAME, INTEGER, FLOAT, OPERATOR ->
          "'" + text + "'";
      case STRING -> "a string";
    };
  }
}
