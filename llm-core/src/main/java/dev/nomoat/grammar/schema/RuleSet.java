package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.automaton.Rule;
import java.util.ArrayList;
import java.util.List;

/** The rules of a grammar under construction. */
final class RuleSet {
  private static final int MOST_RULES = 200_000;

  private final List<Rule> rules = new ArrayList<>();

  /** A rule whose body comes later. */
  int declare(String name) {
    if (rules.size() == MOST_RULES) {
      throw GrammarException.of("the schema takes more than %d rules".formatted(MOST_RULES));
    }
    rules.add(new Rule(name, Expression.NOTHING));
    return rules.size() - 1;
  }

  void define(int rule, Expression body) {
    rules.set(rule, new Rule(rules.get(rule).name(), body));
  }

  /** A rule, so that what is used in several places is there once. */
  Expression add(String name, Expression body) {
    int rule = declare(name);
    define(rule, body);
    return new Expression.Reference(rule);
  }

  List<Rule> rules() {
    return List.copyOf(rules);
  }
}
