package dev.nomoat.cache;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * 64 positions whose tokens are known, or fewer at the end of a sequence, in a {@link PrefixTree}.
 */
final class PrefixNode {
  final @Nullable PrefixNode before; // null for the root
  final int[] tokens;
  final @Nullable Page[] pages; // of each class
  final List<State> states = new ArrayList<>(0);
  final List<PrefixNode> next = new ArrayList<>();
  int holders; // sequences that begin with it

  PrefixNode(@Nullable PrefixNode before, int[] tokens, int classes) {
    this.before = before;
    this.tokens = tokens;
    this.pages = new Page[classes];
  }

  /** Whether it has a page of a class. */
  boolean has(int pageClass) {
    return pages[pageClass] != null;
  }

  /** Whether none is known behind it. */
  boolean isLeaf() {
    return next.isEmpty();
  }

  /** Whether a sequence uses its page of a class. */
  boolean used(int pageClass) {
    Page page = pages[pageClass];
    return page != null && page.users > 0;
  }

  /** How many of some tokens it begins with. */
  int common(int[] other, int from, int count) {
    int most = Math.min(count, tokens.length);
    int i = 0;
    while (i < most && tokens[i] == other[from + i]) {
      i++;
    }
    return i;
  }

  /** Whether nothing is known of its tokens. */
  boolean isEmpty() {
    if (!states.isEmpty()) {
      return false;
    }
    for (Page page : pages) {
      if (page != null) {
        return false;
      }
    }
    return true;
  }

  /** The state behind most of its first tokens, up to so many; null when there is none. */
  @Nullable State longest(int most) {
    State longest = null;
    for (State state : states) {
      if (state.length <= most && (longest == null || state.length > longest.length)) {
        longest = state;
      }
    }
    return longest;
  }

  /** A page of one class. */
  static final class Page extends AgeList.Entry {
    final PrefixNode node;
    final int pageClass;
    final MemorySegment[] frames;
    int users; // sequences that use it
    boolean wanted; // by a second sequence, whether it found the page or came too late

    Page(PrefixNode node, int pageClass, MemorySegment[] frames) {
      this.node = node;
      this.pageClass = pageClass;
      this.frames = frames;
    }
  }

  /** The recurrent state behind the first tokens of a node. */
  static final class State extends AgeList.Entry {
    final int length; // how many tokens of the node
    final MemorySegment memory;
    PrefixNode node;

    State(PrefixNode node, int length, MemorySegment memory) {
      this.node = node;
      this.length = length;
      this.memory = memory;
    }
  }
}
