package dev.nomoat;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.BlockCodec;

/** Numbers of tensors in files. */
final class StoredNumbers {
  private StoredNumbers() {}

  private static float[] of(GgufFile file, String name) {
    GgufTensor tensor = file.requireTensor(name);
    float[] numbers = new float[Math.toIntExact(tensor.elements())];
    BlockCodec.of(tensor.type()).decode(file.data(tensor), 0, numbers, 0, numbers.length);
    return numbers;
  }

  /** The sum of the squared differences, each times what its column counts. */
  static double weightedError(GgufFile full, GgufFile other, String name, float[] columns) {
    float[] right = of(full, name);
    float[] numbers = of(other, name);
    double sum = 0;
    for (int i = 0; i < right.length; i++) {
      double difference = (double) numbers[i] - right[i];
      sum += columns[i % columns.length] * difference * difference;
    }
    return sum;
  }
}
