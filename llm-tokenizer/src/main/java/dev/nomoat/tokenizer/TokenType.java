package dev.nomoat.tokenizer;

/** What kind of thing a token of the vocabulary is. */
public enum TokenType {
  /** A piece of text. */
  NORMAL,
  /**
   * What stands for text that no other token can express. Never made of text that happens to look
   * like it.
   */
  UNKNOWN,
  /** A mark such as the beginning of the text or the end of a turn. Stands for no text. */
  CONTROL,
  /** Text added to the vocabulary by hand, found in the text before anything else. */
  USER_DEFINED,
  /** A piece of text that training left unused. */
  UNUSED,
  /** One byte, written {@code <0xNN>}. */
  BYTE
}
