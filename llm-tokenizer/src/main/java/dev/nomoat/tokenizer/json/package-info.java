/** A small, strict reader of JSON (RFC 8259) that does not recurse. */
@NullMarked
package dev.nomoat.tokenizer.json;

import org.jspecify.annotations.NullMarked;
