/** Compiles JSON schemas, and the shape of JSON itself, to the rules of a grammar. */
@NullMarked
package dev.nomoat.grammar.schema;

import org.jspecify.annotations.NullMarked;
