package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.grammar.Grammar;
import dev.nomoat.tokenizer.SpecialTokens;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  private static final SamplingStep NOTHING = _ -> {};

  @Test
  void loadOptionsChangeOnePartAtATime() {
    LoadOptions defaults = LoadOptions.defaults();
    LoadListener listener = (done, total) -> {};
    assertThat(defaults.threads()).isZero();
    assertThat(defaults.contextLength()).isZero();
    assertThat(defaults.cacheType()).isEqualTo(CacheType.F16);
    assertThat(defaults.activations()).isEqualTo(ActivationPrecision.FAST);
    assertThat(
            defaults
                .withThreads(3)
                .withContextLength(77)
                .withCacheType(CacheType.F32)
                .withCacheBytes(1L << 40)
                .withMaxQueued(9)
                .withActivations(ActivationPrecision.FULL)
                .withPacking(WeightPacking.Q4_K)
                .withDraft(Path.of("draft.gguf"))
                .withListener(listener))
        .isEqualTo(
            new LoadOptions(
                3,
                77,
                CacheType.F32,
                1L << 40,
                9,
                ActivationPrecision.FULL,
                WeightPacking.Q4_K,
                Optional.of(Path.of("draft.gguf")),
                listener));
    assertThat(defaults.packing()).isEqualTo(WeightPacking.AS_STORED);
    assertThat(defaults.withThreads(3).withThreads(0)).isEqualTo(LoadOptions.defaults());
    defaults.listener().progress(1, 2);
  }

  @Test
  void loadOptionsRefuseNegativeCounts() {
    refuses(LoadOptions.defaults()::withThreads, -1, "threads must not be negative, but is -1");
    refuses(LoadOptions.defaults()::withContextLength, -5, "contextLength");
    refuses(LoadOptions.defaults()::withCacheBytes, -1L, "cacheBytes must not be negative");
    refuses(LoadOptions.defaults()::withMaxQueued, 0, "maxQueued must be positive, but is 0");
  }

  @Test
  void samplingDefaultsAreThoseOfTheField() {
    assertThat(SamplingOptions.defaults()).isEqualTo(sampling(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 64));
    assertThat(SamplingOptions.greedy().temperature()).isZero();
  }

  @Test
  void samplingOptionsChangeOnePartAtATime() {
    assertThat(
            SamplingOptions.defaults()
                .withTemperature(0.1f)
                .withTopK(2)
                .withTopP(0.3f)
                .withMinP(0.4f)
                .withRepeatPenalty(1.5f)
                .withFrequencyPenalty(0.6f)
                .withPresencePenalty(0.7f)
                .withPenaltyLastN(8))
        .isEqualTo(sampling(0.1f, 2, 0.3f, 0.4f, 1.5f, 0.6f, 0.7f, 8));
    SamplingOptions all =
        new SamplingOptions(
            0.8f,
            40,
            0.95f,
            0.05f,
            1,
            0,
            0,
            64,
            0.9f,
            1.5f,
            Optional.of(new Xtc(0.5f, 0.1f)),
            Optional.of(new DynamicTemperature(0.3f, 1)),
            Optional.of(new Mirostat(5, 0.1f)),
            Optional.of(new Dry(0.8f, 1.75f, 2, Integer.MAX_VALUE, List.of("\n", ":", "\"", "*"))),
            Map.of(3, 1f),
            List.of(NOTHING));
    assertThat(
            SamplingOptions.defaults()
                .withTypicalP(0.9f)
                .withTopNSigma(1.5f)
                .withXtc(new Xtc(0.5f, 0.1f))
                .withDynamicTemperature(DynamicTemperature.within(0.3f))
                .withMirostat(Mirostat.defaults())
                .withDry(Dry.of(0.8f))
                .withLogitBias(Map.of(3, 1f))
                .withStep(NOTHING))
        .isEqualTo(all);
    assertThat(all.withStep(NOTHING).steps()).containsExactly(NOTHING, NOTHING);
    assertThat(all.withTopK(7).withTopK(40)).isEqualTo(all);
  }

  private static SamplingOptions sampling(
      float temperature,
      int topK,
      float topP,
      float minP,
      float repeat,
      float frequency,
      float presence,
      int lastN) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        repeat,
        frequency,
        presence,
        lastN,
        1,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        List.of());
  }

  @Test
  void samplingOptionsKeepTheirOwnCopyOfCollections() {
    Map<Integer, Float> bias = new HashMap<>(Map.of(1, 2f));
    List<String> breakers = new ArrayList<>(List.of("a"));
    SamplingOptions options =
        SamplingOptions.defaults().withLogitBias(bias).withDry(new Dry(1, 2, 3, 4, breakers));
    bias.clear();
    breakers.clear();
    assertThat(options.logitBias()).containsExactly(Map.entry(1, 2f));
    assertThat(options.dry().orElseThrow().breakers()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void samplingOptionsRefuseWhatIsNoNumber(float value) {
    SamplingOptions o = SamplingOptions.defaults();
    refuses(o::withTemperature, value, "temperature");
    refuses(o::withTopP, value, "topP");
    refuses(o::withMinP, value, "minP");
    refuses(o::withRepeatPenalty, value, "repeatPenalty");
    refuses(o::withFrequencyPenalty, value, "frequencyPenalty");
    refuses(o::withPresencePenalty, value, "presencePenalty");
    refuses(o::withTypicalP, value, "typicalP");
    refuses(o::withTopNSigma, value, "topNSigma");
    refuses(n -> new Xtc(n, 0.1f), value, "the probability of XTC");
    refuses(n -> new Xtc(0.5f, n), value, "the threshold of XTC");
    refuses(n -> new DynamicTemperature(n, 1), value, "the range of the temperature");
    refuses(n -> new DynamicTemperature(1, n), value, "the exponent of the temperature");
    refuses(n -> new Mirostat(n, 1), value, "the target of Mirostat");
    refuses(n -> new Mirostat(1, n), value, "the rate of Mirostat");
    refuses(Dry::of, value, "the multiplier of DRY");
    refuses(n -> new Dry(1, n, 2, 3, List.of()), value, "the base of DRY");
    if (value != Float.NEGATIVE_INFINITY) {
      refuses(n -> o.withLogitBias(Map.of(4, n)), value, "logitBias must be a number below");
    }
  }

  @Test
  void samplingOptionsRefuseWhatIsOutOfRange() {
    SamplingOptions o = SamplingOptions.defaults();
    refuses(o::withTopK, -1, "topK");
    refuses(o::withTopP, 0f, "topP must be above 0 and at most 1, but is 0.0");
    refuses(o::withTopP, 1.01f, "topP");
    refuses(o::withMinP, -0.01f, "minP must be from 0 to 1");
    refuses(o::withMinP, 1.01f, "minP");
    refuses(o::withRepeatPenalty, 0f, "repeatPenalty must be above 0");
    refuses(o::withPenaltyLastN, -1, "penaltyLastN");
    refuses(o::withTypicalP, 0f, "typicalP must be above 0 and at most 1, but is 0.0");
    refuses(o::withTopNSigma, -1f, "topNSigma must not be negative");
    refuses(n -> new Xtc(n, 0.1f), 1.1f, "the probability of XTC must be from 0 to 1");
    refuses(n -> new Xtc(0.5f, n), 0f, "the threshold of XTC must be above 0 and at most 1");
    refuses(DynamicTemperature::within, 0f, "the range of the temperature must be above 0");
    refuses(n -> new DynamicTemperature(1, n), -1f, "must not be negative");
    refuses(n -> new Mirostat(n, 1), 0f, "the target of Mirostat must be above 0");
    refuses(n -> new Dry(1, n, 2, 3, List.of()), 0.9f, "the base of DRY must be at least 1");
    refuses(n -> new Dry(1, 2, n, 3, List.of()), -1, "the allowed length of DRY");
    refuses(n -> new Dry(1, 2, 3, n, List.of()), -1, "the lastN of DRY");
    refuses(s -> new Dry(1, 2, 3, 4, List.of(s)), "", "a breaker of DRY must not be empty");
    refuses(n -> o.withLogitBias(Map.of(n, 1f)), -1, "a token of logitBias");
    assertThat(o.withLogitBias(Map.of(4, Float.NEGATIVE_INFINITY))).isNotNull();
    assertThat(o.withTemperature(-1).withTopP(1).withMinP(1).withPresencePenalty(-2)).isNotNull();
  }

  @Test
  void requestsChangeOnePartAtATime() {
    GenerationRequest request =
        GenerationRequest.of("hello")
            .withMaxTokens(5)
            .withStop("a", "b")
            .withSeed(-9)
            .withSampling(SamplingOptions.greedy())
            .withTemperature(2)
            .withIgnoreEndOfGeneration(true)
            .withGrammar(Grammar.gbnf("root ::= [a-z]"))
            .withPriority(-3)
            .withTimeLimit(Duration.ofSeconds(4))
            .withLogProbabilities(3)
            .withSpeculation(Speculation.LOOKUP)
            .withPrompt(Prompt.text("world"));
    assertThat(request)
        .isEqualTo(
            new GenerationRequest(
                new Prompt.Text("world", SpecialTokens.PLAIN_TEXT),
                5,
                List.of("a", "b"),
                OptionalLong.of(-9),
                Optional.of(SamplingOptions.greedy()),
                Optional.of(2f),
                true,
                Optional.of(Grammar.gbnf("root ::= [a-z]")),
                -3,
                Optional.of(Duration.ofSeconds(4)),
                OptionalInt.of(3),
                Optional.of(Speculation.LOOKUP)));
    assertThat(GenerationRequest.of("hello"))
        .isEqualTo(
            new GenerationRequest(
                Prompt.text("hello"),
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
                Optional.empty()));
  }

  @Test
  void whatAModelRecommendsCanBeTurnedOff() {
    SamplingOptions plain = SamplingOptions.defaults();
    SamplingOptions recommended =
        plain.withXtc(new Xtc(0.5f, 0.1f)).withMirostat(Mirostat.defaults());
    assertThat(recommended.withoutXtc()).isEqualTo(plain.withMirostat(Mirostat.defaults()));
    assertThat(recommended.withoutXtc().withoutMirostat()).isEqualTo(plain);
  }

  @Test
  void aTemperatureLeavesTheRestOfTheSampling() {
    SamplingOptions recommended = SamplingOptions.defaults().withTopK(7);
    SamplingOptions own = SamplingOptions.defaults().withTopK(9);
    GenerationRequest request = GenerationRequest.of("x");
    assertThat(request.samplingOver(recommended)).isEqualTo(recommended);
    assertThat(request.withTemperature(2).samplingOver(recommended))
        .isEqualTo(recommended.withTemperature(2));
    assertThat(request.withSampling(own).withTemperature(2).samplingOver(recommended))
        .isEqualTo(own.withTemperature(2));
    assertThat(request.withTemperature(2).withSampling(own).samplingOver(recommended))
        .isEqualTo(own);
  }

  @Test
  void requestsRefuseWhatCannotBeMeant() {
    GenerationRequest request = GenerationRequest.of("x");
    refuses(request::withMaxTokens, -1, "maxTokens");
    refuses(request::withTemperature, Float.NaN, "temperature");
    refuses(request::withTimeLimit, Duration.ZERO, "timeLimit must be positive, but is PT0S");
    refuses(request::withLogProbabilities, -1, "logProbabilities must not be negative");
    refuses(request::withStop, "", "a stop string must not be empty");
    refuses(request::withStop, "a\ud83d", "half a surrogate pair");
    refuses(request::withStop, "\ude00", "half a surrogate pair");
    assertThat(request.withStop("😀").stop()).containsExactly("😀");
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> request.withSampling(null))
        .withMessage("sampling");
  }

  @Test
  void requestsKeepTheirOwnCopyOfTheStopStrings() {
    List<String> stop = new ArrayList<>(List.of("a"));
    GenerationRequest request =
        new GenerationRequest(
            Prompt.text(""),
            0,
            stop,
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            0,
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty());
    stop.add("b");
    assertThat(request.stop()).containsExactly("a");
  }

  @Test
  void promptsSayWhatBecomesOfControlTokens() {
    assertThat(Prompt.text("a")).isEqualTo(new Prompt.Text("a", SpecialTokens.PLAIN_TEXT));
    assertThat(Prompt.withSpecialTokens("a")).isEqualTo(new Prompt.Text("a", SpecialTokens.PARSE));
  }

  @Test
  void tokenPromptsAreEqualByContent() {
    int[] ids = {3, 1, 2};
    Prompt prompt = Prompt.tokens(ids);
    ids[0] = 9;
    assertThat(prompt).isEqualTo(Prompt.tokens(3, 1, 2)).hasSameHashCodeAs(Prompt.tokens(3, 1, 2));
    assertThat(new Prompt.Tokens(List.of(3, 1, 2)).toArray()).containsExactly(3, 1, 2);
    refuses(Prompt::tokens, -1, "a token id must not be negative");
  }

  @Test
  void usageDividesTokensByTime() {
    Usage usage =
        new Usage(15, 5, 5, 0, Duration.ZERO, Duration.ofMillis(500), Duration.ofSeconds(2));
    assertThat(usage.promptTokensPerSecond()).isEqualTo(20, within(1e-9));
    assertThat(usage.decodeTokensPerSecond()).isEqualTo(2, within(1e-9));
  }

  @Test
  void usageWithoutTimeHasNoSpeed() {
    Usage none = new Usage(10, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    assertThat(none.promptTokensPerSecond()).isZero();
    assertThat(none.decodeTokensPerSecond()).isZero();
  }

  @Test
  void usageRefusesNegativeNumbers() {
    Duration back = Duration.ofNanos(-1);
    Duration zero = Duration.ZERO;
    refuses(n -> new Usage(n, 0, 0, 0, zero, zero, zero), -1, "promptTokens");
    refuses(n -> new Usage(0, n, 0, 0, zero, zero, zero), -1, "reusedTokens");
    refuses(n -> new Usage(0, 0, n, 0, zero, zero, zero), -1, "generatedTokens");
    refuses(n -> new Usage(0, 0, 0, n, zero, zero, zero), -1, "guessedTokens");
    refuses(d -> new Usage(0, 0, 0, 0, d, zero, zero), back, "timeToFirstToken");
    refuses(d -> new Usage(0, 0, 0, 0, zero, d, zero), back, "promptTime");
    refuses(d -> new Usage(0, 0, 0, 0, zero, zero, d), back, "decodeTime");
  }

  @Test
  void resultsKeepTheirOwnCopyOfTheIds() {
    List<Integer> ids = new ArrayList<>(List.of(4, 2));
    List<LogProbabilities> scores = new ArrayList<>(List.of(new LogProbabilities(-1, List.of())));
    Usage usage = new Usage(1, 0, 2, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    var result = new GenerationResult("text", ids, FinishReason.MAX_TOKENS, usage, scores);
    ids.clear();
    scores.clear();
    assertThat(result.ids()).containsExactly(4, 2);
    assertThat(result.logProbabilities()).hasSize(1);
  }

  @Test
  void tokensHaveAnId() {
    refuses(id -> new Token(id, ""), -1, "id must not be negative");
    assertThat(new Token(1, "a").logProbabilities()).isEmpty();
  }

  @Test
  void logProbabilitiesAreAtMostZero() {
    refuses(p -> new LogProbabilities(p, List.of()), 0.1f, "must be at most 0, but is 0.1");
    refuses(p -> new TokenLogProbability(1, p), Float.NaN, "must be at most 0, but is NaN");
    refuses(id -> new TokenLogProbability(id, 0), -1, "id must not be negative");
  }

  @Test
  void overflowSaysHowMuch() {
    var overflow = new ContextOverflowException(2000, 1024);
    assertThat(overflow).hasMessage("the prompt has 2000 tokens, the context holds 1024");
    assertThat(overflow.promptTokens()).isEqualTo(2000);
    assertThat(overflow.contextLength()).isEqualTo(1024);
  }

  private static <T> void refuses(Consumer<T> use, T value, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> use.accept(value))
        .withMessageContaining(message);
  }
}
