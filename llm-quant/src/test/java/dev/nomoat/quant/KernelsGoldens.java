package dev.nomoat.quant;

import java.util.ArrayList;
import java.util.List;

/**
 * Hashes of products. They are the same on every machine and for every implementation; they may
 * only change together with the definition of a product, in {@code ScalarLoops} or {@link
 * Activations}.
 */
final class KernelsGoldens {
  static final List<String> EXPECTED =
      """
      F32 full 1bff4021847d18f2
      F16 full 8169ccba263b76aa
      Q4_0 full 8af8aa8c65671f44
      Q4_0 8-bit 58822f87e92cbf21
      Q4_1 full d698fdf2e08c0afd
      Q4_1 8-bit ca2d54f776497b9c
      Q5_0 full 2f4d4876cf7236c6
      Q5_0 8-bit 87b1b040294fa5ad
      Q5_1 full 6a3a32dba8d8dcce
      Q5_1 8-bit 8ba02b8e54646fae
      Q8_0 full 640a72c9c9031f45
      Q4_K full 198bb2cca5ab336d
      Q4_K 8-bit 7e2662f6363c9ff9
      Q5_K full 65b9e1ccfba29737
      Q5_K 8-bit ea6bea7b0b816aac
      Q6_K full 937e7f1b2499d327
      Q6_K 8-bit 3c08c6302e39f52e
      BF16 full 1f4dac0c5d64485c
      """
          .lines()
          .toList();

  private KernelsGoldens() {}

  /** Type, form of the activations, and a hash of the bits of products in several batch sizes. */
  static List<String> compute(Kernels kernels) {
    List<String> result = new ArrayList<>();
    for (TensorType type : TestWeights.TYPES) {
      int cols = TestWeights.plain(type) ? 300 : 768;
      PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 70, cols, 21));
      float[] x = TestWeights.numbers(13 * cols, 22);
      result.add("%s full %016x".formatted(type, hash(kernels, w, x, false)));
      if (w.quantizesActivations()) {
        result.add("%s 8-bit %016x".formatted(type, hash(kernels, w, x, true)));
      }
    }
    return result;
  }

  /** FNV-1a over the bits of each product. */
  private static long hash(Kernels kernels, PackedMatrix w, float[] x, boolean eightBit) {
    long hash = 0xcbf29ce484222325L;
    int first = 0;
    for (int tokens : new int[] {1, 2, 3, 7}) {
      Activations batch = TestWeights.activations(x, w.cols(), first, tokens);
      for (float value : TestWeights.multiply(kernels, w, batch, eightBit)) {
        hash = (hash ^ Float.floatToRawIntBits(value)) * 0x100000001b3L;
      }
      first += tokens;
    }
    return hash;
  }
}
