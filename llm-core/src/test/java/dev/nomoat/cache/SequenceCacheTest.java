package dev.nomoat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.CacheType;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SequenceCacheTest {
  private static final int LAYERS = 3;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 88;
  private static final int PAGE = CacheShape.PAGE;

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void everyNumberOfEveryHeadIsKept(CacheType type) {
    everyNumberOfEveryHeadIsKept(type, Kernels.best());
    everyNumberOfEveryHeadIsKept(type, Kernels.scalar());
  }

  private static void everyNumberOfEveryHeadIsKept(CacheType type, Kernels kernels) {
    int length = 2 * PAGE + 5;
    int heads = LAYERS * KV_HEADS;
    try (Arena arena = Arena.ofConfined()) {
      PagePool pool = new PagePool(CacheShape.uniform(LAYERS, KV_HEADS, HEAD_DIM, type), arena);
      SequenceCache cache = new SequenceCache(pool);
      cache.require(length);
      float[] keys = numbers(heads * length * HEAD_DIM, 1);
      float[] values = numbers(heads * length * HEAD_DIM, 2);
      for (int head = 0; head < heads; head++) {
        for (int position = length - 1; position >= 0; position--) {
          int at = (head * length + position) * HEAD_DIM;
          cache.store(head / KV_HEADS, head % KV_HEADS, position, keys, at, values, at);
        }
      }
      float[] keptKeys = Kept.heads(type, keys, HEAD_DIM);
      float[] keptValues = Kept.heads(type, values, HEAD_DIM);
      float[] block = new float[PAGE * Math.ceilDiv(HEAD_DIM, 64) * 64];
      for (int head = 0; head < heads; head++) {
        for (int position = 0; position < length; position++) {
          int slot = position % PAGE;
          int at = (head * length + position) * HEAD_DIM;
          cache.readKeys(head / KV_HEADS, head % KV_HEADS, position / PAGE, kernels, block);
          for (int i = 0; i < HEAD_DIM; i++) {
            assertThat(block[i * PAGE + slot]).isEqualTo(keptKeys[at + i]);
          }
          cache.readValues(
              head / KV_HEADS, head % KV_HEADS, position / PAGE, slot + 1, kernels, block);
          for (int i = 0; i < HEAD_DIM; i++) {
            assertThat(block[i / 64 * 64 * PAGE + slot * 64 + i % 64])
                .isEqualTo(keptValues[at + i]);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void layersOfDifferentShapesDoNotOverlap(CacheType type) {
    List<CacheShape.Layer> layers =
        List.of(
            CacheShape.Layer.NONE,
            new CacheShape.Layer(2, 24, 8),
            CacheShape.Layer.NONE,
            new CacheShape.Layer(1, 80, 72),
            new CacheShape.Layer(3, 4, 130));
    CacheShape shape = new CacheShape(layers, type);
    long bytes =
        2 * (bytes(24, type) + bytes(8, type))
            + bytes(80, type)
            + bytes(72, type)
            + 3 * (bytes(4, type) + bytes(130, type));
    assertThat(shape.footprint().frameBytes()).isEqualTo(PAGE * bytes);
    try (Arena arena = Arena.ofConfined()) {
      SequenceCache cache = new SequenceCache(new PagePool(shape, arena));
      cache.require(PAGE);
      for (int layer = 0; layer < layers.size(); layer++) {
        for (int head = 0; head < layers.get(layer).kvHeads(); head++) {
          float[] key = new float[layers.get(layer).keyDim()];
          float[] value = new float[layers.get(layer).valueDim()];
          Arrays.fill(key, mark(layer, head));
          Arrays.fill(value, -mark(layer, head));
          for (int position = 0; position < PAGE; position++) {
            cache.store(layer, head, position, key, 0, value, 0);
          }
        }
      }
      for (int layer = 0; layer < layers.size(); layer++) {
        int keyDim = layers.get(layer).keyDim();
        int valueDim = layers.get(layer).valueDim();
        for (int head = 0; head < layers.get(layer).kvHeads(); head++) {
          float[] block = new float[PAGE * Math.ceilDiv(Math.max(keyDim, valueDim), 64) * 64];
          cache.readKeys(layer, head, 0, Kernels.best(), block);
          assertThat(Arrays.copyOf(block, PAGE * keyDim)).containsOnly(mark(layer, head));
          Arrays.fill(block, 0);
          cache.readValues(layer, head, 0, PAGE, Kernels.best(), block);
          for (int i = 0; i < valueDim; i++) {
            assertThat(block[i / 64 * 64 * PAGE + 64 + i % 64]).isEqualTo(-mark(layer, head));
          }
        }
      }
    }
  }

  /** A number that is kept as it is by all types where a head has no other. */
  private static float mark(int layer, int head) {
    return 8 * 127 * (3 * layer + head);
  }

  /** Of a key or value. */
  private static long bytes(int numbers, CacheType type) {
    int scales = Math.ceilDiv(numbers, 32);
    return switch (type) {
      case F32 -> 4L * numbers;
      case F16 -> 2L * numbers;
      case Q8_0 -> numbers + 2L * scales;
      case Q4_0 -> Math.ceilDiv(numbers, 2) + 2L * scales;
    };
  }

  private static float[] numbers(int count, long seed) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  @Test
  void pagesAreTakenWhenNeededAndUsedAgain() {
    CacheShape shape = CacheShape.uniform(LAYERS, KV_HEADS, HEAD_DIM, CacheType.F16);
    try (Arena memory = Arena.ofConfined()) {
      CountingArena arena = new CountingArena(memory, Integer.MAX_VALUE);
      PagePool pool = new PagePool(shape, arena);
      assertThat(pool.shape()).isSameAs(shape);
      SequenceCache first = new SequenceCache(pool);
      SequenceCache second = new SequenceCache(pool);
      assertThat(pool.used()).isZero();
      first.require(0);
      assertThat(pool.used()).isZero();
      first.require(1);
      first.require(PAGE);
      assertThat(pool.used()).isEqualTo(1);
      first.require(PAGE + 1);
      assertThat(pool.used()).isEqualTo(2);
      second.require(3 * PAGE);
      second.require(1);
      assertThat(pool.used()).isEqualTo(5);
      assertThat(arena.allocations()).isEqualTo(5);
      assertThat(arena.bytes()).isEqualTo(5 * shape.footprint().frameBytes());
      first.release();
      first.release();
      assertThat(pool.used()).isEqualTo(3);
      second.require(5 * PAGE);
      first.require(PAGE);
      assertThat(pool.used()).isEqualTo(6);
      assertThat(arena.allocations()).as("two pages were used again").isEqualTo(6);
      first.release();
      second.release();
      assertThat(pool.used()).isZero();
    }
  }

  @Test
  void sequencesDoNotShareMemory() {
    try (Arena arena = Arena.ofConfined()) {
      PagePool pool = new PagePool(CacheShape.uniform(1, 1, 2, CacheType.F32), arena);
      SequenceCache first = new SequenceCache(pool);
      SequenceCache second = new SequenceCache(pool);
      first.require(1);
      second.require(1);
      first.store(0, 0, 0, new float[] {1, 2}, 0, new float[] {3, 4}, 0);
      second.store(0, 0, 0, new float[] {5, 6}, 0, new float[] {7, 8}, 0);
      Kernels kernels = Kernels.scalar();
      float[] block = new float[PAGE * 64];
      first.readKeys(0, 0, 0, kernels, block);
      assertThat(new float[] {block[0], block[PAGE]}).containsExactly(1, 2);
      second.readValues(0, 0, 0, 1, kernels, block);
      assertThat(new float[] {block[0], block[1]}).containsExactly(7, 8);
    }
  }

  @Test
  void sizesAreExact() {
    CacheShape shape = CacheShape.uniform(22, 4, 64, CacheType.F16);
    assertThat(shape.footprint().frameBytes()).isEqualTo(2L * 22 * 4 * 64 * PAGE * 2);
    assertThat(shape.footprint().bytes(0)).isZero();
    assertThat(shape.footprint().bytes(1)).isEqualTo(shape.footprint().frameBytes());
    assertThat(shape.footprint().bytes(PAGE)).isEqualTo(shape.footprint().frameBytes());
    assertThat(shape.footprint().bytes(PAGE + 1)).isEqualTo(2 * shape.footprint().frameBytes());
    CacheShape large = CacheShape.uniform(1000, 1000, 1 << 20, CacheType.F32);
    assertThat(large.footprint().frameBytes()).isEqualTo(2_000_000L * (1L << 20) * PAGE * 4);
    assertThat(large.footprint().bytes(64 * 1000)).isEqualTo(1000 * large.footprint().frameBytes());
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> large.footprint().bytes(Integer.MAX_VALUE));
  }
}
