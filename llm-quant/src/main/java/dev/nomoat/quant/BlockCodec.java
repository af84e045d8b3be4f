package dev.nomoat.quant;

import dev.nomoat.quant.encode.SearchEncoders;
import dev.nomoat.quant.format.AffineFormats;
import dev.nomoat.quant.format.FloatFormats;
import dev.nomoat.quant.format.Iq1Format;
import dev.nomoat.quant.format.Iq2Format;
import dev.nomoat.quant.format.Iq3Format;
import dev.nomoat.quant.format.KFormats;
import dev.nomoat.quant.format.LevelFormats;
import dev.nomoat.quant.format.MicroscalingFormats;
import dev.nomoat.quant.format.RowDecoder;
import dev.nomoat.quant.format.RowEncoder;
import dev.nomoat.quant.format.SymmetricFormats;
import dev.nomoat.quant.format.TernaryFormats;
import dev.nomoat.quant.simd.FitLoops;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decodes and encodes rows of one tensor type, exactly and without haste: what the bytes mean,
 * against which the fast products are tested.
 *
 * <p>Decoding gives the same bits as ggml's {@code dequantize_row_*}, for every block whose scales
 * are finite. Encoding F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, MXFP4, TQ1_0 and TQ2_0 gives the
 * same bits as ggml's {@code quantize_row_*_ref}, and refuses what that leaves undefined. For the
 * K-quants, IQ4_NL and IQ4_XS, and with an importance of each number also for Q4_0, Q4_1, Q5_0 and
 * Q5_1, scales are searched for in a way of our own; the same numbers give the same bits, on every
 * machine and however they are cut into calls. {@link #canEncode()} tells for which types there is
 * an encoder. Layouts: {@code ggml-common.h} of <a
 * href="https://github.com/ggml-org/ggml">ggml</a>.
 *
 * <p>A codec has no state: share it between threads. It keeps no reference to what it is given, and
 * needs no alignment.
 */
public final class BlockCodec {

  private final TensorType type;
  private final RowDecoder decoder;
  private final @Nullable RowEncoder encoder;

  private BlockCodec(TensorType type, RowDecoder decoder, @Nullable RowEncoder encoder) {
    this.type = type;
    this.decoder = decoder;
    this.encoder = encoder;
  }

  /**
   * The codec of a type.
   *
   * @param type the type of the blocks
   * @return its codec
   * @throws IllegalArgumentException if there is none; see {@link #supports}
   */
  public static BlockCodec of(TensorType type) {
    return of(type, Kernels::best);
  }

  /** The codec of a type that encodes with the loops of some kernels. */
  static BlockCodec of(TensorType type, Supplier<Kernels> kernels) {
    return find(type, () -> kernels.get().fitLoops())
        .orElseThrow(() -> new IllegalArgumentException("no codec for %s".formatted(type)));
  }

  /**
   * Tells whether there is a codec for a type.
   *
   * @param type any type
   * @return true if {@link #of} returns a codec for it
   */
  public static boolean supports(TensorType type) {
    return find(type, () -> Kernels.best().fitLoops()).isPresent();
  }

  private static Optional<BlockCodec> find(TensorType type, Supplier<FitLoops> loops) {
    return Optional.ofNullable(
        switch (type) {
          case F32 ->
              new BlockCodec(
                  type, FloatFormats::decodeF32, RowEncoder.rounding(FloatFormats::encodeF32));
          case F16 ->
              new BlockCodec(
                  type, FloatFormats::decodeF16, RowEncoder.rounding(FloatFormats::encodeF16));
          case BF16 ->
              new BlockCodec(
                  type, FloatFormats::decodeBF16, RowEncoder.rounding(FloatFormats::encodeBF16));
          case Q8_0 ->
              new BlockCodec(
                  type,
                  SymmetricFormats::decodeQ8_0,
                  RowEncoder.rounding(SymmetricFormats::encodeQ8_0));
          case Q4_0 ->
              new BlockCodec(
                  type,
                  SymmetricFormats::decodeQ4_0,
                  RowEncoder.searching(SymmetricFormats::encodeQ4_0, SearchEncoders.q4_0(loops)));
          case Q5_0 ->
              new BlockCodec(
                  type,
                  SymmetricFormats::decodeQ5_0,
                  RowEncoder.searching(SymmetricFormats::encodeQ5_0, SearchEncoders.q5_0(loops)));
          case Q4_1 ->
              new BlockCodec(
                  type,
                  AffineFormats::decodeQ4_1,
                  RowEncoder.searching(AffineFormats::encodeQ4_1, SearchEncoders.q4_1(loops)));
          case Q5_1 ->
              new BlockCodec(
                  type,
                  AffineFormats::decodeQ5_1,
                  RowEncoder.searching(AffineFormats::encodeQ5_1, SearchEncoders.q5_1(loops)));
          case Q4_K -> new BlockCodec(type, KFormats::decodeQ4_K, SearchEncoders.q4K(loops));
          case Q5_K -> new BlockCodec(type, KFormats::decodeQ5_K, SearchEncoders.q5K(loops));
          case Q6_K -> new BlockCodec(type, KFormats::decodeQ6_K, SearchEncoders.q6K(loops));
          case Q2_K -> new BlockCodec(type, KFormats::decodeQ2_K, SearchEncoders.q2K(loops));
          case Q3_K -> new BlockCodec(type, KFormats::decodeQ3_K, SearchEncoders.q3K(loops));
          case Q8_K -> new BlockCodec(type, KFormats::decodeQ8_K, null);
          case Q8_1 -> new BlockCodec(type, SymmetricFormats::decodeQ8_1, null);
          case IQ1_S -> new BlockCodec(type, Iq1Format.S, null);
          case IQ1_M -> new BlockCodec(type, Iq1Format.M, null);
          case IQ2_XXS -> new BlockCodec(type, Iq2Format.XXS, null);
          case IQ2_XS -> new BlockCodec(type, Iq2Format.XS, null);
          case IQ2_S -> new BlockCodec(type, Iq2Format.S, null);
          case IQ3_XXS -> new BlockCodec(type, Iq3Format.XXS, null);
          case IQ3_S -> new BlockCodec(type, Iq3Format.S, null);
          case IQ4_NL ->
              new BlockCodec(type, LevelFormats::decodeIQ4_NL, SearchEncoders.iq4Nl(loops));
          case IQ4_XS ->
              new BlockCodec(type, LevelFormats::decodeIQ4_XS, SearchEncoders.iq4Xs(loops));
          case TQ1_0 ->
              new BlockCodec(
                  type,
                  TernaryFormats::decodeTQ1_0,
                  RowEncoder.rounding(TernaryFormats::encodeTQ1_0));
          case TQ2_0 ->
              new BlockCodec(
                  type,
                  TernaryFormats::decodeTQ2_0,
                  RowEncoder.rounding(TernaryFormats::encodeTQ2_0));
          case MXFP4 ->
              new BlockCodec(
                  type,
                  MicroscalingFormats::decodeMXFP4,
                  RowEncoder.rounding(MicroscalingFormats::encodeMXFP4));
          case NVFP4 -> new BlockCodec(type, MicroscalingFormats::decodeNVFP4, null);
          case I8, I16, I32, I64, F64 -> null;
        });
  }

  /**
   * The type of the blocks.
   *
   * @return the type this codec was made for
   */
  public TensorType type() {
    return type;
  }

  /**
   * Tells whether {@code encode} exists for this type. It does for F32, F16, BF16, Q8_0, Q4_0,
   * Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4, TQ1_0 and TQ2_0.
   *
   * @return true if it does
   */
  public boolean canEncode() {
    return encoder != null;
  }

  /**
   * Decodes {@code count} numbers.
   *
   * @param src holds the blocks
   * @param srcOffset where the first block starts, in bytes
   * @param dst receives the numbers
   * @param dstOffset where the first number goes
   * @param count how many numbers: a multiple of {@link TensorType#blockElements()}, may be 0
   * @throws IllegalArgumentException if the count is negative or not a multiple of the block, or if
   *     the blocks are not all inside {@code src} or the numbers not all inside {@code dst}
   */
  public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
    int blocks = checkRanges(src, srcOffset, dst, dstOffset, count);
    decoder.decode(src, srcOffset, dst, dstOffset, blocks);
  }

  /**
   * Encodes {@code count} numbers. F32 is copied; F16 and BF16 are rounded to nearest, ties to
   * even, and may become infinite. The quantised types take finite numbers only, and only as large
   * as their scales and minima allow; blocks before the first that does not comply may have been
   * written.
   *
   * @param src holds the numbers
   * @param srcOffset where the first number is
   * @param dst receives the blocks
   * @param dstOffset where the first block goes, in bytes
   * @param count how many numbers: a multiple of {@link TensorType#blockElements()}, may be 0
   * @throws IllegalArgumentException if the type has no encoder, if the count is negative or not a
   *     multiple of the block, if the numbers are not all inside {@code src} or the blocks not all
   *     inside {@code dst}, if {@code dst} is read-only, or if a number cannot be quantised
   */
  public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int count) {
    RowEncoder present = encoder();
    int blocks = checkDestination(src, srcOffset, dst, dstOffset, count);
    present.encode(src, srcOffset, null, 0, dst, dstOffset, blocks);
  }

  /**
   * Encodes {@code count} numbers, of which some matter more than others: makes the sum of {@code
   * importance · error²} small, where a number's size counts too. For the weights of a matrix, the
   * importance of a column is the mean square of the activations that it is multiplied with.
   *
   * <p>Makes no difference to F32, F16, BF16, Q8_0, MXFP4, TQ1_0 and TQ2_0, whose numbers are
   * rounded. In a block whose importances are all 0, all count the same. Only ratios matter.
   *
   * @param src holds the numbers
   * @param srcOffset where the first number is
   * @param importance holds the importance of each number, finite and not negative
   * @param importanceOffset where the importance of the first number is
   * @param dst receives the blocks
   * @param dstOffset where the first block goes, in bytes
   * @param count how many numbers: a multiple of {@link TensorType#blockElements()}, may be 0
   * @throws IllegalArgumentException as without importance, and if an importance is negative or not
   *     finite, or if the importances are not all inside their array; then nothing was written
   */
  public void encode(
      float[] src,
      int srcOffset,
      float[] importance,
      int importanceOffset,
      MemorySegment dst,
      long dstOffset,
      int count) {
    RowEncoder present = encoder();
    int blocks = checkDestination(src, srcOffset, dst, dstOffset, count);
    checkRange("importance", importanceOffset, count, importance.length);
    for (int i = 0; i < count; i++) {
      float weight = importance[importanceOffset + i];
      if (!(weight >= 0 && weight <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "importance %d is %s: it must be finite and not negative"
                .formatted(importanceOffset + i, weight));
      }
    }
    present.encode(src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks);
  }

  private RowEncoder encoder() {
    if (encoder == null) {
      throw new IllegalArgumentException("no encoder for %s".formatted(type));
    }
    return encoder;
  }

  /** Returns the number of blocks that {@code count} numbers take. */
  private int checkDestination(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int count) {
    if (dst.isReadOnly()) {
      throw new IllegalArgumentException("the destination is read-only");
    }
    return checkRanges(dst, dstOffset, src, srcOffset, count);
  }

  /** Returns the number of blocks that {@code count} numbers take. */
  private int checkRanges(
      MemorySegment bytes, long byteOffset, float[] numbers, int offset, int count) {
    if (count < 0 || count % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "%s is coded in multiples of %d elements, not %d"
              .formatted(type, type.blockElements(), count));
    }
    int blocks = count / type.blockElements();
    long byteCount = (long) blocks * type.blockBytes();
    checkRange("byte", byteOffset, byteCount, bytes.byteSize());
    checkRange("element", offset, count, numbers.length);
    return blocks;
  }

  private static void checkRange(String unit, long offset, long length, long size) {
    if (offset < 0 || offset > size || length > size - offset) {
      throw new IllegalArgumentException(
          "%d %ss from %s %d exceed the %d there are".formatted(length, unit, unit, offset, size));
    }
  }
}
