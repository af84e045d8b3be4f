package dev.nomoat.grammar.automaton;

/**
 * A rule of a grammar.
 *
 * @param name its name, for messages
 * @param body what it stands for
 */
public record Rule(String name, Expression body) {}
