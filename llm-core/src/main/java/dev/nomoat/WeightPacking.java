package dev.nomoat;

/**
 * What full-precision weights become when they are loaded. Fewer bits are less to read for each
 * token, and that is what the speed depends on. Weights that are quantised already stay as they
 * are.
 */
public enum WeightPacking {
  /** What they are in the file. */
  AS_STORED,
  /** 8.5 bits a weight: next to no loss. */
  Q8_0,
  /** 4.5 bits a weight, quickly; embeddings and output head as {@link #Q8_0}. */
  Q4_0,
  /**
   * 4.5 bits a weight, with scales that are searched for: nearer to the full weights, and slower to
   * load. Embeddings and output head as {@link #Q8_0}; matrices whose rows are no multiple of 256
   * as {@link #Q4_0}.
   */
  Q4_K
}
