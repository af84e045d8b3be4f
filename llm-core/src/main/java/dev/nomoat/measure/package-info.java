/**
 * How good a model is at a text, and what in it matters.
 *
 * <p>{@link dev.nomoat.measure.Perplexity} tells how well a model foresees a text, {@link
 * dev.nomoat.measure.Divergence} how far its predictions are from those of another model, such as
 * the one that it was quantised from, and {@link dev.nomoat.measure.ImportanceMatrix} which columns
 * of its matrices count most. All of them cut a text into chunks in the way of llama.cpp's tools,
 * so that figures can be compared; see {@link dev.nomoat.measure.MeasureOptions}.
 */
@NullMarked
package dev.nomoat.measure;

import org.jspecify.annotations.NullMarked;
