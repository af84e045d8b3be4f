package dev.nomoat.grammar.automaton;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.NetworkBuilder.IntList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Puts rules in an order in which each comes before those that it begins with, and refuses left
 * recursion, where there is none.
 */
final class LeftCalls {
  private static final int NEW = 0;
  private static final int OPEN = 1;
  private static final int DONE = 2;

  private final int[] order;
  private final int[] ranks;

  /**
   * Sorts.
   *
   * @param rules how many there are
   * @param begins by rule: those that it begins with
   * @param names their names
   * @throws GrammarException if a rule begins with itself
   */
  LeftCalls(int rules, Map<Integer, IntList> begins, IntFunction<String> names) {
    order = new int[rules];
    ranks = new int[rules];
    int last = rules;
    byte[] marks = new byte[rules];
    int[] next = new int[rules];
    IntList path = new IntList();
    IntList none = new IntList();
    for (int first = 0; first < rules; first++) {
      if (marks[first] != NEW) {
        continue;
      }
      path.add(first);
      marks[first] = OPEN;
      while (path.size() > 0) {
        int rule = path.get(path.size() - 1);
        IntList called = begins.getOrDefault(rule, none);
        if (next[rule] == called.size()) {
          marks[rule] = DONE;
          path.removeLast();
          order[--last] = rule;
          ranks[rule] = last;
          continue;
        }
        int callee = called.get(next[rule]++);
        if (marks[callee] == OPEN) {
          throw recursion(path, callee, names);
        }
        if (marks[callee] == NEW) {
          marks[callee] = OPEN;
          path.add(callee);
        }
      }
    }
  }

  private static GrammarException recursion(IntList path, int rule, IntFunction<String> names) {
    List<String> circle = new ArrayList<>();
    int at = path.size() - 1;
    circle.add(names.apply(rule));
    while (path.get(at) != rule) {
      circle.add(names.apply(path.get(at--)));
    }
    circle.add(names.apply(rule));
    Collections.reverse(circle);
    return GrammarException.of(
        "%s is left-recursive, it begins with itself: %s"
            .formatted(names.apply(rule), String.join(" -> ", circle)));
  }

  int[] ranks() {
    return ranks;
  }

  /** The rules in their order. */
  int[] rules() {
    return order;
  }
}
