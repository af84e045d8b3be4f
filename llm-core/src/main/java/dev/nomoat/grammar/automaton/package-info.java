/** Grammars over bytes: expressions, the network made of them, and the machine that walks it. */
@NullMarked
package dev.nomoat.grammar.automaton;

import org.jspecify.annotations.NullMarked;
