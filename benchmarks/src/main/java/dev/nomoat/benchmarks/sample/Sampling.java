package dev.nomoat.benchmarks.sample;

import dev.nomoat.Dry;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.sample.DryBreakers;
import dev.nomoat.sample.Sampler;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to choose a token from the logits of a vocabulary; a step of decoding takes tens of
 * milliseconds. Run with {@code -prof gc}: it allocates nothing but the log-probabilities that it
 * returns.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class Sampling {
  /** Tokens of the vocabulary. */
  @Param({"32000", "151936"})
  public int vocabulary = 32_000;

  /** Which steps. */
  @Param({
    "greedy",
    "defaults",
    "topPAlone",
    "penalties",
    "typical",
    "dry",
    "mirostat",
    "logProbabilities"
  })
  public String options = "defaults";

  private float[] logits = {};
  private Sampler sampler = new Sampler(SamplingOptions.greedy(), 1, 1);

  /** Makes an empty state. */
  public Sampling() {}

  /** Makes logits as flat as those of a model that is unsure. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    logits = new float[vocabulary];
    for (int i = 0; i < vocabulary; i++) {
      logits[i] = 3 * (float) random.nextGaussian();
    }
    SamplingOptions defaults = SamplingOptions.defaults();
    sampler =
        new Sampler(
            switch (options) {
              case "greedy" -> SamplingOptions.greedy();
              case "defaults" -> defaults;
              case "topPAlone" -> defaults.withTopK(0).withMinP(0);
              case "penalties" -> defaults.withRepeatPenalty(1.1f);
              case "typical" -> defaults.withTopK(0).withTypicalP(0.9f);
              case "dry" -> defaults.withDry(new Dry(0.8f, 1.75f, 2, 4096, List.of()));
              case "mirostat" -> defaults.withMirostat(Mirostat.defaults());
              case "logProbabilities" -> defaults;
              default -> throw new IllegalArgumentException(options);
            },
            1,
            vocabulary,
            null,
            DryBreakers.NONE,
            options.equals("logProbabilities") ? OptionalInt.of(5) : OptionalInt.empty());
    for (int i = 0; i < 4096; i++) {
      sampler.accept(random.nextInt(1000)); // a text for DRY
    }
  }

  /**
   * Chooses a token, which then counts for the penalties.
   *
   * @return the token
   */
  @Benchmark
  public int sample() {
    int token = sampler.sample(logits, 0);
    sampler.accept(token);
    return token;
  }
}
