/**
 * Chooses the next token from the logits of the model.
 *
 * <p>{@link dev.nomoat.sample.Sampler} holds one generation's chain: steps that change or drop
 * candidates, in a fixed order, and a choice among what they leave. A step sees all of this through
 * {@link dev.nomoat.sample.Candidates}, which keeps the whole vocabulary implicit until a step has
 * narrowed it, so that the usual chain passes over a large vocabulary twice and over the survivors
 * otherwise.
 *
 * <p>The same logits, history and seed give the same token on every machine: probabilities are
 * {@code double}s made with {@link java.lang.StrictMath} and added up in a fixed order, candidates
 * of equal logits rank by id, the lower first, and the random numbers are those of {@link
 * dev.nomoat.sample.SplitMix64}.
 */
@NullMarked
package dev.nomoat.sample;

import org.jspecify.annotations.NullMarked;
