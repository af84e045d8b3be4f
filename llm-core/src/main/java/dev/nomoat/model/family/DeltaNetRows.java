package dev.nomoat.model.family;

import dev.nomoat.model.huggingface.RowOrder;

/**
 * Where the rows of a delta net's projections lie in a Hugging Face folder.
 *
 * @param keyHeads heads of queries and keys
 * @param heads heads of values, a multiple of those
 * @param keyDim rows of a query and of a key
 * @param valueDim rows of a value
 */
record DeltaNetRows(int keyHeads, int heads, int keyDim, int valueDim) {
  private int each() {
    return heads / keyHeads;
  }

  /** Rows of all queries and keys. */
  private long keys() {
    return 2L * keyHeads * keyDim;
  }

  /** Rows of all values. */
  long values() {
    return (long) heads * valueDim;
  }

  /** Rows of all queries, keys and values. */
  long convolved() {
    return keys() + values();
  }

  /** Rows of a key head with its query, its values and their gates. */
  private long group() {
    return 2L * keyDim + 2L * each() * valueDim;
  }

  /** All queries, all keys and all values of rows that lie key head by key head. */
  long ungrouped(long row) {
    if (row < keys()) {
      long head = row / keyDim % keyHeads;
      long second = row / ((long) keyHeads * keyDim);
      return head * group() + second * keyDim + row % keyDim;
    }
    long rowsOfGroup = (long) each() * valueDim;
    long in = row - keys();
    return in / rowsOfGroup * group() + 2L * keyDim + in % rowsOfGroup;
  }

  /** All gates of rows that lie key head by key head. */
  long ungroupedGate(long row) {
    return ungrouped(keys() + row) + (long) each() * valueDim;
  }

  /** The first value head of each key head, then the second of each, and so on. */
  RowOrder tiled(int rowsOfHead) {
    return row -> {
      long head = row / rowsOfHead;
      return (head % keyHeads * each() + head / keyHeads) * rowsOfHead + row % rowsOfHead;
    };
  }

  /** The same of the values behind all queries and keys. */
  long tiledValues(long row) {
    return row < keys() ? row : keys() + tiled(valueDim).source(row - keys());
  }
}
