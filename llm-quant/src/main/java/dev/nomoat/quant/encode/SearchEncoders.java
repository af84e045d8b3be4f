package dev.nomoat.quant.encode;

import dev.nomoat.quant.format.LevelFormats;
import dev.nomoat.quant.format.RowEncoder;
import dev.nomoat.quant.simd.FitLoops;
import java.util.function.Supplier;

/**
 * The encoders of the formats whose scales are searched for. The layouts of the blocks are in the
 * package {@code dev.nomoat.quant.format}.
 *
 * <p>The numbers that a search tries were chosen so that more of them gain little.
 */
public final class SearchEncoders {
  private static final int SUPER_BLOCK = 256;
  private static final int BLOCK = 32;

  private static final LineFormat Q2_K =
      new LineFormat(
          SUPER_BLOCK,
          16,
          84,
          3,
          15,
          0,
          new Tries(2.2f, 0.2f, 10),
          2,
          1,
          (d, min, scales, minima, at, codes, block) -> {
            for (int j = 0; j < 16; j++) {
              block[j] = (byte) (scales[at + j] | (minima[at + j] << 4));
            }
            Packing.pairs(codes, 0, block, 16);
            Packing.half(block, 80, d);
            Packing.half(block, 82, min);
          });

  private static final LineFormat Q4_K =
      new LineFormat(
          SUPER_BLOCK,
          32,
          144,
          15,
          63,
          1,
          new Tries(13.6f, 0.3f, 10),
          2,
          0,
          (d, min, scales, minima, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.half(block, 2, min);
            Packing.scalesAndMinima(scales, minima, at, block, 4);
            for (int k = 0; k < 4; k++) {
              Packing.nibbles(codes, 64 * k, 32, block, 16 + 32 * k);
            }
          });

  private static final LineFormat Q5_K =
      new LineFormat(
          SUPER_BLOCK,
          32,
          176,
          31,
          63,
          1,
          new Tries(29, 0.3f, 11),
          2,
          0,
          (d, min, scales, minima, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.half(block, 2, min);
            Packing.scalesAndMinima(scales, minima, at, block, 4);
            Packing.bits(codes, 4, block, 16);
            for (int k = 0; k < 4; k++) {
              Packing.nibbles(codes, 64 * k, 32, block, 48 + 32 * k);
            }
          });

  private static final LineFormat Q4_1 =
      new LineFormat(
          BLOCK,
          BLOCK,
          20,
          15,
          0,
          1,
          new Tries(13.6f, 0.3f, 10),
          2,
          0,
          (d, min, scales, minima, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.half(block, 2, min);
            Packing.nibbles(codes, 0, 16, block, 4);
          });

  private static final LineFormat Q5_1 =
      new LineFormat(
          BLOCK,
          BLOCK,
          24,
          31,
          0,
          1,
          new Tries(29, 0.3f, 11),
          2,
          0,
          (d, min, scales, minima, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.half(block, 2, min);
            Packing.fifthBits(codes, block, 4);
            Packing.nibbles(codes, 0, 16, block, 8);
          });

  private static final ScaleFormat Q4_0 =
      new ScaleFormat(
          BLOCK,
          BLOCK,
          18,
          new Grid.Integers(-8, 7),
          0,
          new Tries(-6.6f, -0.3f, 9),
          new Tries(5.8f, 0.3f, 6),
          2,
          (d, scales, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.nibbles(codes, 0, 16, block, 2);
          });

  private static final ScaleFormat Q5_0 =
      new ScaleFormat(
          BLOCK,
          BLOCK,
          22,
          new Grid.Integers(-16, 15),
          0,
          new Tries(-13.5f, -0.4f, 9),
          new Tries(12.8f, 0.4f, 8),
          2,
          (d, scales, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.fifthBits(codes, block, 2);
            Packing.nibbles(codes, 0, 16, block, 6);
          });

  private static final ScaleFormat Q3_K =
      new ScaleFormat(
          SUPER_BLOCK,
          16,
          110,
          new Grid.Integers(-4, 3),
          -32,
          new Tries(-2.5f, -0.3f, 9),
          new Tries(2.2f, 0.3f, 6),
          2,
          (d, scales, at, codes, block) -> {
            Packing.bits(codes, 2, block, 0);
            Packing.pairs(codes, 0, block, 32);
            for (int j = 0; j < 8; j++) {
              int first = scales[at + j] + 32;
              int second = scales[at + j + 8] + 32;
              block[96 + j] = (byte) ((first & 15) | ((second & 15) << 4));
            }
            for (int j = 0; j < 4; j++) {
              int bits = 0;
              for (int k = 0; k < 4; k++) {
                bits |= ((scales[at + j + 4 * k] + 32) >> 4) << (2 * k);
              }
              block[104 + j] = (byte) bits;
            }
            Packing.half(block, 108, d);
          });

  private static final ScaleFormat Q6_K =
      new ScaleFormat(
          SUPER_BLOCK,
          16,
          210,
          new Grid.Integers(-32, 31),
          -128,
          new Tries(-28, -0.5f, 11),
          new Tries(27, 0.5f, 9),
          1,
          (d, scales, at, codes, block) -> {
            for (int half = 0; half < 2; half++) {
              Packing.nibbles(codes, 128 * half, 64, block, 64 * half);
            }
            Packing.pairs(codes, 4, block, 128);
            for (int j = 0; j < 16; j++) {
              block[192 + j] = (byte) scales[at + j];
            }
            Packing.half(block, 208, d);
          });

  private static final ScaleFormat IQ4_NL =
      new ScaleFormat(
          BLOCK,
          BLOCK,
          18,
          new Grid.Levels(LevelFormats.levels()),
          0,
          new Tries(-104, -8, 6),
          new Tries(100, 8, 4),
          2,
          (d, scales, at, codes, block) -> {
            Packing.half(block, 0, d);
            Packing.nibbles(codes, 0, 16, block, 2);
          });

  private static final ScaleFormat IQ4_XS =
      new ScaleFormat(
          SUPER_BLOCK,
          32,
          136,
          new Grid.Levels(LevelFormats.levels()),
          -32,
          new Tries(-104, -8, 6),
          new Tries(100, 8, 4),
          2,
          (d, scales, at, codes, block) -> {
            Packing.half(block, 0, d);
            int upper = 0;
            for (int j = 0; j < 8; j++) {
              upper |= ((scales[at + j] + 32) >> 4) << (2 * j);
            }
            block[2] = (byte) upper;
            block[3] = (byte) (upper >>> 8);
            for (int j = 0; j < 4; j++) {
              int first = scales[at + 2 * j] + 32;
              int second = scales[at + 2 * j + 1] + 32;
              block[4 + j] = (byte) ((first & 15) | ((second & 15) << 4));
            }
            for (int k = 0; k < 8; k++) {
              Packing.nibbles(codes, 32 * k, 16, block, 8 + 16 * k);
            }
          });

  private SearchEncoders() {}

  /**
   * Encodes Q2_K.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q2K(Supplier<FitLoops> loops) {
    return line(Q2_K, loops);
  }

  /**
   * Encodes Q4_K.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q4K(Supplier<FitLoops> loops) {
    return line(Q4_K, loops);
  }

  /**
   * Encodes Q5_K.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q5K(Supplier<FitLoops> loops) {
    return line(Q5_K, loops);
  }

  /**
   * Encodes Q4_1.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q4_1(Supplier<FitLoops> loops) {
    return line(Q4_1, loops);
  }

  /**
   * Encodes Q5_1.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q5_1(Supplier<FitLoops> loops) {
    return line(Q5_1, loops);
  }

  /**
   * Encodes Q4_0.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q4_0(Supplier<FitLoops> loops) {
    return scale(Q4_0, loops);
  }

  /**
   * Encodes Q5_0.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q5_0(Supplier<FitLoops> loops) {
    return scale(Q5_0, loops);
  }

  /**
   * Encodes Q3_K.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q3K(Supplier<FitLoops> loops) {
    return scale(Q3_K, loops);
  }

  /**
   * Encodes Q6_K.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder q6K(Supplier<FitLoops> loops) {
    return scale(Q6_K, loops);
  }

  /**
   * Encodes IQ4_NL.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder iq4Nl(Supplier<FitLoops> loops) {
    return scale(IQ4_NL, loops);
  }

  /**
   * Encodes IQ4_XS.
   *
   * @param loops gives the loops to work with, when asked to encode
   * @return an encoder, safe for any number of threads
   */
  public static RowEncoder iq4Xs(Supplier<FitLoops> loops) {
    return scale(IQ4_XS, loops);
  }

  private static RowEncoder line(LineFormat format, Supplier<FitLoops> loops) {
    return (src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks) ->
        new LineEncoder(loops.get(), format)
            .encode(src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks);
  }

  private static RowEncoder scale(ScaleFormat format, Supplier<FitLoops> loops) {
    return (src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks) ->
        new ScaleEncoder(loops.get(), format)
            .encode(src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks);
  }
}
