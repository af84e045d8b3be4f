package dev.nomoat.tokenizer;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One token of a vocabulary; its id is its place there.
 *
 * @param text the text as the vocabulary has it: in the byte alphabet for byte-level BPE, with
 *     U+2581 for a space for SentencePiece, the plain text for control and user-defined tokens;
 *     empty for an id that is not in use
 * @param type what kind of token it is
 * @param score where SentencePiece merges by scores: the higher goes first; of no use elsewhere
 */
public record VocabularyEntry(String text, TokenType type, float score) {
  private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

  /**
   * Checks the token.
   *
   * @throws IllegalArgumentException if a byte token is not written {@code <0xNN>}, or the score is
   *     no number
   */
  public VocabularyEntry {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(type, "type");
    if (type == TokenType.BYTE && !BYTE.matcher(text).matches()) {
      throw new IllegalArgumentException("A byte token is written <0xNN>, not " + Quoted.of(text));
    }
    if (Float.isNaN(score)) {
      throw new IllegalArgumentException("The score of token " + Quoted.of(text) + " is no number");
    }
  }

  /**
   * A token without a score.
   *
   * @param text the text as the vocabulary has it
   * @param type what kind of token it is
   * @throws IllegalArgumentException if a byte token is not written {@code <0xNN>}
   */
  public VocabularyEntry(String text, TokenType type) {
    this(text, type, 0);
  }

  /** The byte that a byte token stands for. */
  byte byteValue() {
    return (byte) Integer.parseInt(text, 3, 5, 16);
  }
}
