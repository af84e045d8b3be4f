package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nomoat.GenerationRequest;
import dev.nomoat.GenerationResult;
import dev.nomoat.LanguageModel;
import dev.nomoat.Prompt;
import dev.nomoat.SamplingOptions;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm bench}: the two speeds that matter, measured as llama-bench measures them. */
@Command(
    description = {
      "Measures the speed of prefill and of decode.",
      "prefill reads -p random tokens in one go, from an empty context. decode generates -n tokens"
          + " one after another, from an empty context or behind -d tokens. A warm-up comes first."
    })
final class BenchCommand implements Callable<Integer> {
  private final Streams streams;
  private final Random prompts = new Random(1);

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = {"-p", "--prompt-tokens"},
      paramLabel = "N",
      description = "Tokens of the prefill (default: ${DEFAULT-VALUE}).")
  private int promptTokens = 512;

  @Option(
      names = {"-n", "--generated-tokens"},
      paramLabel = "N",
      description = "Tokens to generate (default: ${DEFAULT-VALUE}).")
  private int generatedTokens = 64;

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      description = "Runs that count, of each kind (default: ${DEFAULT-VALUE}).")
  private int repetitions = 3;

  @Option(
      names = {"-d", "--depth"},
      paramLabel = "N",
      description = "Tokens in the context before decode starts (default: ${DEFAULT-VALUE}).")
  private int depth;

  @Option(
      names = "--parallel",
      hideParamSyntax = true,
      paramLabel = "N,N...",
      split = ",",
      description =
          "Also decode so many requests at a time, each with a prompt of its own; the speed is that"
              + " of all together.")
  private List<Integer> parallel = List.of();

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description =
          "At least one run and this long before each measurement, because the JVM compiles while"
              + " it runs (default: ${DEFAULT-VALUE}).")
  private double warmUp = 3;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  BenchCommand(Streams streams) {
    this.streams = streams;
  }

  /**
   * The speed of some runs, in tokens per second.
   *
   * @param tokens tokens of one run
   * @param mean mean of the runs
   * @param deviation standard deviation of the runs, as of a sample; 0 for a single run
   */
  record Speed(int tokens, double mean, double deviation) {
    static Speed of(int tokens, double[] runs) {
      double mean = Arrays.stream(runs).average().orElseThrow();
      double squares = Arrays.stream(runs).map(run -> (run - mean) * (run - mean)).sum();
      return new Speed(tokens, mean, Math.sqrt(squares / Math.max(1, runs.length - 1)));
    }
  }

  @Override
  public Integer call() throws IOException {
    if (promptTokens < 1 || generatedTokens < 1 || repetitions < 1 || depth < 0) {
      throw new UsageException("-p, -n and -r must be at least 1, and -d at least 0");
    }
    if (parallel.stream().anyMatch(n -> n < 1)) {
      throw new UsageException("--parallel takes numbers of requests, at least 1");
    }
    // The token that ends the prefill run is sampled only; decode holds its first token, too.
    int needed = Math.max(promptTokens, Math.max(depth, 1) + generatedTokens) + 1;
    try (LanguageModel model = engine.loadFor(streams, needed)) {
      Speed prefill = measure(promptTokens, () -> prefill(model));
      Speed decode = measure(generatedTokens, () -> decode(model, 1));
      Map<Integer, Speed> together = new LinkedHashMap<>();
      for (int requests : parallel) {
        together.put(requests, measure(requests * generatedTokens, () -> decode(model, requests)));
      }
      streams.show(
          json
              ? json(prefill, decode, together) + System.lineSeparator()
              : table(prefill, decode, together));
    }
    return 0;
  }

  private Duration prefill(LanguageModel model) {
    return model.generate(request(model, promptTokens, 1)).usage().promptTime();
  }

  /** From the first token of some requests to the last of all. */
  private Duration decode(LanguageModel model, int requests) {
    // The first token comes out of the prompt; each further one takes a decode step.
    int tokens = generatedTokens + 1;
    List<GenerationRequest> all = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      all.add(request(model, Math.max(depth, 1), tokens));
    }
    Duration longest = Duration.ZERO;
    for (GenerationResult result : model.generateAll(all)) {
      if (result.ids().size() != tokens) {
        throw new IllegalStateException(
            "a run ended after %d of %d tokens: %s"
                .formatted(result.ids().size(), tokens, result.finishReason()));
      }
      Duration time = result.usage().decodeTime();
      longest = longest.compareTo(time) < 0 ? time : longest;
    }
    return longest;
  }

  /** Each prompt is another one, because the model remembers what it has evaluated. */
  private GenerationRequest request(LanguageModel model, int promptTokens, int maxTokens) {
    int vocabulary = model.info().vocabularySize();
    int[] ids = prompts.ints(promptTokens, 0, vocabulary).toArray();
    return GenerationRequest.of(Prompt.tokens(ids))
        .withMaxTokens(maxTokens)
        .withSampling(SamplingOptions.greedy())
        .withIgnoreEndOfGeneration(true);
  }

  private Speed measure(int tokens, Supplier<Duration> run) {
    long start = System.nanoTime();
    do {
      var _ = run.get();
    } while (System.nanoTime() - start < warmUp * 1e9);
    double[] speeds = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      speeds[i] = tokens * 1e9 / run.get().toNanos();
    }
    return Speed.of(tokens, speeds);
  }

  private static String table(Speed prefill, Speed decode, Map<Integer, Speed> together) {
    var table = new StringBuilder();
    table.append(
        String.format(Locale.ROOT, "%-12s %6s %10s %8s%n", "", "tokens", "tokens/s", "stddev"));
    table.append(row("prefill", prefill)).append(row("decode", decode));
    together.forEach((requests, speed) -> table.append(row("decode x " + requests, speed)));
    return table.toString();
  }

  private static String row(String name, Speed speed) {
    return String.format(
        Locale.ROOT,
        "%-12s %6d %10.2f %8.2f%n",
        name,
        speed.tokens(),
        speed.mean(),
        speed.deviation());
  }

  private static String json(Speed prefill, Speed decode, Map<Integer, Speed> together)
      throws IOException {
    var text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      write(json, "prefill", prefill);
      write(json, "decode", decode);
      json.writeObjectFieldStart("parallel");
      for (Map.Entry<Integer, Speed> entry : together.entrySet()) {
        write(json, entry.getKey().toString(), entry.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String name, Speed speed) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("tokens", speed.tokens());
    json.writeNumberField("tokensPerSecond", speed.mean());
    json.writeNumberField("stddev", speed.deviation());
    json.writeEndObject();
  }
}
