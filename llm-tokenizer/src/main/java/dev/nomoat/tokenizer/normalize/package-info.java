/**
 * Steps that rewrite text before it is split: Unicode normal forms, case, accents, white space, and
 * the precompiled character maps of SentencePiece. Each takes time linear in the text, and each
 * knows for every byte that it writes where in the text that came from.
 */
@NullMarked
package dev.nomoat.tokenizer.normalize;

import org.jspecify.annotations.NullMarked;
