package dev.nomoat.tokenizer.bpe;

/** Says which neighbours merge, into what, and in what order. Immutable and thread-safe. */
public interface MergeRule {
  /** The answer for neighbours that do not merge; its rank comes after all others. */
  long NONE = (long) Integer.MAX_VALUE << 32;

  /**
   * Looks a pair of neighbours up.
   *
   * @param left the left symbol
   * @param right the right symbol
   * @param text holds the text of both
   * @param from where the left symbol starts
   * @param to where the right symbol ends, exclusive
   * @return the rank in the high half, lowest first, and the merged symbol in the low half; or
   *     {@link #NONE}
   */
  long find(int left, int right, byte[] text, int from, int to);

  /**
   * The rank of an answer.
   *
   * @param answer what {@link #find} gave
   * @return its rank, {@code Integer.MAX_VALUE} for {@link #NONE}
   */
  static int rank(long answer) {
    return (int) (answer >>> 32);
  }
}
