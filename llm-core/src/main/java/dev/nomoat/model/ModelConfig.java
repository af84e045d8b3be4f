package dev.nomoat.model;

import dev.nomoat.math.RotaryEmbedding;

/**
 * What a decoder is made of, read from a file's metadata.
 *
 * @param architecture the family, as in the file
 * @param layers number of decoder blocks
 * @param dim numbers of a token between the blocks
 * @param hiddenDim numbers inside the feed-forward network
 * @param heads query heads
 * @param kvHeads key/value heads; divides heads
 * @param headDim numbers of a head
 * @param vocab number of token ids
 * @param contextLength positions that the model was trained for
 * @param normEpsilon ε of the norms
 * @param rope rotary position embedding
 */
public record ModelConfig(
    String architecture,
    int layers,
    int dim,
    int hiddenDim,
    int heads,
    int kvHeads,
    int headDim,
    int vocab,
    int contextLength,
    float normEpsilon,
    Rope rope) {
  /**
   * How positions are embedded.
   *
   * @param pairing which numbers of a head form a pair
   * @param dim how many numbers of a head are turned
   * @param base frequency base
   * @param scale what positions are multiplied by
   */
  public record Rope(RotaryEmbedding.Pairing pairing, int dim, float base, float scale) {}

  /**
   * Numbers of all query heads.
   *
   * @return {@code heads · headDim}
   */
  public int queryDim() {
    return heads * headDim;
  }

  /**
   * Numbers of all keys, or values, of a token.
   *
   * @return {@code kvHeads · headDim}
   */
  public int kvDim() {
    return kvHeads * headDim;
  }
}
