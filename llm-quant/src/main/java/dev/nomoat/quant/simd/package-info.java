/**
 * The inner loops of the products, on the Vector API, and their scalar twin.
 *
 * <p>The twin defines the result: both take the same rounding steps in the same order for every
 * row, so they agree to the last bit. The callers validate; here conditions are only asserted.
 *
 * <p>How C2 must be treated: a vector must stay a local variable, and a method must stay below the
 * compiler's node budget (some 60 to 80 vector operations). Beyond it, one call is no longer
 * inlined, its vectors become objects and the loop runs ten times slower. That is why sums go
 * through a small array between two methods, and why the methods that callers reach are larger than
 * 325 bytecodes, their assertions included: C2 does not inline those, so each is compiled by itself
 * with a budget of its own, whatever else the JVM has seen. A test that measures allocated bytes
 * guards this.
 */
@NullMarked
package dev.nomoat.quant.simd;

import org.jspecify.annotations.NullMarked;
