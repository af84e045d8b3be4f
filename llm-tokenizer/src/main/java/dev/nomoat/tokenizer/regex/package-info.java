/**
 * Regular expressions in the syntax of Oniguruma, as {@code tokenizer.json} files have them,
 * matched in time linear in the text.
 *
 * <p>A pattern becomes a non-deterministic automaton ({@link
 * dev.nomoat.tokenizer.regex.Automaton}). A text is passed over twice. Backwards, a deterministic
 * automaton that is built as it goes ({@link dev.nomoat.tokenizer.regex.LiveSets}) notes at every
 * place which states can still reach a match; look-ahead falls out of this pass, because whether an
 * expression matches at a place is just one more state. Forwards, every choice takes the
 * alternative that comes first among those noted to succeed, so there is no backtracking: all
 * matches of a text together cost one step for each code point they cover. Nothing recurses over
 * the text.
 *
 * <p>What cannot be done that way (back-references, atomic groups, look-behind at more than one
 * character) is refused by name.
 */
@NullMarked
package dev.nomoat.tokenizer.regex;

import org.jspecify.annotations.NullMarked;
