package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.TokenBytes;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * What tokens become in decoded text.
 *
 * @param bytes by id, what the token stands for; for control tokens their text
 * @param first by id, what it stands for as the first token of a text
 * @param staysFirst whether, where the first tokens stand for nothing, the one after them is first
 * @param last by id, what it stands for as the last token of a text
 * @param endsDiffer whether the last token may differ from one that more tokens follow
 * @param dropsRepeats whether a token right after itself stands for nothing
 */
record TokenTexts(
    TokenBytes bytes,
    IntFunction<byte[]> first,
    boolean staysFirst,
    IntFunction<byte[]> last,
    boolean endsDiffer,
    boolean dropsRepeats) {

  /** Tokens that stand for the same wherever they are. */
  static TokenTexts of(TokenBytes bytes) {
    return new TokenTexts(bytes, bytes::copy, false, bytes::copy, false, false);
  }

  /** The same tokens with something else for the first. */
  TokenTexts withFirst(IntFunction<byte[]> newFirst, boolean newStaysFirst) {
    return new TokenTexts(bytes, newFirst, newStaysFirst, last, endsDiffer, dropsRepeats);
  }

  /** Tokens of which the first loses one space at its start, which encoding put there. */
  static TokenTexts withoutFirstSpace(TokenBytes bytes) {
    return of(bytes).withFirst(id -> withoutSpace(bytes.copy(id)), false);
  }

  /** Bytes without one space at their start. */
  static byte[] withoutSpace(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == ' ' ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }
}
