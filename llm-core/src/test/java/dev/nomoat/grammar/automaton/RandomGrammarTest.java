package dev.nomoat.grammar.automaton;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.grammar.GrammarException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Small random grammars, on all short texts, against a matcher that tries everything. */
class RandomGrammarTest {
  private static final int LONGEST = 7;
  private static final List<String> TEXTS = texts();

  private static List<String> texts() {
    List<String> texts = new ArrayList<>(List.of(""));
    for (int i = 0; texts.get(i).length() < LONGEST; i++) {
      texts.add(texts.get(i) + "a");
      texts.add(texts.get(i) + "b");
    }
    return texts;
  }

  private static Expression random(Random random, int rules, int depth) {
    int kind = random.nextInt(depth > 3 ? 4 : 9);
    return switch (kind) {
      case 0 -> Expression.text("a");
      case 1 -> Expression.text("b");
      case 2 -> Expression.chars(CharSet.range('a', 'b'));
      case 3 -> new Expression.Reference(random.nextInt(rules));
      case 4, 5 ->
          Expression.sequence(random(random, rules, depth + 1), random(random, rules, depth + 1));
      case 6 ->
          Expression.choice(random(random, rules, depth + 1), random(random, rules, depth + 1));
      case 7 -> {
        int min = random.nextInt(3);
        yield new Expression.Repeat(random(random, rules, depth + 1), min, min + random.nextInt(3));
      }
      default ->
          new Expression.Repeat(
              random(random, rules, depth + 1), random.nextInt(4), Expression.UNBOUNDED);
    };
  }

  @Test
  void machineAgreesWithTryingEverything() {
    Random random = new Random(5);
    int compiled = 0;
    while (compiled < 1500) {
      List<Rule> rules = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        rules.add(new Rule("rule " + i, random(random, count, 0)));
      }
      Network network;
      try {
        network = Network.of(rules, 0, true);
      } catch (GrammarException e) {
        continue; // left-recursive, or it matches nothing
      }
      compiled++;
      check(rules, network, random.nextInt(3));
    }
  }

  private static void check(List<Rule> rules, Network network, int horizon) {
    Machine machine = new Machine(network, horizon);
    Set<String> beginnings = new HashSet<>();
    for (String text : TEXTS) {
      boolean expected = new Trial(rules, text).matches();
      State state = walk(machine, text);
      assertThat(state.accepting()).as("%s of %s", text, rules).isEqualTo(expected);
      if (expected) {
        for (int i = 0; i <= text.length(); i++) {
          beginnings.add(text.substring(0, i));
        }
      }
      checkRelaxed(machine, state, horizon);
    }
    for (String text : TEXTS) {
      State state = walk(machine, text);
      if (beginnings.contains(text)) {
        assertThat(state.dead()).as("%s of %s", text, rules).isFalse();
      }
      if (!state.dead()) {
        assertThat(ends(machine, state)).as("%s of %s", text, rules).isTrue();
      }
    }
  }

  private static State walk(Machine machine, String text) {
    State state = machine.start();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      state = machine.next(state, b);
    }
    return state;
  }

  /** A state and the one that stands for it take the same bytes as far as the horizon. */
  private static void checkRelaxed(Machine machine, State state, int horizon) {
    State relaxed = machine.relaxed(state);
    assertThat(machine.relaxed(relaxed)).isSameAs(relaxed);
    for (String text : TEXTS) {
      if (text.length() > horizon) {
        return;
      }
      State one = state;
      State other = relaxed;
      for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
        one = machine.next(one, b);
        other = machine.next(other, b);
      }
      assertThat(one.dead()).isEqualTo(other.dead());
      assertThat(one.accepting()).isEqualTo(other.accepting());
    }
  }

  /**
   * Whether the text can be completed from a state, or may be: that would take long to find out.
   */
  private static boolean ends(Machine machine, State from) {
    Set<State> seen = new HashSet<>(Set.of(from));
    List<State> left = new ArrayList<>(seen);
    for (int i = 0; i < left.size(); i++) {
      if (left.get(i).accepting() || i > 2000) {
        return true;
      }
      for (byte b : new byte[] {'a', 'b'}) {
        State next = machine.next(left.get(i), b);
        if (!next.dead() && seen.add(next)) {
          left.add(next);
        }
      }
    }
    return false;
  }

  /** Finds by trying where the parts of one text can end. */
  private static final class Trial {
    private final List<Rule> rules;
    private final String text;
    private final Map<List<Integer>, BitSet> known = new HashMap<>();

    Trial(List<Rule> rules, String text) {
      this.rules = rules;
      this.text = text;
    }

    boolean matches() {
      return ends(new Expression.Reference(0), 0).get(text.length());
    }

    private BitSet ends(Expression expression, int from) {
      BitSet ends = new BitSet();
      switch (expression) {
        case Expression.Chars(CharSet set) -> {
          if (from < text.length() && set.contains(text.charAt(from))) {
            ends.set(from + 1);
          }
        }
        case Expression.Literal(String literal) -> {
          if (text.startsWith(literal, from)) {
            ends.set(from + literal.length());
          }
        }
        case Expression.Reference(int rule) -> {
          BitSet before = known.get(List.of(rule, from));
          if (before != null) {
            return before;
          }
          ends = ends(rules.get(rule).body(), from);
          known.put(List.of(rule, from), ends);
        }
        case Expression.Choice(var alternatives) -> {
          for (Expression alternative : alternatives) {
            ends.or(ends(alternative, from));
          }
        }
        case Expression.Sequence(var parts) -> {
          ends.set(from);
          for (Expression part : parts) {
            ends = after(ends, part);
          }
        }
        case Expression.Repeat(Expression body, int min, int max) -> {
          BitSet now = new BitSet();
          now.set(from);
          // More times than there are chars, and then some that take nothing, add no end.
          int most = Math.min(max, min + text.length() + 1);
          for (int times = 0; times <= most; times++) {
            if (times >= min) {
              ends.or(now);
            }
            now = times < most ? after(now, body) : now;
          }
        }
      }
      return ends;
    }

    private BitSet after(BitSet froms, Expression expression) {
      BitSet ends = new BitSet();
      froms.stream().forEach(from -> ends.or(ends(expression, from)));
      return ends;
    }
  }
}
