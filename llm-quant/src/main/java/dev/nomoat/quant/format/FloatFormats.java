package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Plain floating-point numbers, "blocks" of one: F32 (4 bytes), F16 and BF16 (2 bytes).
 *
 * <p>Decoding is exact. Encoding rounds to the nearest number, ties to even, as {@code
 * ggml_fp32_to_fp16} and {@code ggml_fp32_to_bf16} do: too large a number becomes an infinity, a
 * NaN stays one.
 */
public final class FloatFormats {

  private static final int QUIET_HALF_NAN = 0x7E00;

  /** The bit that keeps a BF16 NaN quiet, and keeps it from losing its last significand bit. */
  private static final int QUIET_BFLOAT16 = 0x0040;

  private FloatFormats() {}

  /**
   * Decodes F32. Parameters as in {@link RowDecoder}.
   *
   * @param src the numbers' bytes
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param count how many numbers
   */
  public static void decodeF32(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
    MemorySegment.copy(src, Bytes.FLOAT, srcOffset, dst, dstOffset, count);
  }

  /**
   * Encodes F32. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives their bytes
   * @param dstOffset in bytes
   * @param count how many numbers
   */
  public static void encodeF32(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int count) {
    MemorySegment.copy(src, srcOffset, dst, Bytes.FLOAT, dstOffset, count);
  }

  /**
   * Decodes F16. Parameters as in {@link RowDecoder}.
   *
   * @param src the numbers' bytes
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param count how many numbers
   */
  public static void decodeF16(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
    for (int i = 0; i < count; i++) {
      dst[dstOffset + i] = Bytes.half(src, srcOffset + 2L * i);
    }
  }

  /**
   * Encodes F16. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives their bytes
   * @param dstOffset in bytes
   * @param count how many numbers
   */
  public static void encodeF16(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int count) {
    for (int i = 0; i < count; i++) {
      dst.set(Bytes.SHORT, dstOffset + 2L * i, floatToHalf(src[srcOffset + i]));
    }
  }

  /**
   * Decodes BF16. Parameters as in {@link RowDecoder}.
   *
   * @param src the numbers' bytes
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param count how many numbers
   */
  public static void decodeBF16(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
    for (int i = 0; i < count; i++) {
      dst[dstOffset + i] = bfloat16ToFloat(src.get(Bytes.SHORT, srcOffset + 2L * i));
    }
  }

  /**
   * Encodes BF16. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives their bytes
   * @param dstOffset in bytes
   * @param count how many numbers
   */
  public static void encodeBF16(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int count) {
    for (int i = 0; i < count; i++) {
      dst.set(Bytes.SHORT, dstOffset + 2L * i, floatToBfloat16(src[srcOffset + i]));
    }
  }

  /**
   * The exact value of a BF16 number: the upper half of a float.
   *
   * @param bits the 16 bits
   * @return the same number as a float
   */
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * Rounds to BF16, ties to even; a NaN keeps its sign and upper payload and is made quiet.
   *
   * @param value any float
   * @return the 16 bits
   */
  public static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | QUIET_BFLOAT16);
    }
    // half a unit, less one bit when the result would be even: a carry runs on into the exponent
    int tiesToEven = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + tiesToEven) >>> 16);
  }

  private static short floatToHalf(float value) {
    if (Float.isNaN(value)) {
      // one NaN for all payloads, as ggml writes it
      return (short) (((Float.floatToRawIntBits(value) >>> 16) & 0x8000) | QUIET_HALF_NAN);
    }
    return Float.floatToFloat16(value);
  }
}
