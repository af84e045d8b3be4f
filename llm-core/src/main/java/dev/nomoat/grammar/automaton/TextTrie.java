package dev.nomoat.grammar.automaton;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;

/** Makes one expression of many texts, so that what they have in common is there once. */
final class TextTrie {
  /** A node under construction: the texts from {@code from} to {@code to} share a beginning. */
  private record Open(int from, int to, int depth, List<Expression> siblings) {}

  private TextTrie() {}

  static Expression of(List<String> texts) {
    // Code points, not chars: an alternative must not begin with half a character.
    List<int[]> sorted = new ArrayList<>();
    for (String text : new TreeSet<>(texts)) {
      sorted.add(text.codePoints().toArray());
    }
    List<Expression> top = new ArrayList<>();
    Deque<Branch> branches = new ArrayDeque<>();
    Deque<Open> open = new ArrayDeque<>();
    open.push(new Open(0, sorted.size(), 0, top));
    while (!open.isEmpty()) {
      expand(sorted, open.pop(), open, branches);
    }
    // The deepest were made last.
    while (!branches.isEmpty()) {
      branches.pop().close();
    }
    return top.size() == 1 ? top.getFirst() : new Expression.Choice(top);
  }

  /** A beginning, and the place among its siblings that it will take with what follows. */
  private record Branch(
      String text, List<Expression> children, List<Expression> siblings, int place) {
    void close() {
      siblings.set(
          place,
          Expression.sequence(
              new Expression.Literal(text),
              children.size() == 1 ? children.getFirst() : new Expression.Choice(children)));
    }
  }

  private static void expand(
      List<int[]> sorted, Open node, Deque<Open> open, Deque<Branch> branches) {
    for (int from = node.from; from < node.to; ) {
      int[] first = sorted.get(from);
      if (first.length == node.depth) {
        node.siblings.add(Expression.EMPTY);
        from++;
        continue;
      }
      int to = from + 1;
      while (to < node.to && sorted.get(to)[node.depth] == first[node.depth]) {
        to++;
      }
      int end = to == from + 1 ? first.length : shared(sorted, from, to, node.depth);
      String text = new String(first, node.depth, end - node.depth);
      if (to == from + 1) {
        node.siblings.add(new Expression.Literal(text));
      } else {
        List<Expression> children = new ArrayList<>();
        branches.push(new Branch(text, children, node.siblings, node.siblings.size()));
        node.siblings.add(Expression.NOTHING);
        open.push(new Open(from, to, end, children));
      }
      from = to;
    }
  }

  /** Up to where texts are equal that are equal at a depth; the texts lie in order. */
  private static int shared(List<int[]> sorted, int from, int to, int depth) {
    int[] first = sorted.get(from);
    int[] last = sorted.get(to - 1);
    int end = depth;
    while (end < first.length && end < last.length && first[end] == last[end]) {
      end++;
    }
    return end;
  }
}
