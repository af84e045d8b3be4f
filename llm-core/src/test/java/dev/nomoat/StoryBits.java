package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The logits of 64 tokens have the same bits however they are computed. The digests are the same in
 * all JVMs in which the subclasses run; they may change only together with the arithmetic.
 */
abstract class StoryBits {
  private static final int TOKENS = 64;

  private static final Map<String, String> DIGESTS =
      Map.ofEntries(
          Map.entry("bf16 FAST F16", "ec1f5d68c7905006"),
          Map.entry("bf16 FAST F32", "4067f82cb319d18d"),
          Map.entry("bf16 FAST Q8_0", "58f6eed085910db1"),
          Map.entry("bf16 FAST Q4_0", "3d79605442ee5272"),
          Map.entry("bf16 FULL F16", "ec1f5d68c7905006"),
          Map.entry("bf16 FULL F32", "4067f82cb319d18d"),
          Map.entry("bf16 FULL Q8_0", "58f6eed085910db1"),
          Map.entry("bf16 FULL Q4_0", "3d79605442ee5272"),
          Map.entry("q8_0 FAST F16", "b2239e6cf7defce1"),
          Map.entry("q8_0 FAST F32", "f840eb92108b0322"),
          Map.entry("q8_0 FAST Q8_0", "e636cadc4a981f24"),
          Map.entry("q8_0 FAST Q4_0", "ed47dbc219bb6b03"),
          Map.entry("q8_0 FULL F16", "b2239e6cf7defce1"),
          Map.entry("q8_0 FULL F32", "f840eb92108b0322"),
          Map.entry("q8_0 FULL Q8_0", "e636cadc4a981f24"),
          Map.entry("q8_0 FULL Q4_0", "ed47dbc219bb6b03"),
          Map.entry("q4_0 FAST F16", "c1cd166f7619223d"),
          Map.entry("q4_0 FAST F32", "c2c1222d2458292b"),
          Map.entry("q4_0 FAST Q8_0", "0843439318408f35"),
          Map.entry("q4_0 FAST Q4_0", "09cb25b79e51551d"),
          Map.entry("q4_0 FULL F16", "701358e2d198a6a7"),
          Map.entry("q4_0 FULL F32", "7244297926da7f53"),
          Map.entry("q4_0 FULL Q8_0", "64974ef236577e50"),
          Map.entry("q4_0 FULL Q4_0", "e19ec7a0f95011dc"),
          Map.entry("q4_k_m FAST F16", "7c24502f14c3b01a"),
          Map.entry("q4_k_m FAST F32", "ad327b8158794f8d"),
          Map.entry("q4_k_m FAST Q8_0", "2f117fedf27c23d8"),
          Map.entry("q4_k_m FAST Q4_0", "710b84340b83bf02"),
          Map.entry("q4_k_m FULL F16", "06d1a0767ed7537a"),
          Map.entry("q4_k_m FULL F32", "9c58bdaec670012f"),
          Map.entry("q4_k_m FULL Q8_0", "764e5e2da23d1231"),
          Map.entry("q4_k_m FULL Q4_0", "faf9cd41c012db15"),
          Map.entry("q6_k FAST F16", "9eb73804114077ca"),
          Map.entry("q6_k FAST F32", "ab40b4144b064366"),
          Map.entry("q6_k FAST Q8_0", "f7528b3f3c757dc5"),
          Map.entry("q6_k FAST Q4_0", "ee6498aeaab995c3"),
          Map.entry("q6_k FULL F16", "4a0461bc7cc0aa7d"),
          Map.entry("q6_k FULL F32", "aae49a4e17c34034"),
          Map.entry("q6_k FULL Q8_0", "54aadc8dfffde843"),
          Map.entry("q6_k FULL Q4_0", "b4a71b14143e4e7a"));

  private static final int[] IDS = Arrays.copyOf(Story.ids(), TOKENS);

  /** The first 8 bytes of the SHA-256 of the bits. */
  static String digest(float[] logits) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * logits.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(logits);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "q8_0", "q4_0", "q4_k_m", "q6_k"})
  void logitsHaveTheSameBits(String type) throws IOException {
    try (Graph graph = Graph.open(Story.file(type))) {
      for (ActivationPrecision precision : ActivationPrecision.values()) {
        for (CacheType cache : CacheType.values()) {
          Graph.Mode mode = new Graph.Mode(2, cache, precision);
          String name = type + " " + precision + " " + cache;
          assertThat(digest(graph.logits(mode, IDS, TOKENS))).as(name).isEqualTo(DIGESTS.get(name));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"bf16, F32", "q4_k_m, F32", "q4_0, Q8_0"})
  void threadsAndBatchesChangeNoBit(String type, CacheType cache) throws IOException {
    Graph.Mode mode = new Graph.Mode(1, cache, ActivationPrecision.FAST);
    String expected = DIGESTS.get(type + " FAST " + cache);
    try (Graph graph = Graph.open(Story.file(type))) {
      for (int threads = 1; threads <= 3; threads++) {
        assertThat(digest(graph.logits(mode.withThreads(threads), IDS, TOKENS)))
            .as("%d threads", threads)
            .isEqualTo(expected);
      }
      for (int chunk : new int[] {1, 7, 33}) {
        assertThat(digest(graph.logits(mode.withThreads(2), IDS, chunk)))
            .as("%d tokens at a time", chunk)
            .isEqualTo(expected);
      }
      assertThat(digest(graph.with(mode.withThreads(2), StoryBits::amongOthers)))
          .as("beside seven other sequences")
          .isEqualTo(expected);
    }
  }

  /** One to three of our tokens in each batch, somewhere between those of seven other sequences. */
  private static float[] amongOthers(Graph.Run run) {
    SplittableRandom random = new SplittableRandom(7);
    SequenceCache[] sequences = new SequenceCache[8];
    Arrays.setAll(sequences, i -> run.sequence());
    int[] positions = new int[sequences.length];
    int ours = 3;
    float[] result = new float[TOKENS * Story.VOCAB];
    Batch batch = new Batch();
    while (positions[ours] < TOKENS) {
      batch.clear();
      int first = 0;
      int count = 0;
      for (int i = 0; i < sequences.length; i++) {
        int most = i == ours ? Math.min(3, TOKENS - positions[ours]) : 12;
        int tokens = random.nextInt(i == ours ? 1 : 0, most + 1);
        for (int t = 0; t < tokens; t++) {
          int id = i == ours ? IDS[positions[i]] : random.nextInt(Story.VOCAB);
          int row = batch.add(sequences[i], positions[i]++, id, i == ours || t % 2 == 0);
          if (i == ours && count++ == 0) {
            first = row;
          }
        }
      }
      float[] logits = run.evaluate(batch);
      System.arraycopy(
          logits,
          first * Story.VOCAB,
          result,
          (positions[ours] - count) * Story.VOCAB,
          count * Story.VOCAB);
    }
    return result;
  }
}
