package dev.nomoat;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Texts whose vectors are wanted, and how. Immutable; start from {@link #of(List)}.
 *
 * @param texts the texts
 * @param pooling how the vectors of a text's tokens become one; empty for what the model was
 *     trained with, as far as its file tells ({@link ModelInfo#pooling})
 * @param normalized whether vectors are scaled to length 1, so that a dot product of two is the
 *     cosine of their angle
 * @param dimensions how many numbers of each vector are kept, the first ones, for models trained so
 *     that these are a vector by themselves (Matryoshka); 0 for all. Vectors are cut before they
 *     are normalised
 */
public record EmbeddingRequest(
    List<Prompt> texts, Optional<Pooling> pooling, boolean normalized, int dimensions) {
  /**
   * Checks the ranges, and copies the texts, so that the request cannot change.
   *
   * @throws IllegalArgumentException if {@code dimensions} is negative
   */
  public EmbeddingRequest {
    texts = List.copyOf(texts);
    Objects.requireNonNull(pooling, "pooling");
    Require.notNegative(dimensions, "dimensions");
  }

  /**
   * Asks for the whole, normalised vectors of plain texts. What looks like a control token in them
   * stays text.
   *
   * @param texts the texts
   * @return the request
   */
  public static EmbeddingRequest of(List<String> texts) {
    return ofPrompts(texts.stream().map(Prompt::text).toList());
  }

  /**
   * Asks for the whole, normalised vectors of texts.
   *
   * @param texts the texts, or the tokens that they are made of
   * @return the request
   */
  public static EmbeddingRequest ofPrompts(List<Prompt> texts) {
    return new EmbeddingRequest(texts, Optional.empty(), true, 0);
  }

  /**
   * This request with another way to pool.
   *
   * @param pooling how the vectors of a text's tokens become one
   * @return a new request
   */
  public EmbeddingRequest withPooling(Pooling pooling) {
    return new EmbeddingRequest(texts, Optional.of(pooling), normalized, dimensions);
  }

  /**
   * This request with vectors of length 1, or as the model computes them.
   *
   * @param normalized whether to normalise
   * @return a new request
   */
  public EmbeddingRequest withNormalized(boolean normalized) {
    return new EmbeddingRequest(texts, pooling, normalized, dimensions);
  }

  /**
   * This request with shorter vectors.
   *
   * @param dimensions how many numbers of each vector are kept; 0 for all
   * @return a new request
   * @throws IllegalArgumentException if {@code dimensions} is negative
   */
  public EmbeddingRequest withDimensions(int dimensions) {
    return new EmbeddingRequest(texts, pooling, normalized, dimensions);
  }
}
