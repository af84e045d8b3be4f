package dev.nomoat.cache;

import static dev.nomoat.cache.CacheShape.PAGE;

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
 * <p>Pages that no sequence uses are forgotten when their memory is needed, the longest unused
 * first; but before all others those which a sequence has left behind while it went on, if it was
 * the only one that ever came by: they would serve only who branches off there. Not thread-safe.
 */
final class PrefixTree {
  /** For a class of which there is no page. */
  static final MemorySegment[] NO_PAGE = {};

  /** 64 positions whose tokens are known, or fewer at the end of a sequence. */
  static final class Node {
    private final @Nullable Node before; // null for the root
    private final int[] tokens;
    private final @Nullable Page[] pages; // of each class
    private final List<Node> next = new ArrayList<>();
    private int holders; // sequences that begin with it

    private Node(@Nullable Node before, int[] tokens, int classes) {
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
    private int common(int[] other, int from, int count) {
      int most = Math.min(count, tokens.length);
      int i = 0;
      while (i < most && tokens[i] == other[from + i]) {
        i++;
      }
      return i;
    }

    private boolean isEmpty() {
      for (Page page : pages) {
        if (page != null) {
          return false;
        }
      }
      return true;
    }
  }

  /** A page of one class. */
  private static final class Page {
    final Node node;
    final int pageClass;
    final MemorySegment[] frames;
    int users; // sequences that use it
    boolean wanted; // by a second sequence, whether it found the page or came too late
    // its neighbours by age, while it has no users
    @Nullable Page older;
    @Nullable Page newer;

    Page(Node node, int pageClass, MemorySegment[] frames) {
      this.node = node;
      this.pageClass = pageClass;
      this.frames = frames;
    }
  }

  /**
   * Pages without users, the longest unused first: a ring that begins and ends with one of none.
   */
  private static final class Ages {
    private final Page end;

    Ages(Node root) {
      end = new Page(root, 0, NO_PAGE);
      end.older = end;
      end.newer = end;
    }

    @Nullable Page oldest() {
      return end.newer == end ? null : end.newer;
    }

    void append(Page page) {
      link(end.older, page);
      link(page, end);
    }
  }

  private static void link(@Nullable Page older, @Nullable Page newer) {
    if (older != null) {
      older.newer = newer;
    }
    if (newer != null) {
      newer.older = older;
    }
  }

  /**
   * What is known of some tokens.
   *
   * @param nodes the first of the sequence; of the last one perhaps not all positions
   * @param length how many tokens, so that the next one finds all that it sees
   */
  record Match(List<Node> nodes, int length) {}

  private final List<AttentionSpan> spans; // of each class
  private final Consumer<MemorySegment[]> freed;
  private final Node root;
  private final Ages recent;
  private final Ages behind; // left by the only sequence that came by
  private int unused; // frames
  private long evictions;

  /**
   * Makes an empty tree.
   *
   * @param spans what a token sees in each class of pages
   * @param freed receives memory that is not needed any more
   */
  PrefixTree(List<AttentionSpan> spans, Consumer<MemorySegment[]> freed) {
    this.spans = spans;
    this.freed = freed;
    root = new Node(null, new int[0], spans.size());
    recent = new Ages(root);
    behind = new Ages(root);
  }

  /** Frames of pages without users. */
  int unused() {
    return unused;
  }

  /** How many pages were forgotten for their memory. */
  long evictions() {
    return evictions;
  }

  /** What stands before the first positions. */
  Node root() {
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
    List<Node> nodes = new ArrayList<>();
    Node last = root;
    int length = 0;
    while (length < most && length == nodes.size() * PAGE) {
      Node best = null;
      int common = 0;
      for (int i = 0; i < last.next.size(); i++) {
        Node node = last.next.get(i);
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
    int seen = seen(nodes, length);
    return new Match(nodes.subList(0, Math.ceilDiv(seen, PAGE)), seen);
  }

  /** The longest part behind which a token finds what it sees, in all classes. */
  private int seen(List<Node> nodes, int length) {
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

  private int seen(List<Node> nodes, int pageClass, int length) {
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
  Node add(Node before, int[] tokens, int from, int count, MemorySegment[][] frames) {
    for (int i = before.next.size() - 1; i >= 0; i--) {
      Node other = before.next.get(i);
      int common = other.common(tokens, from, count);
      if (common == count) {
        merge(other, count, frames);
        return other;
      }
      if (common == other.tokens.length && other.holders == 0 && other.isLeaf()) {
        // the new one has its tokens and more
        remove(other);
      }
    }
    Node node = new Node(before, Arrays.copyOfRange(tokens, from, from + count), spans.size());
    before.next.add(node);
    for (int c = 0; c < frames.length; c++) {
      if (frames[c].length > 0) {
        put(node, c, frames[c]);
      }
    }
    return node;
  }

  /** A second sequence has come by a node, with pages of its first positions or of all. */
  private void merge(Node node, int count, MemorySegment[][] frames) {
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

  private Page put(Node node, int pageClass, MemorySegment[] frames) {
    Page page = new Page(node, pageClass, frames);
    node.pages[pageClass] = page;
    append(page, recent);
    return page;
  }

  /** A sequence begins with a node, and with those before it. */
  void hold(Node node) {
    node.holders++;
  }

  /** A sequence ends to begin with a node; of several, the last one first. */
  void drop(Node node) {
    node.holders--;
    prune(node);
  }

  /**
   * A sequence begins to use a page; it holds the node.
   *
   * @param again whether it has not evaluated the tokens itself
   * @return the page's memory
   */
  MemorySegment[] use(Node node, int pageClass, boolean again) {
    Page page = page(node, pageClass);
    if (page.users++ == 0) {
      unlink(page);
    }
    page.wanted |= again;
    return page.frames;
  }

  /** A sequence ends to use a page; of several of a class that sees all, the last one first. */
  void leave(Node node, int pageClass) {
    leave(page(node, pageClass), recent);
  }

  /** A sequence that goes on ends to use a page that it does not see any more. */
  void leaveBehind(Node node, int pageClass) {
    Page page = page(node, pageClass);
    leave(page, page.wanted ? recent : behind);
  }

  private void leave(Page page, Ages ages) {
    if (--page.users == 0) {
      append(page, ages);
    }
  }

  private static Page page(Node node, int pageClass) {
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
  private int remove(Node node) {
    int count = 0;
    for (Page page : node.pages) {
      if (page != null) {
        free(page);
        count++;
      }
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
  private void prune(Node node) {
    Node last = node;
    Node before = last.before;
    while (before != null && last.holders == 0 && last.isLeaf() && last.isEmpty()) {
      before.next.remove(last);
      last = before;
      before = last.before;
    }
  }

  private void append(Page page, Ages ages) {
    unused += page.frames.length;
    ages.append(page);
  }

  private void unlink(Page page) {
    unused -= page.frames.length;
    link(page.older, page.newer);
    page.older = null;
    page.newer = null;
  }
}
