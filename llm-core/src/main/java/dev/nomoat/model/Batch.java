package dev.nomoat.model;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.SequenceCache;

/**
 * The tokens of one evaluation, from any number of sequences, each with its position. The tokens of
 * a sequence stand together in ascending positions without a gap. Reused from step to step; not
 * thread-safe.
 */
public final class Batch {
  /** Tokens that fit. */
  public static final int CAPACITY = CacheShape.STEP;

  final int[] ids = new int[CAPACITY];
  final int[] positions = new int[CAPACITY];
  final int[] lengths = new int[CAPACITY]; // positions of the whole sequence, as far as it is seen
  final SequenceCache[] sequences = new SequenceCache[CAPACITY];
  final int[] outputs = new int[CAPACITY];
  private final int[] runFirst = new int[CAPACITY];
  private int runs;
  private int size;
  private int outputCount;

  /** Makes an empty batch. */
  public Batch() {}

  /** Removes all tokens. */
  public void clear() {
    size = 0;
    runs = 0;
    outputCount = 0;
  }

  /**
   * Adds a token.
   *
   * @param sequence its sequence, with room for the position
   * @param position its position; of the sequence's first token in the batch, one where it can
   *     {@linkplain SequenceCache#resumeAt resume}
   * @param id its id
   * @param output whether its logits are wanted
   * @return which row of the logits it gets, or −1 when none are wanted
   */
  public int add(SequenceCache sequence, int position, int id, boolean output) {
    return add(sequence, position, id, output, position + 1);
  }

  /**
   * Adds a token of a sequence whose tokens see what follows them.
   *
   * @param sequence its sequence, with room for all positions
   * @param position its position
   * @param id its id
   * @param output whether its result is wanted
   * @param length positions of the whole sequence; those that are not in this batch are in others
   *     that are evaluated with it
   * @return which row of the results it gets, or −1 when none are wanted
   */
  public int add(SequenceCache sequence, int position, int id, boolean output, int length) {
    if (size == 0 || sequences[size - 1] != sequence) {
      runFirst[runs++] = size;
    }
    sequences[size] = sequence;
    positions[size] = position;
    lengths[size] = length;
    ids[size] = id;
    int row = -1;
    if (output) {
      row = outputCount;
      outputs[outputCount++] = size;
    }
    size++;
    return row;
  }

  /**
   * Number of tokens.
   *
   * @return how many
   */
  public int size() {
    return size;
  }

  /**
   * Tokens that still fit.
   *
   * @return how many
   */
  public int room() {
    return CAPACITY - size;
  }

  /** Number of sequences. */
  int runs() {
    return runs;
  }

  /** The first token of a sequence. */
  int runFirst(int run) {
    return runFirst[run];
  }

  /** Number of tokens of a sequence. */
  int runTokens(int run) {
    return (run + 1 < runs ? runFirst[run + 1] : size) - runFirst[run];
  }

  /**
   * Number of tokens whose logits are wanted.
   *
   * @return how many
   */
  public int outputCount() {
    return outputCount;
  }
}
