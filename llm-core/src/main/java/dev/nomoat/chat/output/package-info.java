/**
 * Takes apart what models write: text for the user, reasoning, and calls of tools in the formats of
 * many families.
 *
 * <p>A {@link dev.nomoat.chat.output.OutputFormat} is known by the model's template. It says by
 * which marks reasoning and calls begin and end; {@link dev.nomoat.chat.output.OutputParser} finds
 * them while the text arrives, however it is cut into pieces, and {@link
 * dev.nomoat.chat.output.CallSyntax} reads the calls.
 */
@NullMarked
package dev.nomoat.chat.output;

import org.jspecify.annotations.NullMarked;
