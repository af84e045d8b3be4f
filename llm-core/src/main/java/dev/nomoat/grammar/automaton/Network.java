package dev.nomoat.grammar.automaton;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.NetworkBuilder.IntList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A grammar as states and edges: what a {@link Machine} walks. An edge takes a byte of a set,
 * nothing, or what a rule takes, once or a counted number of times.
 *
 * <p>States from which a rule's end cannot be reached have been cut off, so whatever can be begun
 * can be completed. No rule begins with itself, so the rules can be put in an order in which each
 * comes before those that it begins with. Immutable but for caches; thread-safe.
 */
public final class Network {
  /** Numbers in all closures: as many as 64 MB hold. */
  private static final long MOST_NUMBERS = 16 << 20;

  private final int[][] empty;
  private final int[][] bytes;
  private final int[][] calls;
  private final int[] callRules;
  private final int[] callTos;
  private final int[] callMins;
  private final int[] callMaxes;
  private final int[] starts;
  private final int[] ends;
  private final int[] ranks;
  private final int[] rulesByRank;
  private final boolean[] passable; // calls that may take nothing
  private final int root;

  private final byte[] classOfByte = new byte[ByteSet.SIZE];
  private final int classes;
  private final ByteSet[] classSets; // by set of bytes: the classes in it
  private final Closure[] closures; // each made when first needed; making one twice does no harm
  private final AtomicLong closureNumbers = new AtomicLong(); // in all of them

  private Network(NetworkBuilder builder, int root, boolean strict) {
    this.root = root;
    empty = builder.empty.toArrays();
    bytes = builder.bytes.toArrays();
    calls = builder.calls.toArrays();
    callRules = builder.callRules.toArray();
    callTos = builder.callTos.toArray();
    callMins = builder.callMins.toArray();
    callMaxes = builder.callMaxes.toArray();
    starts = builder.starts.toArray();
    ends = builder.ends.toArray();
    closures = new Closure[empty.length];
    BitSet used = used();
    cutOff(builder, strict ? used : rule(root));
    passable = new boolean[callRules.length];
    findPassable();
    Map<Integer, IntList> begins = begins();
    LeftCalls order = new LeftCalls(starts.length, begins, builder::name);
    ranks = order.ranks();
    rulesByRank = order.rules();
    classes = classify(builder.sets);
    classSets = new ByteSet[builder.sets.size()];
    for (int i = 0; i < classSets.length; i++) {
      classSets[i] = classSet(builder.sets.get(i));
    }
  }

  /**
   * Compiles a grammar.
   *
   * @param rules its rules; references are indexes of this list
   * @param root the rule that a whole text matches
   * @param strict whether every rule in use must match some text; else what cannot is left out
   * @return the network
   * @throws GrammarException if a rule begins with itself or matches no text, or the grammar is too
   *     large
   */
  public static Network of(List<Rule> rules, int root, boolean strict) {
    return new Network(new NetworkBuilder(rules), root, strict);
  }

  private static BitSet rule(int rule) {
    BitSet set = new BitSet();
    set.set(rule);
    return set;
  }

  /** The rules that the root needs. */
  private BitSet used() {
    BitSet used = rule(root);
    IntList left = new IntList();
    left.add(root);
    BitSet seen = new BitSet();
    while (left.size() > 0) {
      IntList states = new IntList();
      states.add(starts[left.removeLast()]);
      while (states.size() > 0) {
        int state = states.removeLast();
        if (seen.get(state)) {
          continue;
        }
        seen.set(state);
        for (int to : empty[state]) {
          states.add(to);
        }
        for (int i = 1; i < bytes[state].length; i += 2) {
          states.add(bytes[state][i]);
        }
        for (int call : calls[state]) {
          states.add(callTos[call]);
          if (!used.get(callRules[call])) {
            used.set(callRules[call]);
            left.add(callRules[call]);
          }
        }
      }
    }
    return used;
  }

  /** Takes away edges to states that cannot reach the end of their rule. */
  private void cutOff(NetworkBuilder builder, BitSet needed) {
    BitSet live = live(builder);
    for (int rule = needed.nextSetBit(0); rule >= 0; rule = needed.nextSetBit(rule + 1)) {
      if (!live.get(starts[rule])) {
        throw GrammarException.of("no text matches " + builder.name(rule));
      }
    }
    for (int state = 0; state < empty.length; state++) {
      empty[state] = Arrays.stream(empty[state]).filter(live::get).toArray();
      calls[state] = Arrays.stream(calls[state]).filter(c -> live.get(callTos[c])).toArray();
      int[] edges = bytes[state];
      int kept = 0;
      for (int i = 0; i < edges.length; i += 2) {
        if (live.get(edges[i + 1])) {
          edges[kept++] = edges[i];
          edges[kept++] = edges[i + 1];
        }
      }
      bytes[state] = Arrays.copyOf(edges, kept);
    }
    for (int call = 0; call < callRules.length; call++) {
      if (!live.get(starts[callRules[call]])) {
        callMaxes[call] = 0; // what is called cannot be, so it occurs no time
      }
    }
  }

  /** The states from which the end of their rule can be reached, by edges of any kind. */
  private BitSet live(NetworkBuilder builder) {
    NetworkBuilder.Adjacency backward = new NetworkBuilder.Adjacency();
    NetworkBuilder.Adjacency callers = new NetworkBuilder.Adjacency();
    addRows(backward, empty.length);
    addRows(callers, starts.length);
    NetworkBuilder.Adjacency callsBack = new NetworkBuilder.Adjacency();
    addRows(callsBack, empty.length);
    for (int state = 0; state < empty.length; state++) {
      for (int to : empty[state]) {
        backward.add(to, state);
      }
      for (int i = 1; i < bytes[state].length; i += 2) {
        backward.add(bytes[state][i], state);
      }
      for (int call : calls[state]) {
        callsBack.add(callTos[call], call);
        callers.add(callRules[call], call);
      }
    }
    int[][] from = backward.toArrays();
    int[][] byCall = callsBack.toArrays();
    int[][] callsOf = callers.toArrays();
    int[] ruleOfStart = new int[empty.length];
    Arrays.fill(ruleOfStart, -1);
    for (int rule = 0; rule < starts.length; rule++) {
      ruleOfStart[starts[rule]] = rule;
    }
    BitSet live = new BitSet();
    IntList left = new IntList();
    for (int end : ends) {
      left.add(end);
    }
    while (left.size() > 0) {
      int state = left.removeLast();
      if (live.get(state)) {
        continue;
      }
      live.set(state);
      for (int before : from[state]) {
        left.add(before);
      }
      for (int call : byCall[state]) {
        if (callMins[call] == 0 || live.get(starts[callRules[call]])) {
          left.add(builder.callFroms.get(call));
        }
      }
      if (ruleOfStart[state] >= 0) {
        for (int call : callsOf[ruleOfStart[state]]) {
          if (live.get(callTos[call])) {
            left.add(builder.callFroms.get(call));
          }
        }
      }
    }
    return live;
  }

  private static void addRows(NetworkBuilder.Adjacency rows, int count) {
    for (int i = 0; i < count; i++) {
      rows.addRow();
    }
  }

  /** Finds out which calls may take nothing. */
  private void findPassable() {
    BitSet begun = new BitSet();
    boolean[] nullable = new boolean[starts.length];
    int[] ruleOfEnd = new int[empty.length];
    Arrays.fill(ruleOfEnd, -1);
    IntList left = new IntList();
    for (int rule = 0; rule < starts.length; rule++) {
      ruleOfEnd[ends[rule]] = rule;
      left.add(starts[rule]);
    }
    Map<Integer, IntList> waitingCalls = new HashMap<>();
    while (left.size() > 0) {
      int state = left.removeLast();
      if (begun.get(state)) {
        continue;
      }
      begun.set(state);
      for (int to : empty[state]) {
        left.add(to);
      }
      for (int call : calls[state]) {
        if (callMins[call] == 0 || nullable[callRules[call]]) {
          left.add(callTos[call]);
        } else {
          waitingCalls.computeIfAbsent(callRules[call], _ -> new IntList()).add(call);
        }
      }
      int rule = ruleOfEnd[state];
      if (rule >= 0) {
        nullable[rule] = true;
        IntList resumed = waitingCalls.getOrDefault(rule, new IntList());
        for (int i = 0; i < resumed.size(); i++) {
          left.add(callTos[resumed.get(i)]);
        }
      }
    }
    for (int call = 0; call < callRules.length; call++) {
      // Times that take nothing need not be counted, so any number of them will do.
      callMins[call] = nullable[callRules[call]] ? 0 : callMins[call];
      passable[call] = callMins[call] == 0;
    }
  }

  /** By rule: the rules that it calls before it takes a byte. */
  private Map<Integer, IntList> begins() {
    Map<Integer, IntList> begins = new HashMap<>();
    int[] ruleOfState = new int[empty.length];
    Arrays.fill(ruleOfState, -1);
    for (int rule = 0; rule < starts.length; rule++) {
      IntList left = new IntList();
      left.add(starts[rule]);
      while (left.size() > 0) {
        int state = left.removeLast();
        if (ruleOfState[state] >= 0) {
          continue;
        }
        ruleOfState[state] = rule;
        for (int to : empty[state]) {
          left.add(to);
        }
        for (int call : calls[state]) {
          if (callMaxes[call] > 0) {
            begins.computeIfAbsent(rule, _ -> new IntList()).add(callRules[call]);
          }
          if (passable[call]) {
            left.add(callTos[call]);
          }
        }
      }
    }
    return begins;
  }

  /** Bytes that no set tells apart are one class. */
  private int classify(List<ByteSet> sets) {
    Map<BitSet, Integer> ids = new HashMap<>();
    for (int b = 0; b < ByteSet.SIZE; b++) {
      BitSet members = new BitSet();
      for (int i = 0; i < sets.size(); i++) {
        members.set(i, sets.get(i).contains(b));
      }
      classOfByte[b] = (byte) (int) ids.computeIfAbsent(members, _ -> ids.size());
    }
    return ids.size();
  }

  private ByteSet classSet(ByteSet set) {
    long[] words = new long[4];
    for (int b = 0; b < ByteSet.SIZE; b++) {
      if (set.contains(b)) {
        int c = classOfByte[b] & 0xFF;
        words[c >> 6] |= 1L << c;
      }
    }
    return new ByteSet(words[0], words[1], words[2], words[3]);
  }

  int classes() {
    return classes;
  }

  int classOf(byte b) {
    return classOfByte[b & 0xFF] & 0xFF;
  }

  boolean takes(int set, int byteClass) {
    return classSets[set].contains(byteClass);
  }

  int root() {
    return root;
  }

  int start(int rule) {
    return starts[rule];
  }

  int rules() {
    return starts.length;
  }

  /** The place of a rule in the order in which each comes before those that it begins with. */
  int rank(int rule) {
    return ranks[rule];
  }

  int ruleOfRank(int rank) {
    return rulesByRank[rank];
  }

  int callRule(int call) {
    return callRules[call];
  }

  int callTo(int call) {
    return callTos[call];
  }

  int callMin(int call) {
    return callMins[call];
  }

  int callMax(int call) {
    return callMaxes[call];
  }

  /** What follows a state before a byte is taken. */
  Closure closure(int state) {
    Closure closure = closures[state];
    if (closure == null) {
      closure = close(state);
      if (closureNumbers.addAndGet(closure.bytes.length + closure.calls.length) > MOST_NUMBERS) {
        throw GrammarException.of(
            "the grammar leaves too much open at a time: too many parts of it may be left out, one"
                + " after the other");
      }
      closures[state] = closure;
    }
    return closure;
  }

  private Closure close(int state) {
    IntList left = new IntList();
    IntList taken = new IntList();
    IntList called = new IntList();
    BitSet seen = new BitSet();
    boolean end = false;
    left.add(state);
    while (left.size() > 0) {
      int at = left.removeLast();
      if (seen.get(at)) {
        continue;
      }
      seen.set(at);
      end |= isEnd(at);
      for (int to : empty[at]) {
        left.add(to);
      }
      for (int edge : bytes[at]) {
        taken.add(edge);
      }
      for (int call : calls[at]) {
        if (callMaxes[call] > 0) {
          called.add(call);
        }
        if (passable[call]) {
          left.add(callTos[call]);
        }
      }
    }
    return new Closure(taken.toArray(), called.toArray(), end);
  }

  private boolean isEnd(int state) {
    // The start and the end of a rule are drawn one after the other.
    return Arrays.binarySearch(ends, state) >= 0;
  }
}
