/**
 * Byte-pair encoding in its two kinds.
 *
 * <p>Both start from small symbols and keep merging the neighbours that come first: {@link
 * dev.nomoat.tokenizer.bpe.PieceMerger} does that and asks a {@link
 * dev.nomoat.tokenizer.bpe.MergeRule} what merges and in what order. {@link
 * dev.nomoat.tokenizer.bpe.ByteLevelEncoder} starts from the bytes of a pre-token and takes the
 * order from a merge list; {@link dev.nomoat.tokenizer.bpe.SentencePieceEncoder} starts from code
 * points and takes it from scores.
 */
@NullMarked
package dev.nomoat.tokenizer.bpe;

import org.jspecify.annotations.NullMarked;
