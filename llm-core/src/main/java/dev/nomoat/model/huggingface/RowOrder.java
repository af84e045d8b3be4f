package dev.nomoat.model.huggingface;

/** Which row of a source becomes which row of a tensor. */
@FunctionalInterface
public interface RowOrder {
  /**
   * Where a row comes from.
   *
   * @param row a row of the tensor
   * @return the row of the source
   */
  long source(long row);

  /**
   * Whether there is a row of the source for every row.
   *
   * @param rows of the tensor
   * @param sources rows of the source
   * @return whether all come from one of those
   */
  default boolean fits(long rows, long sources) {
    for (long row = 0; row < rows; row++) {
      if (source(row) < 0 || source(row) >= sources) {
        return false;
      }
    }
    return true;
  }

  /**
   * Heads whose halves turn together become heads whose neighbours do.
   *
   * @param headDim rows of a head, an even number
   * @return the order
   */
  static RowOrder neighbours(int headDim) {
    int half = headDim / 2;
    return row -> {
      long in = row % headDim;
      return row - in + in / 2 + (in % 2) * half;
    };
  }

  /**
   * Queries, keys and values group by group become all queries, all keys and all values.
   *
   * @param groups how many groups there are, one for each key
   * @param queries heads with queries in each group; before one with keys and one with values
   * @param headDim rows of a head
   * @return the order
   */
  static RowOrder ungrouped(int groups, int queries, int headDim) {
    if (groups < 1 || queries < 1 || headDim < 1) {
      return row -> -1; // no row fits
    }
    return row -> {
      long head = row / headDim;
      long in = row % headDim;
      long all = (long) groups * queries;
      long group = head < all ? head / queries : (head - all) % groups;
      long place = head < all ? head % queries : queries + (head - all) / groups;
      return (group * (queries + 2) + place) * headDim + in;
    };
  }
}
