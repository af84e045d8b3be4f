/** WordPiece, the greedy algorithm of BERT. */
@NullMarked
package dev.nomoat.tokenizer.wordpiece;

import org.jspecify.annotations.NullMarked;
