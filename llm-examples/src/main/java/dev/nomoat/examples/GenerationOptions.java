package dev.nomoat.examples;

import dev.nomoat.GenerationRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.Prompt;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Speculation;
import dev.nomoat.grammar.Grammar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How tokens are chosen, where not as the model recommends, and when to stop. */
final class GenerationOptions {
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
      description = "0 or less: always the likeliest token.")
  private @Nullable Float temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Keep the K likeliest tokens; 0: all.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Keep the likeliest tokens that together reach P.")
  private @Nullable Float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Drop tokens less likely than P times the likeliest.")
  private @Nullable Float minP;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      description = "Scale down the logits of recent tokens; 1: off.")
  private @Nullable Float repeatPenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Taken from a logit for every recent use of the token.")
  private @Nullable Float frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Taken from a logit when the token was used recently.")
  private @Nullable Float presencePenalty;

  @Option(
      names = "--penalty-last-n",
      paramLabel = "N",
      description = "How many tokens count as recent.")
  private @Nullable Integer penaltyLastN;

  @Mixin private final ChainOptions chain = new ChainOptions();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Option(names = "--ignore-eos", description = "Go on past the end of the text.")
  private boolean ignoreEndOfGeneration;

  @Option(
      names = "--grammar",
      paramLabel = "FILE",
      description = "Keep to a grammar in GBNF; its root is the whole text.")
  private @Nullable Path grammar;

  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description = "Write JSON that is valid by a JSON schema.")
  private @Nullable Path schema;

  @Option(
      names = "--speculation",
      paramLabel = "off|lookup|draft",
      description =
          "How to guess tokens ahead: by what followed before, or by the model of --draft, the"
              + " default where there is one.")
  private @Nullable Speculation speculation;

  int maxTokens() {
    return maxTokens;
  }

  /** The request for {@code prompt}; what these options cannot mean is wrong usage. */
  GenerationRequest request(Prompt prompt, EngineOptions engine) throws IOException {
    if (speculation == Speculation.DRAFT && !engine.hasDraft()) {
      throw new UsageException("--speculation draft needs the model of --draft");
    }
    if (engine.hasDraft() && speculation != null && speculation != Speculation.DRAFT) {
      throw new UsageException("the model of --draft is for --speculation draft only");
    }
    try {
      GenerationRequest request =
          GenerationRequest.of(prompt)
              .withMaxTokens(maxTokens)
              .withStop(stop.toArray(String[]::new))
              .withSampling(sampling(SamplingOptions.defaults()))
              .withIgnoreEndOfGeneration(ignoreEndOfGeneration);
      Optional<Grammar> wanted = grammar();
      if (wanted.isPresent()) {
        request = request.withGrammar(wanted.get());
      }
      if (speculation != null) {
        request = request.withSpeculation(speculation);
      }
      return seed == null ? request : request.withSeed(seed);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  /** A request of these options, where those that are not given are the model's. */
  GenerationRequest forModel(GenerationRequest request, LanguageModel model) {
    return request.withSampling(sampling(model.defaultSampling()));
  }

  private Optional<Grammar> grammar() throws IOException {
    if (grammar != null && schema != null) {
      throw new UsageException("--grammar and --schema exclude each other");
    }
    if (grammar != null) {
      return Optional.of(Grammar.gbnf(Files.readString(grammar)));
    }
    return schema == null
        ? Optional.empty()
        : Optional.of(Grammar.jsonSchema(Files.readString(schema)));
  }

  private SamplingOptions sampling(SamplingOptions others) {
    return chain
        .over(others)
        .withTemperature(Objects.requireNonNullElse(temperature, others.temperature()))
        .withTopK(Objects.requireNonNullElse(topK, others.topK()))
        .withTopP(Objects.requireNonNullElse(topP, others.topP()))
        .withMinP(Objects.requireNonNullElse(minP, others.minP()))
        .withRepeatPenalty(Objects.requireNonNullElse(repeatPenalty, others.repeatPenalty()))
        .withFrequencyPenalty(
            Objects.requireNonNullElse(frequencyPenalty, others.frequencyPenalty()))
        .withPresencePenalty(Objects.requireNonNullElse(presencePenalty, others.presencePenalty()))
        .withPenaltyLastN(Objects.requireNonNullElse(penaltyLastN, others.penaltyLastN()));
  }
}
