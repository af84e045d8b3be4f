/**
 * Splitters of text into the pieces that byte-level BPE merges within, one file per family.
 *
 * <p>They do by hand, in one pass over UTF-8, what the families define by regular expressions, so
 * their time is linear in the text whatever the text is.
 */
@NullMarked
package dev.nomoat.tokenizer.pretokenize;

import org.jspecify.annotations.NullMarked;
