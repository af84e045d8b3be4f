/** Java records as JSON: the schema of a record's type, and the record of a text. */
@NullMarked
package dev.nomoat.grammar.record;

import org.jspecify.annotations.NullMarked;
