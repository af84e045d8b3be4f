package dev.nomoat.cache;

import dev.nomoat.CacheFootprint;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;

/**
 * Keys and values of one sequence, and its recurrent state. Of layers that see only a window, what
 * no further token sees is {@linkplain #leaveBehind given back}. Growing and releasing belong to
 * the thread that schedules; reading and writing positions that exist is safe from any thread as
 * long as they are different ones, and so is reading and writing parts of the state.
 *
 * <p>Keys and values can be written anew, but for those of {@linkplain #share shared} pages.
 * Recurrent state cannot: it tells of all tokens so far, and no older one is kept unless it is
 * {@linkplain #saveState saved}. A sequence that has some goes on where it is, or begins anew at
 * position 0.
 */
public final class SequenceCache {
  private static final int PAGE = CacheShape.PAGE;

  private final PagePool pool;
  private final PageLayout layout;
  private final SequencePages pages;
  private final RecurrentState state;
  private final BitSet keptStates = new BitSet(); // pages behind which it is to be kept

  /**
   * Makes an empty sequence.
   *
   * @param pool where pages come from
   */
  public SequenceCache(PagePool pool) {
    this.pool = pool;
    this.layout = pool.layout();
    this.pages = new SequencePages(pool);
    this.state = new RecurrentState(pool);
  }

  /**
   * What a position takes.
   *
   * @return the pool's shape
   */
  public CacheShape shape() {
    return pool.shape();
  }

  /**
   * What sequences like this one take.
   *
   * @return memory, by how far layers see
   */
  public CacheFootprint footprint() {
    return pool.footprint();
  }

  /**
   * Frames that it holds, those that it shares with others included.
   *
   * @return how many
   */
  public int frames() {
    return pages.frames();
  }

  /**
   * Memory of some positions; only what is not {@linkplain #share shared} may be written.
   *
   * @param page positions 64 · page to 64 · page + 63, which exist
   * @return the frames of all classes, but for those that were given back
   */
  public List<MemorySegment> page(int page) {
    return pages.frames(page);
  }

  /**
   * Makes room.
   *
   * @param tokens positions up to tokens − 1 exist afterwards, but for those that were given back
   * @return false when there is not enough memory; what there was is taken
   * @throws OutOfMemoryError when the system has no more memory
   */
  public boolean reserve(int tokens) {
    return pages.reserve(tokens) && state.reserve();
  }

  /**
   * Makes room that is known to be there.
   *
   * @param tokens positions up to tokens − 1 exist afterwards, but for those that were given back
   * @throws IllegalStateException when there is not enough memory
   * @throws OutOfMemoryError when the system has no more memory
   */
  public void require(int tokens) {
    if (!reserve(tokens)) {
      throw new IllegalStateException("the cache has no room for %d tokens".formatted(tokens));
    }
  }

  /**
   * Takes over what is known of a sequence that begins with the same tokens: whole pages are
   * shared, of the last one a copy is made, and of recurrent state. For an empty sequence.
   *
   * @param tokens token ids
   * @param most how many of them may be taken over
   * @return how many positions exist and need no evaluation
   */
  public int reuse(int[] tokens, int most) {
    PrefixTree.Match match = pool.known().find(tokens, most);
    if (!pages.take(match)) {
      // without a copy only whole pages; and what a token sees from there may be less
      return reuse(tokens, match.length() / PAGE * PAGE);
    }
    if (match.state() != null) {
      state.take(match.state(), match.length());
    }
    // where others went another way, or will perhaps come again
    keepState(match.known());
    keepState(most);
    return match.length();
  }

  /**
   * Whether it can {@link #copy} what another sequence goes on with.
   *
   * @return false with recurrent state, which tells of all of the other's tokens
   */
  public boolean copies() {
    return !pool.hasState();
  }

  /**
   * Takes over positions of another sequence's last page, which is not full, so that {@link #reuse}
   * does not find it.
   *
   * @param other a sequence that begins with the same tokens
   * @param from positions that this one has
   * @param to positions that both are to have, and the other has
   * @return {@code to}, or {@code from} when there is nothing to be copied, or no memory for it
   */
  public int copy(SequenceCache other, int from, int to) {
    boolean sameTail = to > from && (to - 1) / PAGE == from / PAGE;
    return copies() && sameTail && pages.copy(other.pages, from / PAGE) ? to : from;
  }

  /**
   * Asks for recurrent state to be found later behind the last whole page before a position, when
   * evaluation {@linkplain #untilKept pauses} there. Without recurrent state nothing is kept.
   *
   * @param position a position
   */
  public void keepState(int position) {
    if (pool.hasState() && position >= PAGE) {
      keptStates.set(position / PAGE);
    }
  }

  /**
   * How many tokens may be evaluated until the state is to be kept, as {@link #share} does.
   *
   * @param position where evaluation begins
   * @return tokens, at least one; very many when there is no such place
   */
  public int untilKept(int position) {
    int page = keptStates.nextSetBit(position / PAGE + 1);
    return page < 0 ? Integer.MAX_VALUE : page * PAGE - position;
  }

  /**
   * How many frames others hold that {@link #reuse} would share.
   *
   * @param tokens token ids
   * @param most how many of them may be taken over
   * @return frames
   */
  public int held(int[] tokens, int most) {
    return pages.held(pool.known().find(tokens, most));
  }

  /**
   * Lets others find the pages that are full, and gives back what no further token sees.
   *
   * @param tokens token ids of the sequence
   * @param length how many of them were evaluated; positions from there on are not kept
   */
  public void share(int[] tokens, int length) {
    pages.share(tokens, length);
    if (length % PAGE == 0 && keptStates.get(length / PAGE) && state.tellsOf(length)) {
      keptStates.clear(length / PAGE);
      state.share(pages.node(length), PAGE);
    }
    pages.leaveBehind(length);
  }

  /**
   * Gives back the pages that no token from a position on sees; evaluation can go on there, or
   * later, but not before.
   *
   * @param position the position of the next token
   */
  public void leaveBehind(int position) {
    pages.leaveBehind(position);
  }

  /**
   * Gives all memory back, but lets others find what was evaluated, until the memory is needed.
   *
   * @param tokens token ids of the sequence
   * @param length how many of them were evaluated
   */
  public void release(int[] tokens, int length) {
    share(tokens, length);
    boolean stateful = state.tellsOf(length);
    if (length > 0 && (stateful || !pool.hasState())) {
      PrefixNode last = pages.shareRest(tokens, length);
      if (stateful) {
        state.giveAway(last, 1 + (length - 1) % PAGE);
      }
    }
    release();
  }

  /** Gives all memory back. */
  public void release() {
    pages.release();
    state.release();
    keptStates.clear();
  }

  /**
   * Where evaluation must begin so that a token can follow at a position, when the tokens before it
   * are those evaluated before: there, or at 0 when the recurrent state is not that of just these
   * tokens.
   *
   * @param position a position up to which tokens have been evaluated
   * @return {@code position} or 0
   */
  public int resumeAt(int position) {
    return state.resumeAt(position);
  }

  /**
   * Begins to evaluate tokens: until {@link #end}, the state is that of the tokens before them.
   *
   * @param position the position of the first one
   * @throws IllegalStateException when the recurrent state is not that of the tokens before it, or
   *     something that it sees was given back
   */
  public void begin(int position) {
    pages.checkKept(position);
    state.begin(position);
  }

  /**
   * Ends what {@link #begin} has begun, with success.
   *
   * @param position the position after the last token
   */
  public void end(int position) {
    state.end(position);
  }

  /**
   * Keeps a copy of the state, in place of one that was kept before, until the sequence is
   * released. It takes as much memory as the state of another sequence.
   *
   * @return false when there is no memory for it; true without recurrent state
   */
  public boolean saveState() {
    return state.save();
  }

  /**
   * Takes back what was evaluated since {@link #saveState}; evaluation goes on where it was then.
   *
   * @throws IllegalStateException when no state was saved
   */
  public void restoreState() {
    state.restore();
  }

  /**
   * Takes back what was evaluated from a position on, which is behind {@link #saveState}.
   *
   * @param position the position of the next token
   * @return where evaluation goes on: there, or with recurrent state where it was saved
   * @throws IllegalStateException when there is recurrent state, and none was saved
   */
  public int takeBack(int position) {
    if (!pool.hasState()) {
      return position;
    }
    state.restore();
    return state.length();
  }

  /** Whether sequences have recurrent state. */
  boolean hasState() {
    return pool.hasState();
  }

  /** The memory of the state, which there is room for; empty without recurrent state. */
  MemorySegment state() {
    return state.memory();
  }

  /** The memory of the state was written, and tells of so many tokens. */
  void stateWasRead(int tokens) {
    state.wasRead(tokens);
  }

  /**
   * Reads a part of a layer's state; zeros when there is no token yet.
   *
   * @param layer which layer
   * @param at where the part begins
   * @param count numbers of the part
   * @param target receives them
   * @param to where they go
   */
  public void readState(int layer, int at, int count, float[] target, int to) {
    state.read(layer, at, count, target, to);
  }

  /**
   * Writes a part of a layer's state.
   *
   * @param layer which layer
   * @param at where the part begins
   * @param count numbers of the part
   * @param source the numbers
   * @param from where they begin
   */
  public void writeState(int layer, int at, int count, float[] source, int from) {
    state.write(layer, at, count, source, from);
  }

  /**
   * Stores a head's key and value, as long as the layer's are.
   *
   * @param layer which layer
   * @param kvHead which head
   * @param position which position; it exists
   * @param key numbers of the key
   * @param keyAt where they begin
   * @param value numbers of the value; not looked at when the layer's values are in its keys
   * @param valueAt where they begin
   */
  public void store(
      int layer, int kvHead, int position, float[] key, int keyAt, float[] value, int valueAt) {
    MemorySegment[] page = pages.page(layer, position / PAGE);
    layout.store(page, layer, kvHead, position % PAGE, key, keyAt, value, valueAt);
  }

  /**
   * Reads the keys of a page, shape [keyDim, PAGE].
   *
   * @param layer which layer
   * @param kvHead which head
   * @param page which page
   * @param kernels who decodes
   * @param target receives {@code keyDim · PAGE} numbers; those of positions never stored are
   *     undefined
   */
  public void readKeys(int layer, int kvHead, int page, Kernels kernels, float[] target) {
    layout.readKeys(pages.page(layer, page), layer, kvHead, kernels, target);
  }

  /**
   * Reads the values of a page, shape [chunks, PAGE, 64]: numbers 0 to 63 of the head, then 64 to
   * 127, and so on. What fills up the last chunk is left alone. For layers whose values are not in
   * their keys.
   *
   * @param layer which layer
   * @param kvHead which head
   * @param page which page
   * @param positions how many of the page's positions to read, 1 to PAGE
   * @param kernels who decodes
   * @param target receives the numbers
   */
  public void readValues(
      int layer, int kvHead, int page, int positions, Kernels kernels, float[] target) {
    layout.readValues(pages.page(layer, page), layer, kvHead, positions, kernels, target);
  }
}
