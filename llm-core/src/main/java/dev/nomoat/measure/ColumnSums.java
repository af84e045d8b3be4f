package dev.nomoat.measure;

/** Adds up squares for each column of the matrices of a tensor. */
final class ColumnSums {
  private final String tensor;
  private final int columns;
  private final double[][] sums;
  private final long[] counts;

  ColumnSums(String tensor, int matrices, int columns) {
    this.tensor = tensor;
    this.columns = columns;
    sums = new double[matrices][columns];
    counts = new long[matrices];
  }

  void add(int matrix, float[] inputs, int offset, int count) {
    double[] sum = sums[matrix];
    for (int row = 0; row < count; row++) {
      int from = offset + row * columns;
      for (int i = 0; i < columns; i++) {
        double number = inputs[from + i];
        sum[i] += number * number;
      }
    }
    for (double number : sum) {
      if (!Float.isFinite((float) number)) {
        throw new ArithmeticException("an input of tensor " + tensor + " is too large");
      }
    }
    counts[matrix] += count;
  }

  MeasuredColumns columns() {
    float[] all = new float[sums.length * columns];
    for (int matrix = 0; matrix < sums.length; matrix++) {
      for (int i = 0; i < columns; i++) {
        all[matrix * columns + i] = (float) sums[matrix][i];
      }
    }
    return new MeasuredColumns(all, counts);
  }
}
