/**
 * Memory for keys and values, in pages that sequences take as they grow.
 *
 * <p>A page holds {@value dev.nomoat.cache.CacheShape#PAGE} positions of every layer. Keys lie
 * {@code [layer][head][number of the head][position]}, so that the scores of a page's positions are
 * computed side by side, one lane a position, without a sum across lanes; values lie {@code
 * [layer][head][chunk of 64 numbers][position][number]}, so that a chunk is one matrix of 64 rows
 * side by side.
 */
@NullMarked
package dev.nomoat.cache;

import org.jspecify.annotations.NullMarked;
