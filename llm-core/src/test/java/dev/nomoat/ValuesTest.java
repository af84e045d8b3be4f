package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.grammar.Grammar;
import dev.nomoat.tokenizer.SpecialTokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
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
    assertThat(SamplingOptions.defaults())
        .isEqualTo(new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 64));
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
        .isEqualTo(new SamplingOptions(0.1f, 2, 0.3f, 0.4f, 1.5f, 0.6f, 0.7f, 8));
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
            .withPrompt(Prompt.text("world"));
    assertThat(request)
        .isEqualTo(
            new GenerationRequest(
                new Prompt.Text("world", SpecialTokens.PLAIN_TEXT),
                5,
                List.of("a", "b"),
                OptionalLong.of(-9),
                Optional.of(SamplingOptions.greedy().withTemperature(2)),
                true,
                Optional.of(Grammar.gbnf("root ::= [a-z]")),
                -3,
                Optional.of(Duration.ofSeconds(4))));
    assertThat(GenerationRequest.of("hello"))
        .isEqualTo(
            new GenerationRequest(
                Prompt.text("hello"),
                0,
                List.of(),
                OptionalLong.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                0,
                Optional.empty()));
    assertThat(GenerationRequest.of("hello").withTemperature(2).sampling())
        .contains(SamplingOptions.defaults().withTemperature(2));
  }

  @Test
  void requestsRefuseWhatCannotBeMeant() {
    GenerationRequest request = GenerationRequest.of("x");
    refuses(request::withMaxTokens, -1, "maxTokens");
    refuses(request::withTemperature, Float.NaN, "temperature");
    refuses(request::withTimeLimit, Duration.ZERO, "timeLimit must be positive, but is PT0S");
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
            false,
            Optional.empty(),
            0,
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
    Usage usage = new Usage(15, 5, 5, Duration.ZERO, Duration.ofMillis(500), Duration.ofSeconds(2));
    assertThat(usage.promptTokensPerSecond()).isEqualTo(20, within(1e-9));
    assertThat(usage.decodeTokensPerSecond()).isEqualTo(2, within(1e-9));
  }

  @Test
  void usageWithoutTimeHasNoSpeed() {
    Usage none = new Usage(10, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    assertThat(none.promptTokensPerSecond()).isZero();
    assertThat(none.decodeTokensPerSecond()).isZero();
  }

  @Test
  void usageRefusesNegativeNumbers() {
    Duration back = Duration.ofNanos(-1);
    Duration zero = Duration.ZERO;
    refuses(n -> new Usage(n, 0, 0, zero, zero, zero), -1, "promptTokens");
    refuses(n -> new Usage(0, n, 0, zero, zero, zero), -1, "reusedTokens");
    refuses(n -> new Usage(0, 0, n, zero, zero, zero), -1, "generatedTokens");
    refuses(d -> new Usage(0, 0, 0, d, zero, zero), back, "timeToFirstToken");
    refuses(d -> new Usage(0, 0, 0, zero, d, zero), back, "promptTime");
    refuses(d -> new Usage(0, 0, 0, zero, zero, d), back, "decodeTime");
  }

  @Test
  void resultsKeepTheirOwnCopyOfTheIds() {
    List<Integer> ids = new ArrayList<>(List.of(4, 2));
    Usage usage = new Usage(1, 0, 2, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    var result = new GenerationResult("text", ids, FinishReason.MAX_TOKENS, usage);
    ids.clear();
    assertThat(result.ids()).containsExactly(4, 2);
  }

  @Test
  void tokensHaveAnId() {
    refuses(id -> new Token(id, ""), -1, "id must not be negative");
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
