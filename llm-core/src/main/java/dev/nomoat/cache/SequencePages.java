package dev.nomoat.cache;

import static dev.nomoat.cache.CacheShape.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pages of a sequence, of each class those that the next token sees: first those that it shares
 * with others, which are known to the {@link PrefixTree}, then its own. Not thread-safe.
 */
final class SequencePages {
  private final PagePool pool;
  private final PageLayout layout;
  private final PrefixTree tree;
  private final List<List<MemorySegment[]>> pages = new ArrayList<>(); // of each class
  private final int[] first; // of each class: the first page that was not given back
  private final List<PrefixNode> shared = new ArrayList<>(); // which have the first pages

  SequencePages(PagePool pool) {
    this.pool = pool;
    this.layout = pool.layout();
    this.tree = pool.known();
    this.first = new int[layout.spans().size()];
    for (int c = 0; c < first.length; c++) {
      pages.add(new ArrayList<>());
    }
  }

  /** Frames that it holds. */
  int frames() {
    int frames = 0;
    for (int c = 0; c < first.length; c++) {
      frames += (pages.get(c).size() - first[c]) * layout.frames(c);
    }
    return frames;
  }

  /** The frames of a page of all classes, but for those that were given back. */
  List<MemorySegment> frames(int page) {
    List<MemorySegment> frames = new ArrayList<>();
    for (List<MemorySegment[]> own : pages) {
      frames.addAll(List.of(own.get(page)));
    }
    return frames;
  }

  /** The frames of a page of a layer's class. */
  MemorySegment[] page(int layer, int page) {
    return pages.get(layout.pageClass(layer)).get(page);
  }

  /** Makes room up to a position; false when there is not enough, and what there was is taken. */
  boolean reserve(int tokens) {
    for (int c = 0; c < first.length; c++) {
      List<MemorySegment[]> own = pages.get(c);
      while (own.size() * PAGE < tokens) {
        MemorySegment[] page = pool.take(c);
        if (page == null) {
          return false;
        }
        own.add(page);
      }
    }
    return true;
  }

  /** Refuses to go on at a position of which something that it sees was given back. */
  void checkKept(int position) {
    for (int c = 0; c < first.length; c++) {
      if (layout.firstPage(c, position) < first[c]) {
        throw new IllegalStateException(
            "what position %d sees before %d was given back".formatted(position, first[c] * PAGE));
      }
    }
  }

  /**
   * Takes over what was found, when it is empty: whole pages are shared, the last ones copied where
   * not all of them is wanted.
   *
   * @return false when there is no memory for copies; then it stays empty
   */
  boolean take(PrefixTree.Match match) {
    int whole = match.length() / PAGE;
    for (int page = 0; page < whole; page++) {
      tree.hold(match.nodes().get(page));
      shared.add(match.nodes().get(page));
    }
    for (int c = 0; c < first.length; c++) {
      skip(c, layout.firstPage(c, match.length()));
      for (int page = first[c]; page < whole; page++) {
        pages.get(c).add(tree.use(shared.get(page), c, true));
      }
    }
    boolean done = whole == match.nodes().size() || copy(match.nodes().getLast());
    if (!done) {
      release();
    }
    return done;
  }

  /** Copies the pages of a node; false when there is not enough memory. */
  private boolean copy(PrefixNode node) {
    MemorySegment[][] from = new MemorySegment[first.length][];
    for (int c = 0; c < first.length; c++) {
      // before memory is taken, so that none of them is forgotten for it
      from[c] = tree.use(node, c, true);
    }
    try {
      boolean done = true;
      for (int c = 0; done && c < first.length; c++) {
        done = copy(from[c], c);
      }
      return done;
    } finally {
      for (int c = 0; c < first.length; c++) {
        tree.leave(node, c);
      }
    }
  }

  private boolean copy(MemorySegment[] from, int pageClass) {
    MemorySegment[] page = pool.take(pageClass);
    if (page == null) {
      return false;
    }
    copy(from, page);
    pages.get(pageClass).add(page);
    return true;
  }

  private static void copy(MemorySegment[] from, MemorySegment[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i].copyFrom(from[i]);
    }
  }

  /**
   * Copies the last page of another sequence, in place of its own if it has that page; false when
   * the other has none that is its own, or there is not enough memory.
   */
  boolean copy(SequencePages other, int page) {
    for (int c = 0; c < first.length; c++) {
      if (page < other.first[c] || page >= other.pages.get(c).size()) {
        return false;
      }
    }
    if (page < other.shared.size() || !reserve((page + 1) * PAGE)) {
      return false;
    }
    for (int c = 0; c < first.length; c++) {
      copy(other.pages.get(c).get(page), pages.get(c).get(page));
    }
    return true;
  }

  /** How many frames of what was found others use, so that {@link #take} shares them. */
  int held(PrefixTree.Match match) {
    int frames = 0;
    for (int c = 0; c < first.length; c++) {
      for (int page = layout.firstPage(c, match.length()); page < match.length() / PAGE; page++) {
        frames += match.nodes().get(page).used(c) ? layout.frames(c) : 0;
      }
    }
    return frames;
  }

  /** Lets others find the pages that are full. */
  void share(int[] tokens, int length) {
    for (int page = shared.size(); (page + 1) * PAGE <= length; page++) {
      PrefixNode node = add(tokens, page * PAGE, PAGE);
      tree.hold(node);
      shared.add(node);
      for (int c = 0; c < first.length; c++) {
        if (page >= first[c]) {
          pages.get(c).set(page, tree.use(node, c, false));
        }
      }
    }
  }

  /**
   * Gives the pages behind the shared ones away, if some of their positions were evaluated.
   *
   * @return the node of the last position
   */
  PrefixNode shareRest(int[] tokens, int length) {
    int last = shared.size();
    if (length <= last * PAGE) {
      return node(length);
    }
    PrefixNode node = add(tokens, last * PAGE, length - last * PAGE);
    pages.forEach(own -> own.set(last, PrefixTree.NO_PAGE));
    return node;
  }

  /** The shared node that ends at a position, or the one in which it is. */
  PrefixNode node(int position) {
    return shared.get((position - 1) / PAGE);
  }

  private PrefixNode add(int[] tokens, int from, int count) {
    MemorySegment[][] frames = new MemorySegment[first.length][];
    for (int c = 0; c < frames.length; c++) {
      frames[c] = pages.get(c).get(from / PAGE);
    }
    return tree.add(shared.isEmpty() ? tree.root() : shared.getLast(), tokens, from, count, frames);
  }

  /** Gives back the pages that no token from a position on sees. */
  void leaveBehind(int position) {
    for (int c = 0; c < first.length; c++) {
      int seen = layout.firstPage(c, position);
      List<MemorySegment[]> own = pages.get(c);
      for (; first[c] < Math.min(seen, own.size()); first[c]++) {
        if (first[c] < shared.size()) {
          tree.leaveBehind(shared.get(first[c]), c);
        } else {
          pool.give(own.get(first[c]));
        }
        own.set(first[c], PrefixTree.NO_PAGE);
      }
      skip(c, seen);
    }
  }

  /** Goes on without the pages of a class before one. */
  private void skip(int pageClass, int page) {
    List<MemorySegment[]> own = pages.get(pageClass);
    while (own.size() < page) {
      own.add(PrefixTree.NO_PAGE);
      first[pageClass]++;
    }
  }

  /** Gives all memory back. */
  void release() {
    for (List<MemorySegment[]> own : pages) {
      for (int page = shared.size(); page < own.size(); page++) {
        pool.give(own.get(page));
      }
      own.clear();
    }
    for (int page = shared.size() - 1; page >= 0; page--) {
      for (int c = 0; c < first.length; c++) {
        if (page >= first[c]) {
          tree.leave(shared.get(page), c);
        }
      }
      tree.drop(shared.get(page));
    }
    shared.clear();
    Arrays.fill(first, 0);
  }
}
