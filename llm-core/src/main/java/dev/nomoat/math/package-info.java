/**
 * Tensor math that is not a product with weights: norms, rotary position embedding, activations,
 * attention.
 *
 * <p>Everything takes the same rounding steps for a token whatever else is in its batch. Where a
 * sum must run over many numbers it keeps {@value dev.nomoat.math.Reduction#LANES} partial sums and
 * adds those in one fixed tree, so that code for vectors of any width can do the same.
 */
@NullMarked
package dev.nomoat.math;

import org.jspecify.annotations.NullMarked;
