package dev.nomoat.cache;

import static dev.nomoat.cache.CacheShape.PAGE;

import dev.nomoat.cache.PrefixNode.Page;
import dev.nomoat.cache.PrefixNode.State;
import dev.nomoat.math.AttentionSpan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pages found by their tokens and by all tokens before them, which are what keys and values depend
 * on. A node stands for 64 positions, below that of the positions before it, and has a page of each
 * class, or of some: a class that sees only a window does without the pages that lie behind.
 *
 * <p>Recurrent state is known where a sequence left some: behind any of a node's tokens.
 *
 * <p>Pages that no sequence uses are forgotten when their memory is needed, the longest unused
 * first; but before all others those which a sequence has left behind while it went on, if it was
 * the only one that ever came by: they would serve only who branches off there. Not thread-safe.
 */
final class PrefixTree {
  /** For a class of which there is no page. */
  static final MemorySegment[] NO_PAGE = {};

  /**
   * What is known of some tokens.
   *
   * @param nodes the first of the sequence; of the last one perhaps not all positions
   * @param length how many tokens, so that the next one finds all that it sees
   * @param state recurrent state behind them; null when there is none, or nothing is known
   * @param known how many tokens are known, though what the next one sees may be forgotten
   */
  record Match(List<PrefixNode> nodes, int length, @Nullable State state, int known) {}

  private final List<AttentionSpan> spans; // of each class
  private final boolean stateful;
  private final Consumer<MemorySegment[]> freed;
  private final Consumer<MemorySegment> freedState;
  private final PrefixNode root;
  private final AgeList<Page> recent = new AgeList<>(Page.class);
  private final AgeList<Page> behind = new AgeList<>(Page.class); // left by who came by alone
  private final AgeList<State> states = new AgeList<>(State.class);
  private int unusedStates;
  private int unused; // frames
  private long evictions;

  /**
   * Makes an empty tree.
   *
   * @param spans what a token sees in each class of pages
   * @param stateful whether sequences have recurrent state, so that only what has some is found
   * @param freed receives memory of pages that is not needed any more
   * @param freedState receives memory of states that is not needed any more
   */
  PrefixTree(
      List<AttentionSpan> spans,
      boolean stateful,
      Consumer<MemorySegment[]> freed,
      Consumer<MemorySegment> freedState) {
    this.spans = spans;
    this.stateful = stateful;
    this.freed = freed;
    this.freedState = freedState;
    root = new PrefixNode(null, new int[0], spans.size());
  }

  /** Frames of pages without users. */
  int unused() {
    return unused;
  }

  /** States that no sequence is copying. */
  int unusedStates() {
    return unusedStates;
  }

  /** How many pages were forgotten for their memory. */
  long evictions() {
    return evictions;
  }

  /** What stands before the first positions. */
  PrefixNode root() {
    return root;
  }

  /**
   * The longest known beginning of some tokens behind which evaluation can go on.
   *
   * @param tokens the tokens
   * @param most how many of them may be found
   * @return nothing when not even the first is known
   */
  Match find(int[] tokens, int most) {
    List<PrefixNode> nodes = new ArrayList<>();
    PrefixNode last = root;
    int length = 0;
    while (length < most && length == nodes.size() * PAGE) {
      PrefixNode best = null;
      int common = 0;
      for (int i = 0; i < last.next.size(); i++) {
        PrefixNode node = last.next.get(i);
        int same = node.common(tokens, length, most - length);
        if (same > common) {
          best = node;
          common = same;
        }
      }
      if (best == null) {
        break;
      }
      nodes.add(best);
      length += common;
      last = best;
    }
    State state = stateful ? state(nodes, length) : null;
    int found = state == null ? 0 : nodes.indexOf(state.node) * PAGE + state.length;
    if (!stateful) {
      found = seen(nodes, length);
    }
    return new Match(nodes.subList(0, Math.ceilDiv(found, PAGE)), found, state, length);
  }

  /** The state behind most of some tokens; a token that follows it finds the pages that it sees. */
  private @Nullable State state(List<PrefixNode> nodes, int length) {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      int most = length - i * PAGE;
      State best = nodes.get(i).longest(most);
      while (best != null && seen(nodes, i * PAGE + best.length) < i * PAGE + best.length) {
        best = nodes.get(i).longest(best.length - 1);
      }
      if (best != null) {
        return best;
      }
    }
    return null;
  }

  /** The longest part behind which a token finds what it sees, in all classes. */
  private int seen(List<PrefixNode> nodes, int length) {
    int seen = length;
    int longer;
    do {
      longer = seen;
      for (int c = 0; c < spans.size(); c++) {
        seen = seen(nodes, c, seen);
      }
    } while (seen < longer);
    return seen;
  }

  private int seen(List<PrefixNode> nodes, int pageClass, int length) {
    AttentionSpan span = spans.get(pageClass);
    int seen = length;
    int page = span.first(seen) / PAGE;
    while (page * PAGE < seen) {
      if (nodes.get(page).has(pageClass)) {
        page++;
      } else {
        // all that end behind its beginning want it
        seen = page * PAGE;
        page = span.first(seen) / PAGE;
      }
    }
    return seen;
  }

  /**
   * Makes pages known.
   *
   * @param before the node before them, or the root; a full one
   * @param tokens the tokens
   * @param from where those of the pages begin
   * @param count how many, up to {@link CacheShape#PAGE}
   * @param frames memory of the page of each class, {@link #NO_PAGE} where there is none; freed
   *     where such a page is known
   * @return the node with these tokens, without a user from this call
   */
  PrefixNode add(PrefixNode before, int[] tokens, int from, int count, MemorySegment[][] frames) {
    PrefixNode node =
        new PrefixNode(before, Arrays.copyOfRange(tokens, from, from + count), spans.size());
    for (int i = before.next.size() - 1; i >= 0; i--) {
      PrefixNode other = before.next.get(i);
      int common = other.common(tokens, from, count);
      if (common == count) {
        merge(other, count, frames);
        return other;
      }
      if (common == other.tokens.length && other.holders == 0 && other.isLeaf()) {
        // the new one has its tokens and more
        other.states.forEach(state -> state.node = node);
        node.states.addAll(other.states);
        other.states.clear();
        remove(other);
      }
    }
    before.next.add(node);
    for (int c = 0; c < frames.length; c++) {
      if (frames[c].length > 0) {
        put(node, c, frames[c]);
      }
    }
    return node;
  }

  /** A second sequence has come by a node, with pages of its first positions or of all. */
  private void merge(PrefixNode node, int count, MemorySegment[][] frames) {
    for (int c = 0; c < frames.length; c++) {
      if (frames[c].length == 0) {
        continue;
      }
      Page page = node.pages[c];
      if (page == null && count == node.tokens.length) {
        page = put(node, c, frames[c]);
      } else {
        freed.accept(frames[c]);
      }
      if (page != null) {
        page.wanted = true;
      }
    }
  }

  private Page put(PrefixNode node, int pageClass, MemorySegment[] frames) {
    Page page = new Page(node, pageClass, frames);
    node.pages[pageClass] = page;
    append(page, recent);
    return page;
  }

  /**
   * Makes recurrent state known.
   *
   * @param node a node that was just added, or is held
   * @param length how many of its tokens the state tells of
   * @param memory the state; freed when such a state is known
   */
  void addState(PrefixNode node, int length, MemorySegment memory) {
    State known = node.longest(length);
    if (known != null && known.length == length) {
      freedState.accept(memory);
      touch(known);
      return;
    }
    State state = new State(node, length, memory);
    node.states.add(state);
    states.add(state);
    unusedStates++;
  }

  /** A sequence takes a state over, which is forgotten. */
  MemorySegment takeState(State state) {
    state.unlink();
    unusedStates--;
    state.node.states.remove(state);
    return state.memory;
  }

  /** A sequence needs a state, which becomes the last one to be forgotten. */
  void touch(State state) {
    state.unlink();
    states.add(state);
  }

  /** Forgets the state that was not needed for longest, false when there is none. */
  boolean evictState() {
    State state = states.oldest();
    if (state == null) {
      return false;
    }
    freedState.accept(takeState(state));
    prune(state.node);
    return true;
  }

  /** A sequence begins with a node, and with those before it. */
  void hold(PrefixNode node) {
    node.holders++;
  }

  /** A sequence ends to begin with a node; of several, the last one first. */
  void drop(PrefixNode node) {
    node.holders--;
    prune(node);
  }

  /**
   * A sequence begins to use a page; it holds the node.
   *
   * @param again whether it has not evaluated the tokens itself
   * @return the page's memory
   */
  MemorySegment[] use(PrefixNode node, int pageClass, boolean again) {
    Page page = page(node, pageClass);
    if (page.users++ == 0) {
      unlink(page);
    }
    page.wanted |= again;
    return page.frames;
  }

  /** A sequence ends to use a page; of several of a class that sees all, the last one first. */
  void leave(PrefixNode node, int pageClass) {
    leave(page(node, pageClass), recent);
  }

  /** A sequence that goes on ends to use a page that it does not see any more. */
  void leaveBehind(PrefixNode node, int pageClass) {
    Page page = page(node, pageClass);
    leave(page, page.wanted ? recent : behind);
  }

  private void leave(Page page, AgeList<Page> ages) {
    if (--page.users == 0) {
      append(page, ages);
    }
  }

  private static Page page(PrefixNode node, int pageClass) {
    Page page = node.pages[pageClass];
    if (page == null) {
      throw new IllegalStateException("no page of class " + pageClass);
    }
    return page;
  }

  /** Forgets a page, or all of a node of which no other is needed; false when all are used. */
  boolean evict() {
    Page page = behind.oldest();
    if (page == null) {
      page = recent.oldest();
    }
    if (page == null) {
      return false;
    }
    if (spans.get(page.pageClass).equals(AttentionSpan.ALL)) {
      // whoever used a page of this class behind it used it too, and left it later: so there is
      // none; and without it nobody can go on from here
      evictions += remove(page.node);
    } else {
      free(page);
      evictions++;
      prune(page.node);
    }
    return true;
  }

  /** Forgets a node without users, and nothing behind it; how many pages. */
  private int remove(PrefixNode node) {
    int count = 0;
    for (Page page : node.pages) {
      if (page != null) {
        free(page);
        count++;
      }
    }
    while (!node.states.isEmpty()) {
      freedState.accept(takeState(node.states.getLast()));
    }
    prune(node);
    return count;
  }

  private void free(Page page) {
    unlink(page);
    page.node.pages[page.pageClass] = null;
    freed.accept(page.frames);
  }

  /** Forgets nodes that lead to nothing, from one towards the root. */
  private void prune(PrefixNode node) {
    PrefixNode last = node;
    PrefixNode before = last.before;
    while (before != null && last.holders == 0 && last.isLeaf() && last.isEmpty()) {
      before.next.remove(last);
      last = before;
      before = last.before;
    }
  }

  private void append(Page page, AgeList<Page> ages) {
    unused += page.frames.length;
    ages.add(page);
  }

  private void unlink(Page page) {
    unused -= page.frames.length;
    page.unlink();
  }
}
