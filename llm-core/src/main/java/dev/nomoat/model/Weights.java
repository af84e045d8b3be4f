package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.List;

/**
 * The weights of a decoder, packed. Immutable once loaded; the memory is borrowed from the model
 * that owns it.
 *
 * @param embedding token embedding, shape [vocab, dim]
 * @param blocks decoder blocks in order
 * @param outputNorm gain of the last norm, shape [dim]
 * @param output output head, shape [vocab, dim]; the embedding itself when the two are tied
 * @param ropeFactors divisors of the rotary frequencies, or empty
 */
@SuppressWarnings("ArrayRecordComponent") // millions of numbers that nobody compares or copies
public record Weights(
    PackedMatrix embedding,
    List<Block> blocks,
    float[] outputNorm,
    PackedMatrix output,
    float[] ropeFactors) {
  /** Copies the list. */
  public Weights {
    blocks = List.copyOf(blocks);
  }

  /**
   * The weights of one decoder block.
   *
   * @param attentionNorm gain of the norm before attention, shape [dim]
   * @param query shape [heads · headDim, dim]
   * @param key shape [kvHeads · headDim, dim]
   * @param value shape [kvHeads · headDim, dim]
   * @param attentionOutput shape [dim, heads · headDim]
   * @param feedForwardNorm gain of the norm before the feed-forward network, shape [dim]
   * @param gate shape [hiddenDim, dim]
   * @param up shape [hiddenDim, dim]
   * @param down shape [dim, hiddenDim]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Block(
      float[] attentionNorm,
      PackedMatrix query,
      PackedMatrix key,
      PackedMatrix value,
      PackedMatrix attentionOutput,
      float[] feedForwardNorm,
      PackedMatrix gate,
      PackedMatrix up,
      PackedMatrix down) {}
}
