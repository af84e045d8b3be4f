/**
 * The packed layouts: how weights lie in memory while the kernels read them.
 *
 * <p>A file stores a matrix row by row. A kernel that follows one row needs a sum across its vector
 * lanes at the end, and the order of that sum depends on the width of the vector. Here 64 rows are
 * interleaved instead: the same column of all 64 lies side by side, one lane is one row, and
 * columns are visited in ascending order. A row's product then takes the same rounding steps
 * whatever the vector width, the number of threads or the number of tokens in the batch.
 *
 * <p>A matrix is a sequence of groups of {@value dev.nomoat.quant.packed.PackedLayout#GROUP} rows;
 * the last one is filled up with zero rows. Inside a group, data lie in the order in which the
 * kernels consume them, so that decoding streams through memory once. All numbers are
 * little-endian.
 *
 * <p>The classes here are scalar: they define the layouts and are the specification of the vector
 * kernels.
 */
@NullMarked
package dev.nomoat.quant.packed;

import org.jspecify.annotations.NullMarked;
