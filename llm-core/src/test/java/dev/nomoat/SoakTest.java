package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything at once, for a long time: many callers with requests of all kinds, in little memory,
 * who cancel, leave, are slow and fail, of models that are closed and loaded again. Each gets what
 * it would get alone, and nothing is left behind.
 *
 * <p>The long run takes {@code -Dsoak.seconds=…}, 600 without it, and longer on machines that are
 * too slow for 10,000 requests within.
 */
class SoakTest {
  private static final int LONG_RUN = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(SoakTest.class);

  @TempDir private Path folder;

  /** What the process takes after a round. */
  private record Taken(long heap, long resident) {}

  @Test
  @Unhurried
  void tenSeconds() throws Exception {
    soak(List.of(SoakModel.story("q4_0", CacheType.F16)), 16, Duration.ofSeconds(10), 4, 50);
  }

  /** Keys and values in few bits, recurrent state, windows. */
  @Test
  @Unhurried
  void ofOtherKinds() throws Exception {
    List<SoakModel> models =
        List.of(
            SoakModel.story("q4_0", CacheType.Q8_0),
            SoakModel.family("lfm2", CacheType.F16),
            SoakModel.family("gemma3_text", CacheType.Q4_0));
    soak(models, 12, Duration.ofSeconds(6), 3, 50);
  }

  @Test
  @Tag("slow")
  @Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void tenMinutes() throws Exception {
    List<Taken> taken =
        soak(
            List.of(
                SoakModel.story("q4_0", CacheType.F16),
                SoakModel.family("lfm2", CacheType.F16),
                SoakModel.story("q8_0", CacheType.Q8_0),
                SoakModel.family("gemma3_text", CacheType.Q4_0)),
            90,
            Duration.ofSeconds(Integer.getInteger("soak.seconds", 600)),
            40,
            LONG_RUN);
    assertFlat(taken, Taken::heap, 3 << 20);
    assertFlat(taken, Taken::resident, 64 << 20);
  }

  /**
   * Runs rounds.
   *
   * @param models in turn
   * @param answers how many requests with a known answer there are
   * @param length of all rounds together
   * @param rounds how many, if they have enough requests
   * @param requests how many there must be, at least
   */
  private List<Taken> soak(
      List<SoakModel> models, int answers, Duration length, int rounds, int requests)
      throws Exception {
    Map<SoakModel, KnownAnswers> known = new HashMap<>();
    List<Taken> taken = new ArrayList<>();
    long accepted = 0;
    for (int i = 0; i < rounds || accepted < requests; i++) {
      SoakModel model = models.get(i % models.size());
      if (!known.containsKey(model)) {
        known.put(model, KnownAnswers.of(model, answers));
      }
      refuseToLoad(model);
      SoakRound round =
          new SoakRound(
              model, model.chats() && i % 4 >= 2, i % 2 == 1, folder, length.dividedBy(rounds), i);
      ModelStats stats = round.run(known.get(model));
      accepted += round.accepted.sum();
      assertThat(Resources.modelThreads()).isEmpty();
      assertThat(folder).isEmptyDirectory();
      taken.add(new Taken(Resources.heapBytes(), Resources.residentBytes()));
      LOG.info("{} {} {}", round, stats, taken.getLast());
    }
    return taken;
  }

  private static void refuseToLoad(SoakModel model) {
    LoadListener refusing =
        (done, total) -> {
          if (done > total / 2) {
            throw new IllegalArgumentException("not this one");
          }
        };
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.load(options -> options.withListener(refusing)))
        .withMessage("not this one");
  }

  /**
   * What the last quarter takes at least is not more than what the first does, but for so many
   * bytes: what a collection happens to leave does not count.
   */
  private static void assertFlat(List<Taken> taken, ToLongFunction<Taken> number, long most) {
    int quarter = taken.size() / 4;
    long first = least(taken.subList(0, quarter), number);
    long last = least(taken.subList(taken.size() - quarter, taken.size()), number);
    assertThat(last - first).as("%d bytes, then %d", first, last).isLessThan(most);
  }

  private static long least(List<Taken> taken, ToLongFunction<Taken> number) {
    return taken.stream().mapToLong(number).min().orElseThrow();
  }
}
