package dev.nomoat.grammar.automaton;

import dev.nomoat.grammar.GrammarException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Walks a network byte by byte, all ways at once, and remembers each step: the next time it costs
 * one look into a table. It is exact for any grammar without left recursion, in time polynomial in
 * the text.
 *
 * <p>What it remembers is dropped when it becomes too much; states that were handed out stay
 * usable. Not thread-safe.
 */
public final class Machine {
  /** Numbers and references in the states and continuations that are remembered, at most. */
  private static final long MOST_REMEMBERED = 4 << 20;

  /** Ways to be within the grammar at one place of a text, at most. */
  private static final int MOST_WAYS = 100_000;

  private static final Comparator<Frame> ORDER =
      Comparator.<Frame>comparingInt(Frame::call)
          .thenComparingLong(frame -> frame.parent().id)
          .thenComparingInt(Frame::low);

  /** A state of the network, and what goes on when its rule ends. */
  private record Item(int state, Continuation continuation) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Item i && state == i.state && continuation == i.continuation;
    }

    @Override
    public int hashCode() {
      return state * 31 + Long.hashCode(continuation.id);
    }
  }

  private final Network network;
  private final int horizon;
  private final Map<List<Frame>, Continuation> continuations = new HashMap<>();
  private final Map<State, State> states = new HashMap<>();
  private final Continuation bottom = new Continuation(0, List.of(), null);
  private final State dead;
  private long made = 1;
  private long remembered;
  private int forgotten;
  private State start;

  // of the step at hand
  private final Set<Item> items = new HashSet<>();
  private final List<Item> left = new ArrayList<>();
  private final List<List<Frame>> called = new ArrayList<>(); // by rank of the rule
  private final TreeMap<Integer, Boolean> ranks = new TreeMap<>();
  private boolean accepting;

  /**
   * Prepares.
   *
   * @param network what to walk
   * @param horizon how many bytes {@link #relaxed} looks ahead
   */
  public Machine(Network network, int horizon) {
    this.network = network;
    this.horizon = horizon;
    this.dead = new State(new int[0], new Continuation[0], false, network.classes());
    for (int i = 0; i < network.rules(); i++) {
      called.add(new ArrayList<>());
    }
    Continuation end = intern(List.of(new Frame(Frame.ROOT, 0, 0, bottom)));
    add(network.start(network.root()), end);
    this.start = settle();
  }

  /**
   * Where a text begins.
   *
   * @return the state before the first byte
   */
  public State start() {
    return start;
  }

  /**
   * Takes a byte.
   *
   * @param state where the text is
   * @param b the byte
   * @return where it is behind the byte; a dead state if the byte may not follow
   * @throws GrammarException if there are too many ways to be within the grammar
   */
  public State next(State state, byte b) {
    int byteClass = network.classOf(b);
    State known = state.next[byteClass];
    return known != null ? known : step(state, byteClass);
  }

  /**
   * A state that, as far as the machine's horizon, can be continued in the same ways and by the
   * same bytes. States that differ in counters only, which are far from their bounds, have the same
   * one.
   *
   * @param state any state
   * @return the state that stands for it
   */
  public State relaxed(State state) {
    State relaxed = state.relaxed;
    if (relaxed == null) {
      Continuation[] bounds = new Continuation[state.continuations.length];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = state.continuations[i].relaxed;
      }
      relaxed =
          Arrays.equals(bounds, state.continuations)
              ? state
              : intern(new State(state.states, bounds, state.accepting(), network.classes()));
      relaxed.relaxed = relaxed;
      state.relaxed = relaxed;
    }
    return relaxed;
  }

  private State step(State state, int byteClass) {
    if (remembered > MOST_REMEMBERED) {
      forget();
    }
    try {
      return takeStep(state, byteClass);
    } catch (Throwable e) {
      items.clear();
      left.clear();
      clearCalls();
      throw e;
    }
  }

  /** Forgets all states but those that others hold. */
  private void forget() {
    states.clear();
    continuations.clear();
    Arrays.fill(start.next, null);
    start.relaxed = null;
    remembered = 0;
    forgotten++;
  }

  /**
   * How often states were forgotten: those that were handed out before stay usable, but hold memory
   * that others will not share.
   *
   * @return a number that only grows
   */
  public int forgotten() {
    return forgotten;
  }

  private State takeStep(State state, int byteClass) {
    for (int i = 0; i < state.states.length; i++) {
      int[] edges = network.closure(state.states[i]).bytes;
      for (int e = 0; e < edges.length; e += 2) {
        if (network.takes(edges[e], byteClass)) {
          add(edges[e + 1], state.continuations[i]);
        }
      }
    }
    State next = items.isEmpty() ? dead : settle();
    state.next[byteClass] = next;
    return next;
  }

  private void add(int state, Continuation continuation) {
    Item item = new Item(state, continuation);
    if (items.add(item)) {
      left.add(item);
      if (items.size() > MOST_WAYS) {
        throw GrammarException.of(
            "the grammar is too ambiguous: more than %d ways to read a text".formatted(MOST_WAYS));
      }
    }
  }

  private void clearCalls() {
    called.forEach(List::clear);
    ranks.clear();
  }

  /** Makes a state of the items: ends rules that may end, and calls those that may be called. */
  private State settle() {
    accepting = false;
    while (!left.isEmpty()) {
      Item item = left.removeLast();
      if (network.closure(item.state).ends) {
        for (Frame frame : item.continuation.frames) {
          end(frame);
        }
      }
    }
    TreeMap<Integer, Continuation> kept = new TreeMap<>();
    for (var entry : merged().entrySet()) {
      call(entry.getKey(), entry.getValue(), kept);
    }
    items.clear();
    // Each rule comes before those that it begins with, so all its callers are known.
    while (!ranks.isEmpty()) {
      int rank = ranks.pollFirstEntry().getKey();
      int rule = network.ruleOfRank(rank);
      Continuation continuation = intern(called.get(rank));
      called.get(rank).clear();
      call(network.start(rule), continuation, kept);
    }
    int[] ids = new int[kept.size()];
    Continuation[] bounds = new Continuation[ids.length];
    int i = 0;
    for (var entry : kept.entrySet()) {
      ids[i] = entry.getKey();
      bounds[i++] = entry.getValue();
    }
    return intern(new State(ids, bounds, accepting, network.classes()));
  }

  /** The items, one for each state of the network. */
  private Map<Integer, Continuation> merged() {
    TreeMap<Integer, List<Continuation>> byState = new TreeMap<>();
    for (Item item : items) {
      byState.computeIfAbsent(item.state, _ -> new ArrayList<>()).add(item.continuation);
    }
    TreeMap<Integer, Continuation> merged = new TreeMap<>();
    byState.forEach(
        (state, several) -> {
          List<Frame> frames = new ArrayList<>();
          several.forEach(c -> frames.addAll(c.frames));
          merged.put(state, several.size() == 1 ? several.getFirst() : intern(frames));
        });
    return merged;
  }

  /** A called rule has ended. */
  private void end(Frame frame) {
    int call = frame.call();
    if (call == Frame.ROOT) {
      accepting = true;
      return;
    }
    if (!counted(call)) {
      add(network.callTo(call), frame.parent());
      return;
    }
    int min = network.callMin(call);
    int max = network.callMax(call);
    if (frame.high() >= min) {
      add(network.callTo(call), frame.parent());
    }
    int low = frame.low() + 1;
    int high = Math.min(frame.high(), max - 1) + 1;
    if (max == Expression.UNBOUNDED) {
      // From the least number on it makes no difference how many there were.
      low = Math.min(low, Math.max(min, 1));
      high = Math.min(high, Math.max(min, 1));
    }
    if (low <= high) {
      push(call, new Frame(call, low, high, frame.parent()));
    }
  }

  private boolean counted(int call) {
    return network.callMax(call) != 1;
  }

  /** Calls what follows a state, and keeps the state if a byte may follow it. */
  private void call(int state, Continuation continuation, Map<Integer, Continuation> kept) {
    Closure closure = network.closure(state);
    if (closure.bytes.length > 0) {
      kept.put(state, continuation);
    }
    for (int call : closure.calls) {
      boolean last = !counted(call) && network.closure(network.callTo(call)).isEnd();
      if (last) {
        // Nothing is left to do for the caller, so its own callers wait in its place.
        for (Frame frame : continuation.frames) {
          push(call, frame);
        }
      } else {
        int first = counted(call) ? 1 : 0;
        push(call, new Frame(call, first, first, continuation));
      }
    }
  }

  private void push(int call, Frame frame) {
    int rank = network.rank(network.callRule(call));
    called.get(rank).add(frame);
    ranks.put(rank, true);
  }

  private State intern(State state) {
    State known = states.putIfAbsent(state, state);
    if (known == null) {
      remembered += state.next.length + 16 + 4L * state.states.length;
      return state;
    }
    return known;
  }

  /** The continuation of some frames, which are put in order. */
  private Continuation intern(List<Frame> several) {
    List<Frame> frames = normalize(several);
    Continuation known = continuations.get(frames);
    return known == null ? remember(frames, relaxed(frames)) : known;
  }

  private Continuation remember(List<Frame> frames, @Nullable Continuation relaxed) {
    Continuation continuation = new Continuation(made++, frames, relaxed);
    continuations.put(frames, continuation);
    remembered += 16 + 8L * frames.size();
    return continuation;
  }

  /** The continuation that stands for one of some frames; null if it does so itself. */
  private @Nullable Continuation relaxed(List<Frame> frames) {
    List<Frame> relaxed = new ArrayList<>(frames.size());
    for (Frame frame : frames) {
      relaxed.add(relax(frame));
    }
    relaxed = normalize(relaxed);
    if (relaxed.equals(frames)) {
      return null;
    }
    Continuation known = continuations.get(relaxed);
    return known == null ? remember(relaxed, null) : known;
  }

  private Frame relax(Frame frame) {
    Continuation parent = frame.parent().relaxed;
    int call = frame.call();
    int low = frame.low();
    int high = frame.high();
    if (call != Frame.ROOT && counted(call)) {
      int min = network.callMin(call);
      int max = network.callMax(call);
      if (min - high > horizon) {
        low = 1;
        high = 1;
      } else if (low >= min && max - high > horizon) {
        low = Math.max(min, 1);
        high = low;
      }
    }
    return low == frame.low() && high == frame.high() && parent == frame.parent()
        ? frame
        : new Frame(call, low, high, parent);
  }

  /** Frames in order, with equal ones and overlapping counts made one. */
  private List<Frame> normalize(List<Frame> several) {
    List<Frame> sorted = new ArrayList<>(several.size());
    for (Frame frame : several) {
      sorted.add(leastOfEnough(frame));
    }
    sorted.sort(ORDER);
    List<Frame> frames = new ArrayList<>(sorted.size());
    for (Frame frame : sorted) {
      Frame last = frames.isEmpty() ? null : frames.getLast();
      if (last == null || last.call() != frame.call() || last.parent() != frame.parent()) {
        frames.add(frame);
      } else if (frame.low() <= last.high() + 1) {
        int high = Math.max(last.high(), frame.high());
        frames.set(
            frames.size() - 1,
            leastOfEnough(new Frame(frame.call(), last.low(), high, frame.parent())));
      } else if (!enough(last)) {
        frames.add(frame);
      }
    }
    return List.copyOf(frames);
  }

  /** Whether the frame's greatest count is one at which the repetition may end. */
  private boolean enough(Frame frame) {
    return frame.call() == Frame.ROOT
        || !counted(frame.call())
        || frame.high() >= network.callMin(frame.call());
  }

  /**
   * Of counts at which a repetition may end only the least matters: whatever may follow a greater
   * one may follow it, too.
   */
  private Frame leastOfEnough(Frame frame) {
    if (frame.call() == Frame.ROOT || !counted(frame.call())) {
      return frame;
    }
    int high = Math.min(frame.high(), Math.max(frame.low(), network.callMin(frame.call())));
    return high == frame.high()
        ? frame
        : new Frame(frame.call(), frame.low(), high, frame.parent());
  }
}
