/**
 * Grammars: what a model may write.
 *
 * <p>A {@link dev.nomoat.grammar.Grammar}, be it written in GBNF, as a JSON schema or as Java
 * records, is compiled to a network of states over bytes. A machine walks it, all ways at once, and
 * keeps each state that it has met. For each of those it finds the tokens that may follow by a walk
 * over the tree of the vocabulary, once, and keeps them as a mask of bits. The sampler drops all
 * other tokens before it chooses.
 *
 * <p>Repetitions are counted, not copied. A count that is farther from its bounds than the longest
 * token is long makes no difference to what may follow, so all such states share their mask.
 */
@NullMarked
package dev.nomoat.grammar;

import org.jspecify.annotations.NullMarked;
