/**
 * Encoders that search for the scales of blocks: those of the K-quants, of IQ4_NL and IQ4_XS, and,
 * with an importance of each number, of Q4_0, Q4_1, Q5_0 and Q5_1.
 *
 * <p>A block is cut into sub-blocks with a scale each, and in some formats a minimum. A {@link
 * dev.nomoat.quant.encode.ScaleSearch} or {@link dev.nomoat.quant.encode.LineSearch} finds the best
 * real ones of each sub-block; {@link dev.nomoat.quant.encode.ScaleEncoder} and {@link
 * dev.nomoat.quant.encode.LineEncoder} make integers of them: they choose the F16 scale of all, try
 * the integers next to the nearest ones, and at last draw the best F16 scale again from all that is
 * chosen by then.
 *
 * <p>Sub-blocks are worked on side by side, one in each lane of a vector ({@link
 * dev.nomoat.quant.encode.SubBlocks}), with the loops of {@link dev.nomoat.quant.simd.FitLoops}.
 */
@NullMarked
package dev.nomoat.quant.encode;

import org.jspecify.annotations.NullMarked;
