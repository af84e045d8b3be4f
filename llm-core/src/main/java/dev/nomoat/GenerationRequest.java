package dev.nomoat;

import dev.nomoat.grammar.Grammar;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a model is to generate, and when to stop. Immutable; start from {@link #of(String)} or
 * {@link #of(Prompt)}.
 *
 * @param prompt what to continue
 * @param maxTokens the most tokens to generate; 0 for as many as the context has room for
 * @param stop the generation ends as soon as its text contains one of these, and its text ends
 *     before it; none of them empty, and none with half a surrogate pair. None is found across a
 *     control token
 * @param seed the start of the random numbers: the same seed, request and model give the same
 *     tokens; empty for another one every time
 * @param sampling how tokens are chosen; empty for {@link LanguageModel#defaultSampling()}
 * @param temperature instead of that of {@code sampling} or of the model; empty to leave that one
 * @param ignoreEndOfGeneration whether the generation goes on past the model's end-of-generation
 *     tokens, and treats them as any other token
 * @param grammar what the text must match; empty for any text. Control tokens never match, so none
 *     is generated but those that end the generation where the text is complete.
 * @param priority where many requests wait, those of a higher one are taken up first, and keep
 *     their memory when it runs short; any number, 0 for an ordinary request
 * @param timeLimit after this time, waiting included, the generation ends with what there is
 * @param logProbabilities with how many of the most likely tokens the log-probability of each token
 *     is told; empty to not compute them
 * @param speculation how tokens are guessed ahead; empty for {@link Speculation#DRAFT} when the
 *     model was loaded with a draft model, and for {@link Speculation#OFF} otherwise
 */
public record GenerationRequest(
    Prompt prompt,
    int maxTokens,
    List<String> stop,
    OptionalLong seed,
    Optional<SamplingOptions> sampling,
    Optional<Float> temperature,
    boolean ignoreEndOfGeneration,
    Optional<Grammar> grammar,
    int priority,
    Optional<Duration> timeLimit,
    OptionalInt logProbabilities,
    Optional<Speculation> speculation) {
  /**
   * Checks the ranges, and copies the stop strings, so that the request cannot change.
   *
   * @throws IllegalArgumentException if {@code maxTokens} is negative, a stop string is empty or
   *     has half a surrogate pair, {@code temperature} is NaN or infinite, the time limit is not
   *     positive, or {@code logProbabilities} is negative
   */
  public GenerationRequest {
    Objects.requireNonNull(prompt, "prompt");
    Require.notNegative(maxTokens, "maxTokens");
    stop = List.copyOf(stop);
    stop.forEach(GenerationRequest::checkStop);
    Objects.requireNonNull(seed, "seed");
    Objects.requireNonNull(sampling, "sampling");
    temperature.ifPresent(number -> Require.finite(number, "temperature"));
    Objects.requireNonNull(grammar, "grammar");
    if (timeLimit.isPresent() && !timeLimit.get().isPositive()) {
      throw new IllegalArgumentException("timeLimit must be positive, but is " + timeLimit.get());
    }
    Objects.requireNonNull(speculation, "speculation");
    logProbabilities.ifPresent(top -> Require.notNegative(top, "logProbabilities"));
  }

  /**
   * Asks for the continuation of plain text: as much as the context has room for, the model's own
   * sampling, another seed every time, no stop strings. What looks like a control token in the text
   * stays text.
   *
   * @param prompt the text
   * @return the request
   */
  public static GenerationRequest of(String prompt) {
    return of(Prompt.text(prompt));
  }

  /**
   * Asks for the continuation of a prompt: as much as the context has room for, the model's own
   * sampling, another seed every time, no stop strings.
   *
   * @param prompt what to continue
   * @return the request
   */
  public static GenerationRequest of(Prompt prompt) {
    return new GenerationRequest(
        prompt,
        0,
        List.of(),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        0,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty());
  }

  /**
   * This request for another prompt.
   *
   * @param prompt what to continue
   * @return a new request
   */
  public GenerationRequest withPrompt(Prompt prompt) {
    Changed changed = new Changed(this);
    changed.prompt = prompt;
    return changed.request();
  }

  /**
   * This request with another limit on tokens.
   *
   * @param maxTokens the most tokens to generate; 0 for as many as the context has room for
   * @return a new request
   * @throws IllegalArgumentException if {@code maxTokens} is negative
   */
  public GenerationRequest withMaxTokens(int maxTokens) {
    Changed changed = new Changed(this);
    changed.maxTokens = maxTokens;
    return changed.request();
  }

  /**
   * This request with these stop strings instead of its own.
   *
   * @param stop the generation ends before the first of these; none to never end so
   * @return a new request
   * @throws IllegalArgumentException if one is empty or has half a surrogate pair
   */
  public GenerationRequest withStop(String... stop) {
    Changed changed = new Changed(this);
    changed.stop = List.of(stop);
    return changed.request();
  }

  /**
   * This request with a fixed start of the random numbers.
   *
   * @param seed any number
   * @return a new request
   */
  public GenerationRequest withSeed(long seed) {
    Changed changed = new Changed(this);
    changed.seed = OptionalLong.of(seed);
    return changed.request();
  }

  /**
   * This request with another way to choose tokens, temperature included.
   *
   * @param sampling how tokens are chosen
   * @return a new request
   */
  public GenerationRequest withSampling(SamplingOptions sampling) {
    Objects.requireNonNull(sampling, "sampling");
    Changed changed = new Changed(this);
    changed.sampling = Optional.of(sampling);
    changed.temperature = Optional.empty();
    return changed.request();
  }

  /**
   * This request with another temperature. All else about the choice of tokens stays as it is: the
   * request's own, or what the model recommends.
   *
   * @param temperature divides the logits; at 0 or below the most likely token is always taken
   * @return a new request
   * @throws IllegalArgumentException if {@code temperature} is NaN or infinite
   */
  public GenerationRequest withTemperature(float temperature) {
    Changed changed = new Changed(this);
    changed.temperature = Optional.of(temperature);
    return changed.request();
  }

  /**
   * This request with or without an end where the model wants one.
   *
   * @param ignoreEndOfGeneration whether to go on past end-of-generation tokens
   * @return a new request
   */
  public GenerationRequest withIgnoreEndOfGeneration(boolean ignoreEndOfGeneration) {
    Changed changed = new Changed(this);
    changed.ignoreEndOfGeneration = ignoreEndOfGeneration;
    return changed.request();
  }

  /**
   * This request with a grammar, which the text will match unless a limit, a stop string or a
   * cancellation cuts it; the {@link FinishReason} tells. The generation ends by itself where
   * nothing may follow.
   *
   * @param grammar what the text must match
   * @return a new request
   */
  public GenerationRequest withGrammar(Grammar grammar) {
    Changed changed = new Changed(this);
    changed.grammar = Optional.of(grammar);
    return changed.request();
  }

  /**
   * This request with another priority.
   *
   * @param priority those of a higher one come first; 0 for an ordinary request
   * @return a new request
   */
  public GenerationRequest withPriority(int priority) {
    Changed changed = new Changed(this);
    changed.priority = priority;
    return changed.request();
  }

  /**
   * This request with a time limit. It is looked at between two steps, so a generation may last a
   * step longer.
   *
   * @param timeLimit after this time, waiting included, the generation ends
   * @return a new request
   * @throws IllegalArgumentException if the time is not positive
   */
  public GenerationRequest withTimeLimit(Duration timeLimit) {
    Changed changed = new Changed(this);
    changed.timeLimit = Optional.of(timeLimit);
    return changed.request();
  }

  /**
   * This request with log-probabilities: each {@link Token}, and the result, then tells how likely
   * the model considers it.
   *
   * @param top for how many of the most likely tokens they are told as well; 0 for none
   * @return a new request
   * @throws IllegalArgumentException if {@code top} is negative
   */
  public GenerationRequest withLogProbabilities(int top) {
    Changed changed = new Changed(this);
    changed.logProbabilities = OptionalInt.of(top);
    return changed.request();
  }

  /**
   * This request with tokens guessed ahead in a certain way. It changes the speed, never the
   * tokens.
   *
   * @param speculation how
   * @return a new request
   */
  public GenerationRequest withSpeculation(Speculation speculation) {
    Changed changed = new Changed(this);
    changed.speculation = Optional.of(speculation);
    return changed.request();
  }

  /** How tokens are chosen, where a model has a recommendation. */
  SamplingOptions samplingOver(SamplingOptions recommended) {
    SamplingOptions options = sampling.orElse(recommended);
    return temperature.map(options::withTemperature).orElse(options);
  }

  private static void checkStop(String stop) {
    if (stop.isEmpty()) {
      throw new IllegalArgumentException("a stop string must not be empty");
    }
    // Generated text never has half a pair, so such a string could not stop anything.
    if (stop.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw new IllegalArgumentException("a stop string has half a surrogate pair");
    }
  }

  /** What a changed request is made of. */
  private static final class Changed {
    Prompt prompt;
    int maxTokens;
    List<String> stop;
    OptionalLong seed;
    Optional<SamplingOptions> sampling;
    Optional<Float> temperature;
    boolean ignoreEndOfGeneration;
    Optional<Grammar> grammar;
    int priority;
    Optional<Duration> timeLimit;
    OptionalInt logProbabilities;
    Optional<Speculation> speculation;

    Changed(GenerationRequest request) {
      prompt = request.prompt;
      maxTokens = request.maxTokens;
      stop = request.stop;
      seed = request.seed;
      sampling = request.sampling;
      temperature = request.temperature;
      ignoreEndOfGeneration = request.ignoreEndOfGeneration;
      grammar = request.grammar;
      priority = request.priority;
      timeLimit = request.timeLimit;
      logProbabilities = request.logProbabilities;
      speculation = request.speculation;
    }

    GenerationRequest request() {
      return new GenerationRequest(
          prompt,
          maxTokens,
          stop,
          seed,
          sampling,
          temperature,
          ignoreEndOfGeneration,
          grammar,
          priority,
          timeLimit,
          logProbabilities,
          speculation);
    }
  }
}
