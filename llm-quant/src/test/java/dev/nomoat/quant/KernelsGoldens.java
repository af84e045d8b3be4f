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
      Q2_K full df564e6299ecf11d
      Q2_K 8-bit 6ae93ef1431ddfd9
      Q3_K full 60a7ad4c40968150
      Q3_K 8-bit 17a6e9561579ff48
      Q4_K full 198bb2cca5ab336d
      Q4_K 8-bit 7e2662f6363c9ff9
      Q5_K full 65b9e1ccfba29737
      Q5_K 8-bit ea6bea7b0b816aac
      Q6_K full 937e7f1b2499d327
      Q6_K 8-bit 3c08c6302e39f52e
      IQ2_XXS full aaa90ff567c99879
      IQ2_XXS 8-bit ec6fcfc8721fa167
      IQ2_XS full 038ef1e075de1d77
      IQ2_XS 8-bit 46a1aeff71410fa2
      IQ3_XXS full a251c81b6003aa12
      IQ3_XXS 8-bit 35bf9f040ec034e4
      IQ1_S full d16c8bf6f353fb7a
      IQ1_S 8-bit 9fba05442452e606
      IQ4_NL full 5bb893ca93c8a3a3
      IQ4_NL 8-bit f3ba1a5153d51349
      IQ3_S full 1ad2b227e7936cf8
      IQ3_S 8-bit 8c77188d7313e835
      IQ2_S full d59c35ae7ef44b79
      IQ2_S 8-bit 22727dc8a4f6af6e
      IQ4_XS full d7d6b804d203ca91
      IQ4_XS 8-bit c2563734d215fc9a
      IQ1_M full f57e0995cb9e1634
      IQ1_M 8-bit 56e494f2ab032873
      BF16 full 1f4dac0c5d64485c
      TQ1_0 full f4a8a97d1bfb3e03
      TQ1_0 8-bit 575c3d606d919a46
      TQ2_0 full aa628b08ea71b2f3
      TQ2_0 8-bit 98c996971aac6879
      MXFP4 full 46c26f4f289d99a1
      MXFP4 8-bit fce0da0b9b5aa242
      NVFP4 full 4655d3a041d449c9
      NVFP4 8-bit 812aa5f2bcdecca5
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
