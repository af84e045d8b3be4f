package dev.nomoat.cache;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * The recurrent state of a sequence, which tells of all its tokens so far, and perhaps a copy that
 * tells of fewer. What does not have any takes no memory. Reading and writing parts of it is safe
 * from any thread; all else is not.
 */
final class RecurrentState {
  private final PagePool pool;
  private MemorySegment memory = MemorySegment.NULL;
  private int length; // tokens that it tells of
  private boolean broken; // an evaluation has begun and not ended
  private MemorySegment copy = MemorySegment.NULL;
  private int copyLength;

  RecurrentState(PagePool pool) {
    this.pool = pool;
  }

  /** Makes room; false when there is no memory. */
  boolean reserve() {
    memory = atLeast(memory);
    return has(memory);
  }

  /** Memory for a state, if it is not there yet and there is some. */
  private MemorySegment atLeast(MemorySegment present) {
    if (has(present)) {
      return present;
    }
    MemorySegment taken = pool.takeState();
    return taken == null ? MemorySegment.NULL : taken;
  }

  private boolean has(MemorySegment present) {
    return present.byteSize() > 0 || !pool.hasState();
  }

  /** Its numbers; empty without recurrent state. */
  MemorySegment memory() {
    return memory;
  }

  /** How many tokens it tells of. */
  int length() {
    return length;
  }

  /** Its numbers were written, and tell of so many tokens. */
  void wasRead(int tokens) {
    length = tokens;
  }

  /** Takes over what was found, when it is empty. */
  void take(PrefixNode.State found, int tokens) {
    // so that it is forgotten for the copy only when there is no other: then it is itself the copy
    pool.known().touch(found);
    memory = Objects.requireNonNull(pool.takeState());
    memory.copyFrom(found.memory);
    length = tokens;
  }

  /** Whether it tells of just so many tokens. */
  boolean tellsOf(int tokens) {
    return length == tokens && !broken && memory.byteSize() > 0;
  }

  /** Lets others find a copy, if there is memory for it. */
  void share(PrefixNode node, int tokensOfNode) {
    MemorySegment shared = pool.takeState();
    if (shared != null) {
      shared.copyFrom(memory);
      pool.known().addState(node, tokensOfNode, shared);
    }
  }

  /** Lets others find it, and has none any more. */
  void giveAway(PrefixNode node, int tokensOfNode) {
    pool.known().addState(node, tokensOfNode, memory);
    memory = MemorySegment.NULL;
  }

  /** Keeps a copy; false when there is no memory. */
  boolean save() {
    copy = atLeast(copy);
    if (copy.byteSize() > 0) {
      copy.copyFrom(memory);
    }
    copyLength = length;
    return has(copy);
  }

  /** Goes back to the copy. */
  void restore() {
    if (!has(copy)) {
      throw new IllegalStateException("no state was saved");
    }
    if (copy.byteSize() > 0) {
      memory.copyFrom(copy);
    }
    length = copyLength;
    broken = false;
  }

  /** {@link SequenceCache#resumeAt}. */
  int resumeAt(int position) {
    return !pool.hasState() || (position == length && !broken) ? position : 0;
  }

  /** {@link SequenceCache#begin}. */
  void begin(int position) {
    if (resumeAt(position) != position) {
      throw new IllegalStateException(
          "a sequence with recurrent state %s cannot go on at position %d, only at 0"
              .formatted(broken ? "that is broken" : "of %d tokens".formatted(length), position));
    }
    length = position;
    broken = true;
  }

  /** {@link SequenceCache#end}. */
  void end(int position) {
    length = position;
    broken = false;
  }

  /** {@link SequenceCache#readState}. */
  void read(int layer, int at, int count, float[] target, int to) {
    if (length == 0) {
      Arrays.fill(target, to, to + count, 0f);
    } else {
      MemorySegment.copy(memory, JAVA_FLOAT, pool.stateStart(layer) + 4L * at, target, to, count);
    }
  }

  /** {@link SequenceCache#writeState}. */
  void write(int layer, int at, int count, float[] source, int from) {
    MemorySegment.copy(source, from, memory, JAVA_FLOAT, pool.stateStart(layer) + 4L * at, count);
  }

  /** Gives all memory back. */
  void release() {
    if (memory.byteSize() > 0) {
      pool.giveState(memory);
    }
    if (copy.byteSize() > 0) {
      pool.giveState(copy);
    }
    memory = MemorySegment.NULL;
    copy = MemorySegment.NULL;
    length = 0;
    broken = false;
  }
}
