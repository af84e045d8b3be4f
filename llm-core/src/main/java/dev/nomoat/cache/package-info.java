/**
 * Memory for keys and values, in pages that sequences take as they grow.
 *
 * <p>A page holds {@value dev.nomoat.cache.CacheShape#PAGE} positions of every layer of a class:
 * layers whose tokens see equally far back, so that the pages which no token sees any more can be
 * given back. Pages of all classes lie in frames of one size, so there is one budget, and a frame
 * that one class gives back serves another. Keys lie {@code [layer][head][number of the
 * head][position]}, so that the scores of a page's positions are computed side by side, one lane a
 * position, without a sum across lanes; values lie {@code [layer][head][chunk of 64
 * numbers][position][number]}, so that a chunk is one matrix of 64 rows side by side.
 *
 * <p>What the bytes of a page mean is said in one place, {@code PageLayout}; how numbers are
 * written there, plain or quantised, by a {@code PageFormat}.
 */
@NullMarked
package dev.nomoat.cache;

import org.jspecify.annotations.NullMarked;
