package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models with recurrent state: sequences beside each other, and going back. */
class RecurrentFamiliesTest {
  private static final int VOCAB = 264;
  private static final int LENGTH = 40;
  private static final int CUT = 17;

  private static Path file(String family) throws URISyntaxException {
    String name = "/dev/nomoat/families/" + family + ".gguf";
    return Path.of(Objects.requireNonNull(RecurrentFamiliesTest.class.getResource(name)).toURI());
  }

  private static int[] ids(long seed) {
    return new Random(seed).ints(LENGTH, 0, VOCAB).toArray();
  }

  private static float[] lastOf(float[] logits) {
    return Arrays.copyOfRange(logits, logits.length - VOCAB, logits.length);
  }

  private static void add(Batch batch, SequenceCache sequence, int[] ids, int from, int to) {
    for (int i = from; i < to; i++) {
      batch.add(sequence, i, ids[i], i == LENGTH - 1);
    }
  }

  static List<String> families() {
    return List.of(
        "granitemoehybrid",
        "lfm2",
        "lfm2_moe",
        "mamba2",
        "qwen3_5_moe_text",
        "qwen3_5_text",
        "qwen3_next");
  }

  @ParameterizedTest
  @MethodSource("families")
  void sequencesOfABatchDoNotMeet(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(file(family))) {
      int[][] ids = {ids(1), ids(2), ids(3)};
      int[][] cuts = {{0, 1, 2, 30, LENGTH}, {0, 20, 20, 21, LENGTH}, {0, 7, 9, 39, LENGTH}};
      Graph.Mode mode = Graph.Mode.EXACT.withThreads(2);
      float[] together =
          graph.with(
              mode,
              run -> {
                SequenceCache[] sequences = {run.sequence(), run.sequence(), run.sequence()};
                float[] logits = {};
                for (int step = 0; step < 4; step++) {
                  Batch batch = new Batch();
                  for (int s = 0; s < 3; s++) {
                    add(batch, sequences[s], ids[s], cuts[s][step], cuts[s][step + 1]);
                  }
                  logits = run.evaluate(batch);
                }
                return logits;
              });
      for (int s = 0; s < 3; s++) {
        float[] alone = lastOf(graph.logits(Graph.Mode.EXACT, ids[s], LENGTH));
        float[] beside = Arrays.copyOfRange(together, s * VOCAB, (s + 1) * VOCAB);
        assertThat(Graph.bits(beside)).isEqualTo(Graph.bits(alone));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aSequenceThatIsCutBackBeginsAnew(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(file(family))) {
      int[] ids = ids(4);
      float[] expected = lastOf(graph.logits(Graph.Mode.EXACT, ids, LENGTH));
      float[] again =
          graph.with(
              Graph.Mode.EXACT,
              run -> {
                SequenceCache sequence = run.sequence();
                int[] other = ids.clone();
                Arrays.fill(other, CUT, LENGTH, 5);
                Batch batch = new Batch();
                add(batch, sequence, other, 0, LENGTH - 1);
                run.evaluate(batch);
                batch.clear();
                add(batch, sequence, ids, CUT, LENGTH);
                assertThatIllegalStateException()
                    .isThrownBy(() -> run.evaluate(batch))
                    .withMessageContaining("cannot go on at position " + CUT);
                assertThat(sequence.resumeAt(CUT)).isZero();
                batch.clear();
                add(batch, sequence, ids, sequence.resumeAt(CUT), LENGTH);
                return run.evaluate(batch);
              });
      assertThat(Graph.bits(again)).isEqualTo(Graph.bits(expected));
    }
  }

  /** At the end of a sequence, at the last page of one, and where a second one branched off. */
  @ParameterizedTest
  @MethodSource("families")
  void sequencesGoOnWhereStateIsKnown(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(file(family))) {
      int[] text = new Random(5).ints(330, 0, VOCAB).toArray();
      int[][] all = {
        Arrays.copyOf(text, 150), // nothing is known
        text, // goes on behind the first
        Arrays.copyOf(text, 150), // again
        branch(text, 270, 280), // where the last page of the second begins is too late
        branch(text, 275, 290) // where the one before branched off
      };
      int[] known = {0, 150, 128, 150, 256};
      graph.with(
          Graph.Mode.EXACT.withThreads(2),
          run -> {
            for (int i = 0; i < all.length; i++) {
              SequenceCache cache = run.empty();
              assertThat(cache.reuse(all[i], all[i].length - 1)).isEqualTo(known[i]);
              float[] logits = graph.goOn(run, cache, all[i], known[i], 100);
              cache.release(all[i], all[i].length);
              float[] anew = graph.logits(Graph.Mode.EXACT, all[i], 256);
              assertThat(Graph.bits(logits))
                  .isEqualTo(Graph.bits(Arrays.copyOfRange(anew, known[i] * VOCAB, anew.length)));
            }
            return new float[0];
          });
    }
  }

  private static int[] branch(int[] text, int at, int length) {
    int[] branch = Arrays.copyOf(text, length);
    branch[at] = (branch[at] + 1) % VOCAB;
    return branch;
  }

  @ParameterizedTest
  @MethodSource("families")
  void whatFollowsASavedStateIsTakenBack(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(file(family))) {
      int[] ids = ids(6);
      int[] guess = ids.clone();
      Arrays.fill(guess, CUT + 2, LENGTH, 5);
      float[] expected = lastOf(graph.logits(Graph.Mode.EXACT, ids, LENGTH));
      float[] again =
          graph.with(
              Graph.Mode.EXACT,
              run -> {
                SequenceCache cache = run.empty();
                graph.goOn(run, cache, Arrays.copyOf(ids, CUT), 0, LENGTH);
                assertThat(cache.saveState()).isTrue();
                graph.goOn(run, cache, guess, CUT, LENGTH);
                cache.restoreState();
                return graph.goOn(run, cache, ids, CUT, LENGTH);
              });
      assertThat(Graph.bits(lastOf(again))).isEqualTo(Graph.bits(expected));
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void stateCountsAsMemoryOfASequence(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(file(family))) {
      ModelInfo info = LanguageModel.inspect(file(family));
      assertThat(info.stateBytes()).isEqualTo(graph.config().stateShape().bytes()).isPositive();
      long more = info.cacheBytes(128, CacheType.F16) - info.cacheBytes(64, CacheType.F16);
      assertThat(info.cacheBytes(1, CacheType.F16)).isEqualTo(more + info.stateBytes());
      assertThat(info.cacheBytes(0, CacheType.F16)).isZero();
    }
  }
}
