package dev.nomoat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.CacheType;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sequence finds of those before it. The value of a position tells its whole prefix. */
class PrefixReuseTest {
  private static final int PAGE = CacheShape.PAGE;
  private static final CacheShape SHAPE = CacheShape.uniform(2, 1, 1, CacheType.F32);

  private final Arena arena = Arena.ofAuto();

  private static int[] tokens(int length, int... at) {
    int[] tokens = new int[length];
    Arrays.setAll(tokens, i -> i % 7);
    for (int position : at) {
      tokens[position] = 99;
    }
    return tokens;
  }

  private static float mark(int[] tokens, int position) {
    return Arrays.hashCode(Arrays.copyOf(tokens, position + 1)) & 0xffff;
  }

  /** Evaluates all tokens that are not there yet; how many were. */
  private static int fill(SequenceCache cache, int[] tokens) {
    int known = cache.reuse(tokens, tokens.length - 1);
    cache.require(tokens.length);
    for (int position = known; position < tokens.length; position++) {
      float[] number = {mark(tokens, position)};
      for (int layer = 0; layer < 2; layer++) {
        cache.store(layer, 0, position, number, 0, number, 0);
      }
    }
    cache.share(tokens, tokens.length);
    return known;
  }

  private static void assertHolds(SequenceCache cache, int[] tokens) {
    float[] values = new float[PAGE * 64];
    for (int position = 0; position < tokens.length; position++) {
      cache.readValues(1, 0, position / PAGE, PAGE, Kernels.scalar(), values);
      assertThat(values[position % PAGE * 64]).isEqualTo(mark(tokens, position));
    }
  }

  private PagePool pool(int pages) {
    return new PagePool(SHAPE, StateShape.NONE, arena, pages, 0);
  }

  @Test
  void whereTheSystemHasLessThanTheBudgetWhatIsRememberedMakesRoom() {
    PagePool pool = new PagePool(SHAPE, StateShape.NONE, new CountingArena(arena, 4), 100, 0);
    int[] tokens = tokens(4 * PAGE);
    for (int i = 0; i < 3; i++) {
      tokens[0] = 50 + i;
      SequenceCache cache = new SequenceCache(pool);
      assertThat(fill(cache, tokens)).isZero();
      assertHolds(cache, tokens);
      cache.release(tokens, tokens.length);
      assertThat(pool.remembered()).isEqualTo(4);
    }
    SequenceCache more = new SequenceCache(pool);
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> fill(more, tokens(5 * PAGE)));
    more.release();
    assertThat(fill(more, tokens(4 * PAGE))).isZero();
  }

  @Test
  void wholePagesAreSharedAndTheLastOneIsCopied() {
    PagePool pool = pool(100);
    SequenceCache first = new SequenceCache(pool);
    int[] tokens = tokens(3 * PAGE + 10);
    assertThat(fill(first, tokens)).isZero();
    assertThat(pool.used()).isEqualTo(4);
    SequenceCache second = new SequenceCache(pool);
    int[] longer = tokens(3 * PAGE + 30);
    assertThat(second.held(longer, longer.length - 1)).isEqualTo(3);
    assertThat(fill(second, longer)).as("the last page is not known yet").isEqualTo(3 * PAGE);
    assertThat(pool.used()).isEqualTo(5);
    assertHolds(second, longer);
    first.release(tokens, tokens.length);
    assertThat(pool.used()).isEqualTo(4);
    assertThat(pool.remembered()).isEqualTo(1);
    SequenceCache third = new SequenceCache(pool);
    assertThat(fill(third, longer)).isEqualTo(3 * PAGE + 10);
    assertHolds(third, longer);
    assertHolds(second, longer);
  }

  @Test
  void aSequenceBranchesOffWithinAPage() {
    PagePool pool = pool(100);
    SequenceCache first = new SequenceCache(pool);
    int[] tokens = tokens(2 * PAGE);
    fill(first, tokens);
    SequenceCache second = new SequenceCache(pool);
    int[] other = tokens(2 * PAGE, PAGE + 5);
    assertThat(fill(second, other)).isEqualTo(PAGE + 5);
    assertHolds(first, tokens);
    assertHolds(second, other);
    SequenceCache third = new SequenceCache(pool);
    int[] another = tokens(2 * PAGE, 0);
    assertThat(fill(third, another)).isZero();
    assertHolds(third, another);
  }

  @Test
  void theLastTokenIsAlwaysLeft() {
    PagePool pool = pool(100);
    int[] tokens = tokens(PAGE);
    SequenceCache first = new SequenceCache(pool);
    fill(first, tokens);
    first.release(tokens, PAGE);
    SequenceCache second = new SequenceCache(pool);
    assertThat(second.reuse(tokens, PAGE - 1)).isEqualTo(PAGE - 1);
    second.release();
    assertThat(second.reuse(tokens, 0)).isZero();
    assertThat(second.reuse(tokens, PAGE)).isEqualTo(PAGE);
  }

  @Test
  void twoThatEvaluateTheSameKeepOnePage() {
    PagePool pool = pool(100);
    int[] tokens = tokens(PAGE + 1);
    SequenceCache first = new SequenceCache(pool);
    SequenceCache second = new SequenceCache(pool);
    first.require(PAGE + 1);
    second.require(PAGE + 1);
    assertThat(pool.used()).isEqualTo(4);
    first.share(tokens, PAGE + 1);
    second.share(tokens, PAGE + 1);
    assertThat(pool.used()).isEqualTo(3);
  }

  @Test
  void theLongestUnusedIsForgotten() {
    PagePool pool = pool(4);
    SequenceCache cache = new SequenceCache(pool);
    int[] a = tokens(2 * PAGE, 0);
    int[] b = tokens(PAGE, 1);
    int[] c = tokens(2 * PAGE, 2);
    for (int[] tokens : new int[][] {a, b}) {
      fill(cache, tokens);
      cache.release(tokens, tokens.length);
    }
    assertThat(pool.remembered()).isEqualTo(3);
    assertThat(pool.available()).isEqualTo(4);
    fill(cache, c);
    assertThat(pool.evictions()).isEqualTo(1);
    cache.release(c, c.length);
    assertThat(cache.reuse(a, a.length - 1)).as("a page begins the other").isEqualTo(PAGE);
    cache.release();
    assertThat(cache.reuse(b, b.length)).isEqualTo(PAGE);
    cache.release();
    pool.forget();
    assertThat(cache.reuse(b, b.length)).isZero();
    assertThat(pool.remembered()).isZero();
    assertThat(pool.available()).isEqualTo(4);
  }

  @Test
  void whatIsHeldIsNotForgotten() {
    PagePool pool = pool(2);
    SequenceCache first = new SequenceCache(pool);
    int[] tokens = tokens(PAGE + 2);
    fill(first, tokens);
    SequenceCache second = new SequenceCache(pool);
    assertThat(second.reserve(1)).isFalse();
    assertThat(second.frames()).isZero();
    assertThat(pool.available()).isZero();
    first.release(tokens, tokens.length);
    assertThat(second.reserve(2 * PAGE)).isTrue();
    assertThat(second.reserve(2 * PAGE + 1)).isFalse();
    second.release();
    assertThat(pool.available()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 40})
  void anyNumberOfSequencesSeesOnlyWhatIsTheirs(int pages) {
    PagePool pool = pool(pages);
    Random random = new Random(pages);
    Map<SequenceCache, int[]> open = new HashMap<>();
    long reused = 0;
    for (int i = 0; i < 3000; i++) {
      if (open.size() < 4 && random.nextBoolean()) {
        int length = 1 + random.nextInt(2 * PAGE);
        int[] tokens = tokens(length);
        if (random.nextInt(3) > 0) {
          tokens[random.nextInt(length)] = 90 + random.nextInt(3);
        }
        SequenceCache cache = new SequenceCache(pool);
        int known = cache.reuse(tokens, length - 1);
        boolean fits = cache.reserve(length);
        cache.release(tokens, known);
        if (fits) {
          reused += fill(cache, tokens);
          open.put(cache, tokens);
        }
      } else if (!open.isEmpty()) {
        SequenceCache cache = open.keySet().iterator().next();
        int[] tokens = open.remove(cache);
        assertHolds(cache, tokens);
        cache.release(tokens, random.nextInt(tokens.length + 1));
      }
      assertThat(pool.allocatedFrames()).isLessThanOrEqualTo(pages);
      assertThat(pool.used() + pool.available()).isEqualTo(pages);
    }
    open.forEach((cache, tokens) -> cache.release(tokens, tokens.length));
    assertThat(pool.used()).isZero();
    assertThat(reused).isPositive();
    pool.forget();
    assertThat(pool.remembered()).isZero();
  }
}
