package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Formats of 4-bit floating-point numbers (E2M1: a sign, two bits of exponent, one of significand)
 * that share a scale of 8 bits. The numbers are kept doubled, as integers: 0, 1, 2, 3, 4, 6, 8, 12
 * and their negatives; so the scale is halved.
 *
 * <pre>
 *   MXFP4, 17 bytes   e: 1       qs: 16   32 numbers    x = 2^(e - 128) · doubled
 *   NVFP4, 36 bytes   e: 4 × 1   qs: 32   4 × 16 numbers, x = e/2 · doubled
 * </pre>
 *
 * <p>A nibble of {@code qs} holds element j of a run of 32 (NVFP4: 16) in its low and element j +
 * 16 (8) in its high half. The scale of MXFP4 is a power of two (E8M0); the byte 255, which the
 * standard calls NaN, is decoded like the others, as ggml does, so that all but the smallest
 * numbers are too large for a float. The scale of NVFP4 is an unsigned number of four bits of
 * exponent and three of significand (E4M3, bias 7), its highest bit ignored; but the byte 127,
 * which the standard calls NaN, counts as 0, as in ggml.
 *
 * <p>Encoding MXFP4 follows ggml's {@code quantize_row_mxfp4_ref}, and the standard: the exponent
 * of the scale is that of the number of largest magnitude, less 2, so that the largest numbers may
 * be cut to 6 times the scale; a tie goes to the smaller magnitude.
 *
 * <p>Decoding is exact but where the number is too large for a float, which then is infinite.
 */
public final class MicroscalingFormats {
  private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private static final int MXFP4_BLOCK = 32;
  private static final int MXFP4_BYTES = 17;
  private static final int NVFP4_RUN = 16;
  private static final int NVFP4_RUNS = 4;
  private static final int NVFP4_BYTES = 36;

  private static final int E4M3_NAN = 0x7F;
  private static final int E8M0_BIAS = 127;

  /** Magnitudes of doubled numbers up to which the first, the second … of them is the nearest. */
  private static final float[] LIMITS = {0.5f, 1.5f, 2.5f, 3.5f, 5, 7, 10};

  private MicroscalingFormats() {}

  /**
   * The doubled numbers by code.
   *
   * @return a copy: 16 integers
   */
  public static byte[] levels() {
    return DOUBLED.clone();
  }

  /**
   * The scale of doubled numbers that a byte stands for in MXFP4.
   *
   * @param exponent the byte, of which 8 bits count
   * @return a power of two: 2⁻¹²⁸ to 2¹²⁷
   */
  public static float halfOfE8M0(int exponent) {
    return Math.scalb(1f, (exponent & 0xFF) - 128);
  }

  /**
   * The scale of doubled numbers that a byte stands for in NVFP4.
   *
   * @param bits the byte, of which 8 bits count
   * @return 0 to 240
   */
  public static float halfOfE4M3(int bits) {
    if ((bits & 0xFF) == E4M3_NAN) {
      return 0;
    }
    int seven = bits & 0x7F;
    int exponent = seven >>> 3;
    int significand = seven & 7;
    return exponent == 0
        ? Math.scalb((float) significand, -10)
        : Math.scalb(8f + significand, exponent - 11);
  }

  /**
   * Decodes MXFP4. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeMXFP4(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * MXFP4_BYTES;
      float scale = halfOfE8M0(Bytes.u8(src, block));
      decode(src, block + 1, scale, MXFP4_BLOCK, dst, dstOffset + b * MXFP4_BLOCK);
    }
  }

  /**
   * Decodes NVFP4. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeNVFP4(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * NVFP4_BYTES;
      for (int run = 0; run < NVFP4_RUNS; run++) {
        float scale = halfOfE4M3(Bytes.u8(src, block + run));
        long qs = block + NVFP4_RUNS + (long) run * NVFP4_RUN / 2;
        int out = dstOffset + (b * NVFP4_RUNS + run) * NVFP4_RUN;
        decode(src, qs, scale, NVFP4_RUN, dst, out);
      }
    }
  }

  private static void decode(
      MemorySegment src, long qs, float scale, int count, float[] dst, int out) {
    for (int j = 0; j < count / 2; j++) {
      int nibbles = Bytes.u8(src, qs + j);
      dst[out + j] = scale * DOUBLED[nibbles & 0xF];
      dst[out + j + count / 2] = scale * DOUBLED[nibbles >>> 4];
    }
  }

  /**
   * Encodes MXFP4. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite
   */
  public static void encodeMXFP4(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * MXFP4_BLOCK;
      long block = dstOffset + (long) b * MXFP4_BYTES;
      float largest = Math.abs(Quants.largestMagnitude(src, in, MXFP4_BLOCK));
      int exponent = Math.max(0, Math.getExponent(largest) - 2 + E8M0_BIAS);
      Bytes.put8(dst, block, exponent);
      float inverse = Math.scalb(1f, E8M0_BIAS - exponent);
      for (int j = 0; j < MXFP4_BLOCK / 2; j++) {
        int low = code(src[in + j], inverse);
        int high = code(src[in + j + MXFP4_BLOCK / 2], inverse);
        Bytes.put8(dst, block + 1 + j, low | (high << 4));
      }
    }
  }

  /** The code of the number nearest to {@code x · inverse}; that of zero has no sign. */
  private static int code(float x, float inverse) {
    float magnitude = 2 * (Math.abs(x) * inverse);
    int code = 0;
    for (float limit : LIMITS) {
      code += magnitude > limit ? 1 : 0;
    }
    return x < 0 && code > 0 ? code | 8 : code;
  }
}
