package dev.nomoat.examples;

import dev.nomoat.GenerationRequest;
import dev.nomoat.Prompt;
import dev.nomoat.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen, and when to stop. */
final class GenerationOptions {
  private static final SamplingOptions DEFAULTS = SamplingOptions.defaults();

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description =
          "Tokens to generate at most (default: ${DEFAULT-VALUE}); 0: until the context is full.")
  private int maxTokens = 256;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Makes the run repeatable: the same seed, the same tokens.")
  private @Nullable Long seed;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0: always the likeliest token (default: ${DEFAULT-VALUE}).")
  private float temperature = DEFAULTS.temperature();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Keep the K likeliest tokens; 0: all (default: ${DEFAULT-VALUE}).")
  private int topK = DEFAULTS.topK();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Keep the likeliest tokens that together reach P (default: ${DEFAULT-VALUE}).")
  private float topP = DEFAULTS.topP();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Drop tokens less likely than P times the likeliest (default: ${DEFAULT-VALUE}).")
  private float minP = DEFAULTS.minP();

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      description = "Scale down the logits of recent tokens; 1: off (default: ${DEFAULT-VALUE}).")
  private float repeatPenalty = DEFAULTS.repeatPenalty();

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description =
          "Taken from a logit for every recent use of the token (default: ${DEFAULT-VALUE}).")
  private float frequencyPenalty = DEFAULTS.frequencyPenalty();

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description =
          "Taken from a logit when the token was used recently (default: ${DEFAULT-VALUE}).")
  private float presencePenalty = DEFAULTS.presencePenalty();

  @Option(
      names = "--penalty-last-n",
      paramLabel = "N",
      description = "How many tokens count as recent (default: ${DEFAULT-VALUE}).")
  private int penaltyLastN = DEFAULTS.penaltyLastN();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Option(names = "--ignore-eos", description = "Go on past the end of the text.")
  private boolean ignoreEndOfGeneration;

  int maxTokens() {
    return maxTokens;
  }

  /** The request for {@code prompt}; what these options cannot mean is wrong usage. */
  GenerationRequest request(Prompt prompt) {
    try {
      GenerationRequest request =
          GenerationRequest.of(prompt)
              .withMaxTokens(maxTokens)
              .withStop(stop.toArray(String[]::new))
              .withSampling(sampling())
              .withIgnoreEndOfGeneration(ignoreEndOfGeneration);
      return seed == null ? request : request.withSeed(seed);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private SamplingOptions sampling() {
    return DEFAULTS
        .withTemperature(temperature)
        .withTopK(topK)
        .withTopP(topP)
        .withMinP(minP)
        .withRepeatPenalty(repeatPenalty)
        .withFrequencyPenalty(frequencyPenalty)
        .withPresencePenalty(presencePenalty)
        .withPenaltyLastN(penaltyLastN);
  }
}
