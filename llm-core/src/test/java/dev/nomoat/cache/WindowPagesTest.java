package dev.nomoat.cache;

import static dev.nomoat.cache.CachedSequence.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.CacheFootprint;
import dev.nomoat.CacheType;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What layers that see a window or a chunk keep, and what others find of it. The number at a
 * position tells its whole prefix.
 */
class WindowPagesTest {
  private static final int PAGE = CacheShape.PAGE;
  private static final AttentionSpan WINDOW = AttentionSpan.window(100);
  private static final AttentionSpan CHUNK = AttentionSpan.chunk(150);

  private final Arena arena = Arena.ofAuto();

  private static CacheShape shape(AttentionSpan... spans) {
    return new CacheShape(
        Arrays.stream(spans).map(span -> new CacheShape.Layer(1, 1, 1, false, span)).toList(),
        CacheType.F32);
  }

  /** Two layers with a window, one that sees all, one with chunks: frames of a layer each. */
  private PagePool pool(int frames) {
    CacheShape shape = shape(WINDOW, AttentionSpan.ALL, CHUNK, WINDOW);
    return new PagePool(shape, StateShape.NONE, arena, frames, 0);
  }

  /** A sequence that is evaluated step by step. */
  private static final class Sequence extends CachedSequence {
    Sequence(PagePool pool, int[] tokens) {
      super(pool, tokens);
    }

    /** Evaluates up to a position; false when there is no room. */
    boolean evaluate(int to, int step) {
      while (evaluated < to) {
        int end = Math.min(to, evaluated + step);
        if (!cache.reserve(end)) {
          return false;
        }
        assertThat(cache.frames()).isLessThanOrEqualTo((int) cache.footprint().frames(end));
        store(evaluated, end, -1);
        store(evaluated, end, 0);
        evaluated = end;
        cache.share(tokens, evaluated);
      }
      return true;
    }

    private void store(int from, int to, float wrong) {
      cache.begin(from);
      for (int position = from; position < to; position++) {
        float[] number = {wrong == 0 ? mark(position + 1) : wrong};
        for (int layer = 0; layer < cache.shape().layers().size(); layer++) {
          cache.store(layer, 0, position, number, 0, number, 0);
        }
      }
      cache.end(to);
    }

    /** The next token finds all that it sees, in every layer. */
    void assertSees() {
      float[] values = new float[PAGE * 64];
      for (int layer = 0; layer < cache.shape().layers().size(); layer++) {
        AttentionSpan span = cache.shape().layers().get(layer).span();
        for (int position = span.first(evaluated); position < evaluated; position++) {
          if (position % PAGE == 0 || position == span.first(evaluated)) {
            cache.readValues(layer, 0, position / PAGE, PAGE, Kernels.scalar(), values);
          }
          assertThat(values[position % PAGE * 64]).isEqualTo(mark(position + 1));
        }
      }
    }
  }

  @Test
  void layersThatSeeEquallyFarShareTheirPages() {
    AttentionSpan all = AttentionSpan.ALL;
    CacheFootprint alike = shape(WINDOW, WINDOW).footprint();
    assertThat(alike.frameBytes()).isEqualTo(2 * 2 * PAGE * 4);
    assertThat(alike.groups()).containsExactly(new CacheFootprint.Group(2, 100, 1));
    CacheFootprint two = shape(WINDOW, all, WINDOW, WINDOW).footprint();
    assertThat(two.frameBytes()).isEqualTo(2 * PAGE * 4);
    assertThat(two.groups())
        .containsExactly(new CacheFootprint.Group(3, 100, 3), new CacheFootprint.Group(1, 0, 1));
    CacheShape.Layer wide = new CacheShape.Layer(1, 2, 2);
    CacheShape.Layer small = new CacheShape.Layer(1, 1, 1, false, WINDOW);
    CacheShape mixed =
        new CacheShape(
            List.of(small, wide, CacheShape.Layer.NONE, small, small, wide), CacheType.F16);
    assertThat(mixed.footprint().frameBytes()).isEqualTo(4 * PAGE * 2);
    assertThat(mixed.footprint().groups())
        .as("two small layers in a frame")
        .containsExactly(new CacheFootprint.Group(3, 100, 2), new CacheFootprint.Group(2, 0, 2));
    assertThat(new CacheShape(List.of(CacheShape.Layer.NONE), CacheType.F16).footprint())
        .isEqualTo(new CacheFootprint(0, List.of()));
  }

  @ParameterizedTest
  @CsvSource({"1, 5", "2, 5", "3, 6", "100, 7", "1024, 21", "4096, 69"})
  void aWindowTakesNoMoreThanItselfAndAStep(int window, int pages) {
    CacheFootprint footprint = shape(AttentionSpan.window(window)).footprint();
    assertThat(footprint.frames(0)).isZero();
    assertThat(footprint.frames(PAGE + 1)).isEqualTo(2);
    assertThat(footprint.frames(8192)).isEqualTo(pages);
    assertThat(footprint.frames(Integer.MAX_VALUE)).isEqualTo(pages);
    assertThat(footprint.bytes(8192)).isEqualTo(pages * footprint.frameBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 200, 256})
  void whatNoTokenSeesIsGivenBack(int step) {
    PagePool pool = pool(Integer.MAX_VALUE);
    Sequence sequence = new Sequence(pool, tokens(1000));
    int most = 0;
    while (sequence.evaluated < 1000) {
      assertThat(sequence.evaluate(Math.min(1000, sequence.evaluated + step), step)).isTrue();
      sequence.assertSees();
      most = Math.max(most, sequence.cache.frames());
    }
    // all of 16 pages; positions 901 to 999; from position 900
    assertThat(sequence.cache.frames()).isEqualTo(16 + 2 * 2 + 2);
    assertThat(pool.used()).isEqualTo(22);
    assertThat(pool.used() + pool.remembered()).isEqualTo(4 * 16);
    assertThat(most).isLessThanOrEqualTo((int) pool.footprint().frames(1000));
    assertThatIllegalStateException()
        .isThrownBy(() -> sequence.cache.begin(900))
        .withMessageContaining("what position 900 sees before 896 was given back");
    sequence.release();
    assertThat(pool.used()).isZero();
    pool.forget();
    assertThat(pool.remembered()).isZero();
  }

  @Test
  void aSequenceThatTellsNobodyGivesItsPagesBack() {
    PagePool pool = pool(Integer.MAX_VALUE);
    SequenceCache cache = new SequenceCache(pool);
    for (int position = 0; position < 1000; position += 200) {
      cache.leaveBehind(position);
      cache.require(position + 200);
    }
    assertThat(pool.remembered()).isZero();
    assertThat(pool.used()).isEqualTo(cache.frames()).isLessThan(pool.allocatedFrames() + 1);
    assertThat(cache.frames()).isLessThanOrEqualTo((int) pool.footprint().frames(1000));
    cache.release();
    assertThat(pool.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 99, 100, 128, 149, 150, 151, 300, 449, 512, 700, 767, 999})
  void aSequenceBranchesOffAnywhere(int at) {
    PagePool pool = pool(Integer.MAX_VALUE);
    Sequence first = new Sequence(pool, tokens(1000));
    first.evaluate(1000, 256);
    first.release();
    Sequence second = new Sequence(pool, tokens(1000, at));
    assertThat(second.reuse()).isEqualTo(at);
    second.assertSees();
    second.evaluate(1000, 100);
    second.assertSees();
    Sequence again = new Sequence(pool, first.tokens);
    assertThat(again.reuse()).isEqualTo(999);
    again.assertSees();
  }

  @Test
  void whatIsLeftBehindIsForgottenFirst() {
    PagePool pool = pool(4 * 16 + 10);
    Sequence early = new Sequence(pool, tokens(64, 0));
    early.evaluate(64, 64);
    early.release();
    Sequence first = new Sequence(pool, tokens(1000));
    first.evaluate(1000, 256);
    first.release();
    assertThat(pool.evictions()).isZero();
    Sequence other = new Sequence(pool, tokens(600, 1));
    assertThat(other.evaluate(600, 256)).isTrue();
    assertThat(pool.evictions()).isPositive();
    other.release();
    // the end of the first, and the whole early one, though both are older
    Sequence end = new Sequence(pool, tokens(1000));
    assertThat(end.reuse()).isEqualTo(999);
    end.assertSees();
    end.release();
    Sequence whole = new Sequence(pool, tokens(65, 0));
    assertThat(whole.reuse()).isEqualTo(64);
    whole.release();
    // but not a place that no token has seen for long
    Sequence middle = new Sequence(pool, tokens(400));
    assertThat(middle.reuse()).isLessThan(399);
    middle.assertSees();
  }

  @Test
  void aPlaceWhereASecondSequenceBranchesIsKept() {
    PagePool pool = pool(120);
    Sequence first = new Sequence(pool, tokens(700));
    first.evaluate(700, 256);
    first.release();
    Sequence second = new Sequence(pool, tokens(700, 330));
    assertThat(second.reuse()).isEqualTo(330);
    second.evaluate(700, 256);
    second.release();
    for (int i = 0; i < 3; i++) {
      Sequence other = new Sequence(pool, tokens(400, i));
      other.evaluate(400, 256);
      other.release();
    }
    assertThat(pool.evictions()).isPositive();
    int[] another = tokens(700);
    another[330] = 98;
    Sequence third = new Sequence(pool, another);
    assertThat(third.reuse()).isEqualTo(330);
    third.assertSees();
    Sequence elsewhere = new Sequence(pool, tokens(700, 500));
    assertThat(elsewhere.reuse()).isLessThan(500);
    elsewhere.assertSees();
  }

  @Test
  void aWindowThatWasForgottenIsMadeAgain() {
    PagePool pool = pool(90);
    Sequence first = new Sequence(pool, tokens(1000));
    first.evaluate(1000, 256);
    Sequence branch = new Sequence(pool, tokens(500, 499));
    // all of it is known, but not what a window sees
    assertThat(pool.known().find(branch.tokens, 499).length()).isEqualTo(499);
    while (pool.remembered() > 0) {
      assertThat(pool.known().evict()).isTrue();
    }
    assertThat(branch.reuse()).isZero();
    assertThat(branch.cache.held(branch.tokens, 499)).isZero();
    assertThat(branch.evaluate(500, 256)).isTrue();
    branch.assertSees();
    assertThat(branch.cache.frames() - first.cache.frames()).isNegative();
    branch.release();
    Sequence again = new Sequence(pool, tokens(500, 498));
    assertThat(again.reuse()).as("there was room for whole pages of it only").isEqualTo(448);
    again.assertSees();
    first.assertSees();
  }

  @Test
  void sharedFramesAreThoseThatOthersUse() {
    PagePool pool = pool(Integer.MAX_VALUE);
    Sequence first = new Sequence(pool, tokens(1000));
    first.evaluate(1000, 256);
    SequenceCache second = new SequenceCache(pool);
    int[] same = tokens(1000, 999);
    // the first 15 pages; positions 900 to 959, and 896 to 959: all but the last page
    assertThat(second.held(same, 999)).isEqualTo(15 + 2 + 1);
    int before = pool.used();
    assertThat(second.reuse(same, 999)).isEqualTo(960);
    // at 960 a token sees from 861 and from 900
    assertThat(second.frames()).isEqualTo(15 + 2 * 2 + 1);
    assertThat(pool.used() - before).isEqualTo(2);
    first.release();
    assertThat(pool.used()).isEqualTo(second.frames());
    second.release();
    assertThat(pool.used()).isZero();
  }

  /** All sequences are remembered, so what is found is the longest beginning that they have. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whatIsFoundIsTheLongestKnownBeginning(int seed) {
    Random random = new Random(seed);
    PagePool pool = pool(Integer.MAX_VALUE);
    List<Sequence> running = new ArrayList<>();
    List<int[]> known = new ArrayList<>(); // beginnings that were evaluated
    for (int i = 0; i < 300; i++) {
      Sequence sequence = new Sequence(pool, randomTokens(random));
      int expected = 0;
      for (int[] other : known) {
        int most = sequence.tokens.length - 1;
        int mismatch = Arrays.mismatch(sequence.tokens, 0, most, other, 0, other.length);
        expected = Math.max(expected, mismatch < 0 ? most : mismatch);
      }
      for (Sequence other : running) {
        int whole = other.evaluated - other.evaluated % PAGE;
        int mismatch =
            Arrays.mismatch(sequence.tokens, 0, sequence.tokens.length - 1, other.tokens, 0, whole);
        expected = Math.max(expected, mismatch < 0 ? sequence.tokens.length - 1 : mismatch);
      }
      assertThat(sequence.reuse()).isEqualTo(expected);
      sequence.assertSees();
      int to = sequence.evaluated + random.nextInt(sequence.tokens.length - sequence.evaluated + 1);
      sequence.evaluate(to, 1 + random.nextInt(256));
      running.add(sequence);
      if (running.size() > 3) {
        Sequence ended = running.remove(random.nextInt(running.size()));
        ended.assertSees();
        ended.release();
        known.add(Arrays.copyOf(ended.tokens, ended.evaluated));
      }
    }
    running.forEach(Sequence::release);
    assertReturned(pool);
  }

  private static int[] randomTokens(Random random) {
    int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 800 : 300);
    int[] tokens = tokens(length);
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      tokens[random.nextInt(length)] = 90 + random.nextInt(2);
    }
    return tokens;
  }

  /** Memory is always short. */
  @ParameterizedTest
  @CsvSource({"1, 29", "2, 40", "3, 70", "4, 150"})
  void anyNumberOfSequencesSeesOnlyWhatIsTheirs(int seed, int frames) {
    Random random = new Random(seed);
    PagePool pool = pool(frames);
    List<Sequence> running = new ArrayList<>();
    long reused = 0;
    for (int i = 0; i < 2000; i++) {
      if (running.isEmpty() || (running.size() < 4 && random.nextInt(4) == 0)) {
        Sequence sequence = new Sequence(pool, randomTokens(random));
        int before = pool.used();
        int held = sequence.cache.held(sequence.tokens, sequence.tokens.length - 1);
        reused += sequence.reuse();
        if (sequence.evaluated % PAGE == 0) {
          assertThat(pool.used() - before).isLessThanOrEqualTo(sequence.cache.frames());
        }
        assertThat(held).isLessThanOrEqualTo(before);
        sequence.assertSees();
        running.add(sequence);
      }
      Sequence sequence = running.get(random.nextInt(running.size()));
      int to =
          Math.min(
              sequence.tokens.length, sequence.evaluated + 1 + random.nextInt(CacheShape.STEP));
      boolean fits = sequence.evaluate(to, CacheShape.STEP);
      sequence.assertSees();
      if (!fits || to == sequence.tokens.length || random.nextInt(10) == 0) {
        running.remove(sequence);
        if (random.nextInt(5) == 0) {
          sequence.cache.release();
        } else {
          sequence.release();
        }
      }
      assertThat(pool.allocatedFrames()).isLessThanOrEqualTo(frames);
      assertThat(pool.used() + pool.available()).isEqualTo(frames);
    }
    for (Sequence sequence : running) {
      sequence.assertSees();
      sequence.release();
    }
    assertThat(reused).isPositive();
    assertThat(pool.evictions()).isPositive();
    assertReturned(pool);
  }

  private static void assertReturned(PagePool pool) {
    assertThat(pool.used()).isZero();
    pool.forget();
    assertThat(pool.remembered()).isZero();
    assertThat(pool.known().root().isLeaf()).isTrue();
  }

  /** A model none of whose layers sees all. */
  @Test
  void windowsAloneNeedNoPageOfTheBeginning() {
    PagePool pool = new PagePool(shape(AttentionSpan.window(20)), StateShape.NONE, arena, 6, 0);
    Sequence first = new Sequence(pool, tokens(2000));
    assertThat(first.evaluate(2000, 200)).isTrue();
    assertThat(pool.allocatedFrames()).isLessThanOrEqualTo(6);
    first.assertSees();
    first.release();
    Sequence second = new Sequence(pool, tokens(2100));
    assertThat(second.reuse()).isEqualTo(2000);
    second.assertSees();
    assertThat(second.evaluate(2100, 100)).isTrue();
    second.assertSees();
    second.release();
    assertReturned(pool);
  }
}
