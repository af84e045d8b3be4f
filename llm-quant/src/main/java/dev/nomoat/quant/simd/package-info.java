/**
 * The inner loops of the products, on the Vector API, and their scalar twin.
 *
 * <p>The twin defines the result: both take the same rounding steps in the same order for every
 * row, so they agree to the last bit. The callers validate; here conditions are only asserted.
 *
 * <p>How C2 must be treated: a vector must stay a local variable, and no method of ours may take or
 * return one. Beyond a node budget (some 60 to 80 vector operations) C2 stops inlining such
 * methods, their vectors become objects and the loop runs ten times slower; only the Vector API's
 * own methods, which are marked for it, are inlined without limit. That is why the loops here spell
 * out what helpers would say once, and why raw sums go through a small array from one method to the
 * next. A test that measures allocated bytes guards this.
 */
@NullMarked
package dev.nomoat.quant.simd;

import org.jspecify.annotations.NullMarked;
