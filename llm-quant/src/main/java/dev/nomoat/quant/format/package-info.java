/**
 * The block formats of ggml as scalar code, one file per family: the specification that every other
 * implementation in this module is tested against.
 *
 * <p>Layouts are those of ggml's {@code ggml-common.h}; all numbers in a block are little-endian.
 * {@code F16} stands for IEEE 754 binary16. Families:
 *
 * <ul>
 *   <li>{@link dev.nomoat.quant.format.FloatFormats}: F32, F16, BF16, one number each;
 *   <li>{@link dev.nomoat.quant.format.SymmetricFormats}: Q8_0, Q4_0, Q5_0, {@code x = d·q};
 *   <li>{@link dev.nomoat.quant.format.AffineFormats}: Q4_1, Q5_1, {@code x = d·q + m};
 *   <li>{@link dev.nomoat.quant.format.KFormats}: Q4_K, Q5_K, Q6_K, super-blocks of 256 whose
 *       sub-blocks have scales of their own.
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
