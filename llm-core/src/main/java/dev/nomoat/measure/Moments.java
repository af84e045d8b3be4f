package dev.nomoat.measure;

/** Mean and spread of numbers. */
final class Moments {
  private long count;
  private double sum;
  private double squares;

  void add(double number) {
    count++;
    sum += number;
    squares += number * number;
  }

  long count() {
    return count;
  }

  double mean() {
    return sum / count;
  }

  double meanSquare() {
    return squares / count;
  }

  /** The standard error of the mean; 0 of a single number. */
  double error() {
    double variance = Math.max(0, meanSquare() - mean() * mean());
    return count < 2 ? 0 : Math.sqrt(variance / (count - 1));
  }
}
