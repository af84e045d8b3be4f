/** Reads and writes JSON (RFC 8259) for conversations: requests, tools and their calls. */
@NullMarked
package dev.nomoat.chat.json;

import org.jspecify.annotations.NullMarked;
