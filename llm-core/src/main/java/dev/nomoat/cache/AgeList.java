package dev.nomoat.cache;

import org.jspecify.annotations.Nullable;

/**
 * What nobody uses, the longest unused first: a ring that an entry of another type closes. Adding
 * and taking out take the same time however many there are. Not thread-safe.
 */
final class AgeList<T extends AgeList.Entry> {
  /** What can be in a list, one at a time. */
  static class Entry {
    private Entry older = this;
    private Entry newer = this;

    /** Takes it out of the list in which it is, if it is in one. */
    final void unlink() {
      older.newer = newer;
      newer.older = older;
      older = this;
      newer = this;
    }
  }

  private final Entry end = new Entry();
  private final Class<T> type;

  AgeList(Class<T> type) {
    this.type = type;
  }

  /** The entry that was added first; null when there is none. */
  @Nullable T oldest() {
    Entry first = end.newer;
    return type.isInstance(first) ? type.cast(first) : null;
  }

  /** Adds an entry that is in no list. */
  void add(T entry) {
    Entry added = entry;
    added.older = end.older;
    added.newer = end;
    end.older.newer = added;
    end.older = added;
  }
}
