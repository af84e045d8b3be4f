package dev.nomoat.model;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.math.AttentionSpan;
import java.util.Optional;

/**
 * Attention to latents (multi-head latent attention, DeepSeek-AI, 2024): a token keeps one vector
 * from which each head makes its key and its value. Instead, queries are brought to where the
 * latents are, and so are kept and read the latents alone, as if all heads shared one key.
 *
 * @param heads query heads
 * @param queryRank numbers between the two projections of the queries; 0 when there is one
 * @param latentDim numbers of a latent
 * @param plainDim numbers of a head's query and key that tell nothing of the position
 * @param turnedDim numbers of a head's query, and of the key of all heads, that are turned
 * @param valueDim numbers of a head's value
 * @param rope index of the rotary position embedding
 * @param temperature by how much the scores grow with the position, if they do
 */
public record LatentAttention(
    int heads,
    int queryRank,
    int latentDim,
    int plainDim,
    int turnedDim,
    int valueDim,
    int rope,
    Optional<Temperature> temperature)
    implements Mixer {
  @Override
  public CacheShape.Layer cached() {
    return new CacheShape.Layer(1, latentDim + turnedDim, latentDim, true);
  }

  /**
   * What it looks like from the cache.
   *
   * @return attention whose heads share a key, with the latent as a value
   */
  public Mixer.Attention absorbed() {
    return new Mixer.Attention(heads, 1, latentDim + turnedDim, latentDim, AttentionSpan.ALL, rope);
  }

  /**
   * Numbers of a head's query.
   *
   * @return {@code plainDim + turnedDim}
   */
  public int queryDim() {
    return plainDim + turnedDim;
  }
}
