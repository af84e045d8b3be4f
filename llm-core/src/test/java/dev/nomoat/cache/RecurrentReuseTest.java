package dev.nomoat.cache;

import static dev.nomoat.cache.CachedSequence.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.CacheType;
import dev.nomoat.math.AttentionSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found of recurrent state, which here is a number that tells all tokens so far. */
class RecurrentReuseTest {
  private static final StateShape STATE = new StateShape(List.of(0, 2));

  private final Arena arena = Arena.ofAuto();

  private PagePool pool(CacheShape shape, int frames, int states) {
    return new PagePool(shape, STATE, arena, frames, states);
  }

  private PagePool recurrent(int states) {
    CacheShape.Layer none = CacheShape.Layer.NONE;
    return pool(new CacheShape(List.of(none, none), CacheType.F32), Integer.MAX_VALUE, states);
  }

  /** Attention in one layer, a window in another. */
  private PagePool hybrid(int frames, int states) {
    CacheShape.Layer window = new CacheShape.Layer(1, 1, 1, false, AttentionSpan.window(70));
    List<CacheShape.Layer> layers = List.of(window, new CacheShape.Layer(1, 1, 1));
    return pool(new CacheShape(layers, CacheType.F32), frames, states);
  }

  /** A sequence that is evaluated step by step, with pauses where its state is to be kept. */
  private static final class Sequence extends CachedSequence {
    Sequence(PagePool pool, int[] tokens) {
      super(pool, tokens);
    }

    @Override
    int reuse() {
      super.reuse();
      assertState();
      return evaluated;
    }

    void assertState() {
      if (evaluated > 0) {
        float[] numbers = new float[2];
        cache.readState(1, 0, 2, numbers, 0);
        assertThat(numbers).containsExactly(mark(evaluated), evaluated);
      }
    }

    boolean evaluate(int to) {
      while (evaluated < to) {
        int end = Math.min(to, evaluated + Math.min(100, cache.untilKept(evaluated)));
        if (!cache.reserve(end)) {
          return false;
        }
        cache.begin(evaluated);
        cache.writeState(1, 0, 2, new float[] {mark(end), end}, 0);
        cache.end(end);
        evaluated = end;
        cache.share(tokens, end);
      }
      return true;
    }
  }

  private static void run(PagePool pool, int[] tokens, int reused) {
    Sequence sequence = new Sequence(pool, tokens);
    assertThat(sequence.reuse()).isEqualTo(reused);
    assertThat(sequence.evaluate(tokens.length)).isTrue();
    sequence.release();
    assertThat(pool.usedStates()).isZero();
  }

  private static void assertReturned(PagePool pool) {
    assertThat(pool.used()).isZero();
    assertThat(pool.usedStates()).isZero();
    pool.forget();
    assertThat(pool.remembered()).isZero();
    assertThat(pool.known().unusedStates()).isZero();
    assertThat(pool.known().root().isLeaf()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSequenceGoesOnWhereAnotherEnded(boolean attention) {
    PagePool pool = attention ? hybrid(1000, 10) : recurrent(10);
    run(pool, tokens(150), 0);
    run(pool, tokens(200), 150);
    run(pool, tokens(250, 200), 200);
    // the first turn again, with another second one
    run(pool, tokens(200, 150), 150);
    assertThat(pool.known().unusedStates()).isPositive();
    assertReturned(pool);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePromptsLastPageIsRemembered(boolean attention) {
    PagePool pool = attention ? hybrid(1000, 10) : recurrent(10);
    run(pool, tokens(150), 0);
    run(pool, tokens(150), 128);
    run(pool, tokens(129), 128);
    run(pool, tokens(128), 0);
    run(pool, tokens(128), 64);
    run(pool, tokens(140, 135), 129);
    assertReturned(pool);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theThirdSequenceFindsWhereTheSecondWentAnotherWay(boolean attention) {
    PagePool pool = attention ? hybrid(1000, 20) : recurrent(20);
    run(pool, tokens(700, 300), 0);
    run(pool, tokens(700, 301), 0);
    run(pool, tokens(700, 302), 256);
    assertReturned(pool);
  }

  @Test
  void whoFollowsAsksForIt() {
    PagePool pool = hybrid(1000, 10);
    Sequence first = new Sequence(pool, tokens(500));
    first.reuse();
    first.cache.keepState(300);
    first.evaluate(310);
    Sequence second = new Sequence(pool, tokens(500, 300));
    assertThat(second.cache.held(second.tokens, 499)).isPositive();
    assertThat(second.reuse()).isEqualTo(256);
    second.release();
    first.assertState();
    first.release();
    assertReturned(pool);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneStateIsEnoughToGoOn(boolean attention) {
    PagePool pool = attention ? hybrid(1000, 1) : recurrent(1);
    run(pool, tokens(150), 0);
    run(pool, tokens(200), 150);
    run(pool, tokens(210), 200);
    run(pool, tokens(205), 0);
    assertReturned(pool);
  }

  @Test
  void aStateWithoutItsPagesIsNotFound() {
    PagePool pool = hybrid(12, 10);
    run(pool, tokens(250), 0);
    run(pool, tokens(300, 0), 0);
    assertThat(pool.evictions()).isPositive();
    Sequence again = new Sequence(pool, tokens(255));
    assertThat(again.reuse()).isZero();
    again.release();
    assertReturned(pool);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 65, 200})
  void nothingIsRememberedOfWhatWasNotEvaluated(int length) {
    PagePool pool = hybrid(1000, 10);
    Sequence sequence = new Sequence(pool, tokens(length));
    sequence.reuse();
    sequence.cache.require(length);
    sequence.release();
    assertThat(pool.known().unusedStates()).isZero();
    assertReturned(pool);
  }

  @Test
  void whatBrokeIsNotRemembered() {
    PagePool pool = recurrent(10);
    Sequence sequence = new Sequence(pool, tokens(50));
    sequence.evaluate(40);
    sequence.cache.begin(40);
    sequence.release();
    assertThat(pool.known().root().isLeaf()).isTrue();
    assertThat(pool.known().unusedStates()).isZero();
    assertReturned(pool);
  }

  @Test
  void aSavedStateCanBeRestored() {
    PagePool pool = recurrent(3);
    Sequence sequence = new Sequence(pool, tokens(50));
    assertThatIllegalStateException().isThrownBy(sequence.cache::restoreState);
    sequence.evaluate(20);
    assertThat(sequence.cache.saveState()).isTrue();
    assertThat(pool.usedStates()).isEqualTo(2);
    for (int i = 0; i < 2; i++) {
      sequence.evaluate(30);
      sequence.cache.begin(30);
      sequence.cache.restoreState();
      sequence.evaluated = 20;
      sequence.assertState();
      assertThat(sequence.cache.resumeAt(20)).isEqualTo(20);
    }
    sequence.evaluate(25);
    assertThat(sequence.cache.saveState()).isTrue();
    assertThat(pool.usedStates()).isEqualTo(2);
    Sequence other = new Sequence(pool, tokens(50));
    other.evaluate(1);
    assertThat(other.cache.saveState()).as("no memory").isFalse();
    sequence.release();
    other.release();
    assertReturned(pool);
    SequenceCache plain =
        new SequenceCache(new PagePool(CacheShape.uniform(1, 1, 1, CacheType.F32), arena));
    assertThat(plain.saveState()).isTrue();
    plain.restoreState();
  }

  @ParameterizedTest
  @CsvSource({"1, 12, 4", "2, 20, 5", "3, 40, 9", "4, 100000, 100000"})
  void anyNumberOfSequencesFindsOnlyWhatIsTheirs(int seed, int frames, int states) {
    for (PagePool pool : List.of(hybrid(frames, states), recurrent(states))) {
      Random random = new Random(seed);
      List<Sequence> running = new ArrayList<>();
      long reused = 0;
      for (int i = 0; i < 1500; i++) {
        if (running.isEmpty() || (running.size() < 4 && random.nextInt(3) == 0)) {
          int[] tokens = tokens(1 + random.nextInt(300));
          if (random.nextBoolean()) {
            tokens[random.nextInt(tokens.length)] = 90;
          }
          Sequence sequence = new Sequence(pool, tokens);
          reused += sequence.reuse();
          running.add(sequence);
        }
        Sequence sequence = running.get(random.nextInt(running.size()));
        int to = Math.min(sequence.tokens.length, sequence.evaluated + 1 + random.nextInt(200));
        boolean fits = sequence.evaluate(to);
        sequence.assertState();
        if (!fits || to == sequence.tokens.length || random.nextInt(10) == 0) {
          running.remove(sequence);
          if (random.nextInt(5) == 0) {
            sequence.cache.release();
          } else {
            sequence.release();
          }
        }
        assertThat(pool.usedStates()).isLessThanOrEqualTo(running.size());
        assertThat(pool.usedStates() + pool.known().unusedStates()).isLessThanOrEqualTo(states);
      }
      running.forEach(Sequence::release);
      assertThat(reused).isPositive();
      assertReturned(pool);
    }
  }
}
