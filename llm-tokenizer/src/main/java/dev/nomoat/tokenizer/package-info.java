/**
 * Text to token ids and back.
 *
 * <p>A {@link dev.nomoat.tokenizer.Tokenizer} is made of a {@link
 * dev.nomoat.tokenizer.TokenizerSpec}: a vocabulary, an algorithm and the ids of the special
 * tokens. It encodes a text in three steps. Special tokens are cut out, the longest of those at the
 * first place where one matches: user-defined ones always, control tokens only when the caller asks
 * for {@link dev.nomoat.tokenizer.SpecialTokens#PARSE}. What is between them goes to the algorithm,
 * which knows nothing of special tokens and never makes a control token. Ids come out in the order
 * of the text.
 *
 * <p>{@link dev.nomoat.tokenizer.StreamingDecoder} turns ids into text while they arrive.
 */
@NullMarked
package dev.nomoat.tokenizer;

import org.jspecify.annotations.NullMarked;
