package dev.nomoat.quant.encode;

/**
 * Writes blocks whose scales and codes are known. The layouts are in the package {@code
 * dev.nomoat.quant.format}.
 */
final class Packing {
  private Packing() {}

  static void half(byte[] block, int at, float number) {
    short bits = Float.floatToFloat16(number);
    block[at] = (byte) bits;
    block[at + 1] = (byte) (bits >>> 8);
  }

  /** Nibbles: code j in the low and code {@code j + half} in the high half of byte j. */
  static void nibbles(byte[] codes, int from, int half, byte[] block, int at) {
    for (int j = 0; j < half; j++) {
      block[at + j] = (byte) ((codes[from + j] & 15) | ((codes[from + half + j] & 15) << 4));
    }
  }

  /** Bit 4 of 32 codes. */
  static void fifthBits(byte[] codes, byte[] block, int at) {
    for (int k = 0; k < 4; k++) {
      int bits = 0;
      for (int j = 0; j < 8; j++) {
        bits |= ((codes[8 * k + j] >>> 4) & 1) << j;
      }
      block[at + k] = (byte) bits;
    }
  }

  /**
   * Two bits of 256 codes: byte {@code 32 · half + j} holds those of the four codes {@code 128 ·
   * half + 32 · k + j}.
   */
  static void pairs(byte[] codes, int shift, byte[] block, int at) {
    for (int half = 0; half < 2; half++) {
      int from = 128 * half;
      for (int j = 0; j < 32; j++) {
        int bits = (codes[from + j] >>> shift) & 3;
        bits |= ((codes[from + 32 + j] >>> shift) & 3) << 2;
        bits |= ((codes[from + 64 + j] >>> shift) & 3) << 4;
        bits |= ((codes[from + 96 + j] >>> shift) & 3) << 6;
        block[at + 32 * half + j] = (byte) bits;
      }
    }
  }

  /** One bit of 256 codes: bit k of byte j is that of code {@code 32 · k + j}. */
  static void bits(byte[] codes, int shift, byte[] block, int at) {
    for (int j = 0; j < 32; j++) {
      int bits = 0;
      for (int k = 0; k < 8; k++) {
        bits |= ((codes[32 * k + j] >>> shift) & 1) << k;
      }
      block[at + j] = (byte) bits;
    }
  }

  /** The 12 bytes of 8 scales and minima of 6 bits, as in Q4_K. */
  static void scalesAndMinima(int[] scales, int[] minima, int lane, byte[] block, int at) {
    for (int i = 0; i < 4; i++) {
      int scale = scales[lane + i + 4];
      int min = minima[lane + i + 4];
      block[at + i] = (byte) (scales[lane + i] | ((scale >> 4) << 6));
      block[at + 4 + i] = (byte) (minima[lane + i] | ((min >> 4) << 6));
      block[at + 8 + i] = (byte) ((scale & 15) | ((min & 15) << 4));
    }
  }
}
