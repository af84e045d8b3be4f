package dev.nomoat.grammar.automaton;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression.Reference;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws the states and edges of a grammar's rules (K. Thompson, "Regular Expression Search
 * Algorithm", 1968, with edges that call other rules). Nothing here recurses: expressions may nest
 * as deep as memory has room.
 */
final class NetworkBuilder {
  /** The most states of a grammar. */
  static final int MOST_STATES = 1 << 21;

  /** How often a single character is copied, where a counter would cost more. */
  private static final int MOST_COPIES = 8;

  /** Something to draw between two states. */
  private record Task(Expression expression, int from, int to, int rule) {}

  private final Deque<Task> tasks = new ArrayDeque<>();
  private final Map<ByteSet, Integer> setIds = new HashMap<>();
  private final Map<CharSet, List<ByteSet[]>> encodings = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final int declared;

  final List<ByteSet> sets = new ArrayList<>();
  final IntList starts = new IntList();
  final IntList ends = new IntList();

  /** By state: the targets of edges that take nothing. */
  final Adjacency empty = new Adjacency();

  /** By state: pairs of a set of bytes and the target. */
  final Adjacency bytes = new Adjacency();

  /** By state: calls. */
  final Adjacency calls = new Adjacency();

  final IntList callRules = new IntList();
  final IntList callFroms = new IntList();
  final IntList callTos = new IntList();
  final IntList callMins = new IntList();
  final IntList callMaxes = new IntList();
  private int states;

  NetworkBuilder(List<Rule> rules) {
    declared = rules.size();
    for (Rule rule : rules) {
      declare(rule.name());
    }
    for (int i = 0; i < declared; i++) {
      push(rules.get(i).body(), starts.get(i), ends.get(i), i);
    }
    while (!tasks.isEmpty()) {
      draw(tasks.pop());
    }
  }

  int states() {
    return states;
  }

  int rules() {
    return names.size();
  }

  String name(int rule) {
    return names.get(rule);
  }

  private int declare(String name) {
    names.add(name);
    starts.add(state());
    ends.add(state());
    return names.size() - 1;
  }

  private int state() {
    if (states == MOST_STATES) {
      throw GrammarException.of("the grammar takes more than %d states".formatted(MOST_STATES));
    }
    empty.addRow();
    bytes.addRow();
    calls.addRow();
    return states++;
  }

  private void push(Expression expression, int from, int to, int rule) {
    tasks.push(new Task(expression, from, to, rule));
  }

  /** No edge is ever added that leads back to {@code from} or on from {@code to}. */
  private void draw(Task task) {
    int from = task.from;
    int to = task.to;
    switch (task.expression) {
      case Expression.Chars chars -> drawChars(chars.set(), from, to);
      case Expression.Literal literal -> drawText(literal.text(), from, to);
      case Reference(int rule) -> {
        if (rule < 0 || rule >= declared) {
          throw new IllegalArgumentException("rule %d of %d".formatted(rule, declared));
        }
        call(rule, from, to, 1, 1);
      }
      case Expression.Sequence(var parts) -> {
        int at = from;
        for (int i = 0; i < parts.size(); i++) {
          int next = i == parts.size() - 1 ? to : state();
          push(parts.get(i), at, next, task.rule);
          at = next;
        }
        if (parts.isEmpty()) {
          empty.add(from, to);
        }
      }
      case Expression.Choice(var alternatives) -> {
        for (Expression alternative : alternatives) {
          push(alternative, from, to, task.rule);
        }
      }
      case Expression.Repeat repeat -> drawRepeat(repeat, task);
    }
  }

  private void drawRepeat(Expression.Repeat repeat, Task task) {
    int from = task.from;
    int to = task.to;
    Expression body = repeat.body();
    int min = repeat.min();
    int max = repeat.max();
    if (max == 0) {
      empty.add(from, to);
    } else if (max == 1) {
      if (min == 0) {
        empty.add(from, to);
      }
      push(body, from, to, task.rule);
    } else if (max == Expression.UNBOUNDED && min <= 1) {
      int loop = state();
      int end = state();
      empty.add(from, loop);
      push(body, loop, end, task.rule);
      empty.add(end, loop);
      empty.add(min == 0 ? loop : end, to);
    } else if (body instanceof Expression.Chars && max <= MOST_COPIES) {
      int at = from;
      for (int i = 0; i < max; i++) {
        if (i >= min) {
          empty.add(at, to);
        }
        int next = i == max - 1 ? to : state();
        push(body, at, next, task.rule);
        at = next;
      }
    } else {
      int rule = declare("a repetition in " + names.get(task.rule));
      push(body, starts.get(rule), ends.get(rule), rule);
      call(rule, from, to, min, max);
    }
  }

  private void call(int rule, int from, int to, int min, int max) {
    calls.add(from, callRules.size());
    callRules.add(rule);
    callFroms.add(from);
    callTos.add(to);
    callMins.add(min);
    callMaxes.add(max);
  }

  private void drawText(String text, int from, int to) {
    byte[] utf8 = Utf8.encode(text);
    if (utf8.length == 0) {
      empty.add(from, to);
    }
    int at = from;
    for (int i = 0; i < utf8.length; i++) {
      int next = i == utf8.length - 1 ? to : state();
      edge(at, ByteSet.range(utf8[i] & 0xFF, utf8[i] & 0xFF), next);
      at = next;
    }
  }

  /** The encodings of a set share their ends. */
  private void drawChars(CharSet set, int from, int to) {
    Map<List<Object>, Integer> shared = new HashMap<>();
    for (ByteSet[] sequence : encodings.computeIfAbsent(set, Utf8Ranges::of)) {
      int next = to;
      for (int i = sequence.length - 1; i > 0; i--) {
        int target = next;
        ByteSet label = sequence[i];
        next =
            shared.computeIfAbsent(
                List.of(label, target),
                _ -> {
                  int state = state();
                  edge(state, label, target);
                  return state;
                });
      }
      edge(from, sequence[0], next);
    }
  }

  private void edge(int from, ByteSet label, int to) {
    int id =
        setIds.computeIfAbsent(
            label,
            set -> {
              sets.add(set);
              return sets.size() - 1;
            });
    bytes.add(from, id);
    bytes.add(from, to);
  }

  /** A growing list of numbers. */
  static final class IntList {
    private int[] items = new int[16];
    private int size;

    void add(int item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, size * 2);
      }
      items[size++] = item;
    }

    int get(int i) {
      return items[i];
    }

    void set(int i, int item) {
      items[i] = item;
    }

    int removeLast() {
      return items[--size];
    }

    int size() {
      return size;
    }

    int[] toArray() {
      return Arrays.copyOf(items, size);
    }
  }

  /** For each of a growing number of rows a list of numbers, in one array. */
  static final class Adjacency {
    private static final int END = -1;

    private final IntList heads = new IntList();
    private final IntList tails = new IntList();
    private final IntList nexts = new IntList();
    private final IntList items = new IntList();

    void addRow() {
      heads.add(END);
      tails.add(END);
    }

    void add(int row, int item) {
      int at = items.size();
      items.add(item);
      nexts.add(END);
      if (heads.get(row) == END) {
        heads.set(row, at);
      } else {
        nexts.set(tails.get(row), at);
      }
      tails.set(row, at);
    }

    /** The rows as arrays. */
    int[][] toArrays() {
      int[][] rows = new int[heads.size()][];
      IntList row = new IntList();
      for (int i = 0; i < rows.length; i++) {
        row.size = 0;
        for (int at = heads.get(i); at != END; at = nexts.get(at)) {
          row.add(items.get(at));
        }
        rows[i] = row.toArray();
      }
      return rows;
    }
  }
}
