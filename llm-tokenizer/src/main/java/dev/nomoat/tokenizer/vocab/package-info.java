/**
 * What every tokenizer algorithm shares: UTF-8 text, the table of token bytes, the index from bytes
 * to ids, and the matcher of special tokens. Nothing here knows an algorithm.
 */
@NullMarked
package dev.nomoat.tokenizer.vocab;

import org.jspecify.annotations.NullMarked;
