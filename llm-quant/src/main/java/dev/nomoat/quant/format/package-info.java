/**
 * The block formats of ggml as scalar code, one file per family: the specification that every other
 * implementation in this module is tested against.
 *
 * <p>Layouts are those of ggml's {@code ggml-common.h}; all numbers in a block are little-endian.
 * {@code F16} stands for IEEE 754 binary16. Families:
 *
 * <ul>
 *   <li>{@link dev.nomoat.quant.format.FloatFormats}: F32, F16, BF16, one number each;
 *   <li>{@link dev.nomoat.quant.format.SymmetricFormats}: Q8_0, Q8_1, Q4_0, Q5_0, {@code x = d·q};
 *   <li>{@link dev.nomoat.quant.format.AffineFormats}: Q4_1, Q5_1, {@code x = d·q + m};
 *   <li>{@link dev.nomoat.quant.format.KFormats}: Q2_K to Q6_K and Q8_K, super-blocks of 256 whose
 *       sub-blocks have scales of their own;
 *   <li>{@link dev.nomoat.quant.format.LevelFormats}: IQ4_NL, IQ4_XS, codes of 16 uneven levels;
 *   <li>{@link dev.nomoat.quant.format.MicroscalingFormats}: MXFP4, NVFP4, 4-bit floating point;
 *   <li>{@link dev.nomoat.quant.format.TernaryFormats}: TQ1_0, TQ2_0;
 *   <li>{@link dev.nomoat.quant.format.Iq1Format}, {@link dev.nomoat.quant.format.Iq2Format},
 *       {@link dev.nomoat.quant.format.Iq3Format}: points of codebooks.
 * </ul>
 *
 * <p>Decoding is exact: every product of scales and quants here fits the 24-bit significand of a
 * float, so {@code d·q} is never rounded, and where a minimum is added the sum is rounded once. A
 * fused multiply-add, or another order of the factors, therefore gives the same bits.
 *
 * <p>The methods here trust their callers: {@link dev.nomoat.quant.BlockCodec} is the checked door.
 */
@NullMarked
package dev.nomoat.quant.format;

import org.jspecify.annotations.NullMarked;
