/**
 * Reads and writes JSON (RFC 8259): files of tokenizers, requests to chat, tools and their calls.
 */
@NullMarked
package dev.nomoat.tokenizer.json;

import org.jspecify.annotations.NullMarked;
