/** The unigram language model of SentencePiece. */
@NullMarked
package dev.nomoat.tokenizer.unigram;

import org.jspecify.annotations.NullMarked;
