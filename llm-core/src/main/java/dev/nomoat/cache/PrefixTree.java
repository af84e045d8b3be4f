package dev.nomoat.cache;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pages found by their tokens and by all tokens before them, which are what keys and values depend
 * on. Each page is a node below the page before it. Those that no sequence uses are forgotten when
 * their memory is needed, the longest unused first. Not thread-safe.
 */
final class PrefixTree {
  /** A page whose tokens are known. */
  static final class Page {
    private final @Nullable Page before; // null for the root
    private final int[] tokens;
    private final MemorySegment memory;
    private final List<Page> next = new ArrayList<>();
    private int users; // sequences that hold it, and so all pages before it
    // its neighbours by age, while it has no users
    private @Nullable Page older;
    private @Nullable Page newer;

    private Page(@Nullable Page before, int[] tokens, MemorySegment memory) {
      this.before = before;
      this.tokens = tokens;
      this.memory = memory;
    }

    MemorySegment memory() {
      return memory;
    }

    /** Whether a sequence holds it. */
    boolean used() {
      return users > 0;
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
  }

  /** What was found: a page, and how many of its positions are those looked for. */
  record Match(Page page, int length) {}

  private final Page root = new Page(null, new int[0], MemorySegment.NULL);
  private @Nullable Page oldest;
  private @Nullable Page newest;
  private int unused;
  private long evictions;

  /** Pages without users. */
  int unused() {
    return unused;
  }

  /** How many pages were forgotten for their memory. */
  long evictions() {
    return evictions;
  }

  /** What stands before the first page. */
  Page root() {
    return root;
  }

  /**
   * The page that has most in common with some tokens.
   *
   * @param before the page before it, or the root
   * @param tokens the tokens
   * @param from where they begin
   * @param count how many
   * @return null when no page begins with the first of them
   */
  @Nullable Match find(Page before, int[] tokens, int from, int count) {
    Page best = null;
    int most = 0;
    for (int i = 0; i < before.next.size(); i++) {
      Page page = before.next.get(i);
      int common = page.common(tokens, from, count);
      if (common > most) {
        best = page;
        most = common;
      }
    }
    return best == null ? null : new Match(best, most);
  }

  /**
   * Makes a page known.
   *
   * @param before the page before it, or the root; a full one
   * @param tokens the tokens
   * @param from where those of the page begin
   * @param count how many, up to {@link CacheShape#PAGE}
   * @param memory keys and values
   * @param freed receives memory that is not needed any more: this one when a page like it is known
   * @return the page with these tokens, without a user from this call
   */
  Page add(
      Page before,
      int[] tokens,
      int from,
      int count,
      MemorySegment memory,
      Consumer<MemorySegment> freed) {
    for (int i = before.next.size() - 1; i >= 0; i--) {
      Page other = before.next.get(i);
      int common = other.common(tokens, from, count);
      if (common == count) {
        freed.accept(memory);
        return other;
      }
      if (common == other.tokens.length && other.users == 0) {
        // the new one has its tokens and more
        remove(other);
        freed.accept(other.memory);
      }
    }
    Page page = new Page(before, Arrays.copyOfRange(tokens, from, from + count), memory);
    before.next.add(page);
    append(page);
    return page;
  }

  /** A sequence begins to use a page; it uses the pages before it too. */
  void use(Page page) {
    if (page.users++ == 0) {
      unlink(page);
    }
  }

  /** A sequence ends to use a page; of several, the last one first. */
  void leave(Page page) {
    if (--page.users == 0) {
      append(page);
    }
  }

  /** Forgets the page that was unused longest; null when all are used. */
  @Nullable MemorySegment evict() {
    Page page = oldest;
    if (page == null) {
      return null;
    }
    // whoever used a page behind it used it too, and left it later: so there is none
    remove(page);
    evictions++;
    return page.memory;
  }

  private void remove(Page page) {
    unlink(page);
    Page before = page.before;
    if (before != null) {
      before.next.remove(page);
    }
  }

  private void append(Page page) {
    unused++;
    page.older = newest;
    if (newest == null) {
      oldest = page;
    } else {
      newest.newer = page;
    }
    newest = page;
  }

  private void unlink(Page page) {
    unused--;
    if (page.older == null) {
      oldest = page.newer;
    } else {
      page.older.newer = page.newer;
    }
    if (page.newer == null) {
      newest = page.older;
    } else {
      page.newer.older = page.older;
    }
    page.older = null;
    page.newer = null;
  }
}
