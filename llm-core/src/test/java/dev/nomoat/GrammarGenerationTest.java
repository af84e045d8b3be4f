package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.grammar.Grammar;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generations keep to their grammar. */
class GrammarGenerationTest {
  private static final Grammar NAMES =
      Grammar.gbnf(
          """
          root ::= "[" name ("," name){0,3} "]"
          name ::= "\\"" [^"\\\\\\x00-\\x1F]{1,12} "\\"" | "null"
          """);

  private static final GenerationRequest HOT =
      GenerationRequest.of("The names of the animals are")
          .withSampling(
              SamplingOptions.defaults().withTemperature(5).withTopK(0).withTopP(1).withMinP(0));

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q8_0");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void everyTextMatchesOrIsCut() {
    for (int seed = 0; seed < 60; seed++) {
      GenerationResult result =
          model.generate(HOT.withGrammar(NAMES).withSeed(seed).withMaxTokens(200));
      assertThat(result.finishReason()).isEqualTo(FinishReason.GRAMMAR_COMPLETE);
      assertThat(NAMES.matches(result.text())).as(result.text()).isTrue();
      GenerationResult cut = model.generate(HOT.withGrammar(NAMES).withSeed(seed).withMaxTokens(3));
      assertThat(cut.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
      assertThat(cut.ids()).isEqualTo(result.ids().subList(0, 3));
    }
  }

  @Test
  void greedyTakesTheLikeliestTokenThatMatches() {
    GenerationRequest request =
        GenerationRequest.of("Once upon a time").withSampling(SamplingOptions.greedy());
    GenerationResult free = model.generate(request.withMaxTokens(30));
    Grammar any = Grammar.gbnf("root ::= .*");
    assertThat(model.generate(request.withGrammar(any).withMaxTokens(30)).ids())
        .isEqualTo(free.ids());
    Grammar same = Grammar.choice(List.of(free.text()));
    assertThat(model.generate(request.withGrammar(same)).text()).isEqualTo(free.text());
  }

  @Test
  void theModelMayEndOnlyWhereTheTextIsComplete() {
    Grammar words = Grammar.gbnf("root ::= ([a-z]{4})+");
    int ended = 0;
    for (int seed = 0; seed < 60; seed++) {
      GenerationResult result =
          model.generate(HOT.withGrammar(words).withSeed(seed).withMaxTokens(60));
      if (result.finishReason() == FinishReason.END_OF_GENERATION) {
        ended++;
        assertThat(words.matches(result.text())).as(result.text()).isTrue();
      }
      GenerationResult onward =
          model.generate(
              HOT.withGrammar(words)
                  .withSeed(seed)
                  .withIgnoreEndOfGeneration(true)
                  .withMaxTokens(60));
      assertThat(onward.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
      assertThat(onward.text()).matches("[a-z]*");
    }
    assertThat(ended).isPositive();
  }

  @Test
  void manyRequestsShareAGrammar() {
    List<Generation> running = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      running.add(model.start(HOT.withGrammar(NAMES).withSeed(seed)));
    }
    for (int seed = 0; seed < 6; seed++) {
      try (Generation generation = running.get(seed)) {
        assertThat(generation.await().ids())
            .isEqualTo(model.generate(HOT.withGrammar(NAMES).withSeed(seed)).ids());
      }
    }
  }

  @Test
  void charactersOfSeveralTokensMatch() {
    Grammar emoji = Grammar.gbnf("root ::= [\\U0001F600-\\U0001F64F]{3} [α-ω]{2}");
    for (int seed = 0; seed < 4; seed++) {
      GenerationResult result = model.generate(HOT.withGrammar(emoji).withSeed(seed));
      assertThat(emoji.matches(result.text())).as(result.text()).isTrue();
      assertThat(result.ids().size()).isGreaterThan(5);
    }
  }

  @Test
  void chatsKeepToAGrammar() {
    Grammar answer = Grammar.choice(List.of("yes", "no", "perhaps"));
    ChatRequest request = ChatRequest.of(ChatMessage.user("Is it raining?")).withGrammar(answer);
    assertThat(model.chat(request).content()).isIn("yes", "no", "perhaps");
  }

  @Test
  void aVocabularyThatCannotGoOnFails(@TempDir Path directory) throws IOException {
    TinyLlama tiny =
        new TinyLlama(new TinyLlama.Shape(1, 32, 64, 4, 2, 8, 40, false, TensorType.F32));
    try (LanguageModel blocks =
        LanguageModel.load(
            tiny.write(directory.resolve("tiny.gguf")), LoadOptions.defaults().withThreads(1))) {
      GenerationRequest request = GenerationRequest.of(Prompt.tokens(5)).withSeed(1);
      String pair = Character.toString(0x2585) + Character.toString(0x2586);
      Grammar possible = Grammar.choice(List.of(pair));
      assertThat(blocks.generate(request.withGrammar(possible)).text()).isEqualTo(pair);
      Grammar impossible = Grammar.choice(List.of(pair + "a"));
      assertThatExceptionOfType(GenerationException.class)
          .isThrownBy(() -> blocks.generate(request.withGrammar(impossible)))
          .withMessageContaining("no token of the vocabulary goes on as the grammar wants")
          .withMessageContaining("after 2 tokens: choice");
      // the model stays usable
      IntStream.range(0, 3)
          .forEach(
              seed ->
                  assertThat(blocks.generate(request.withGrammar(possible)).text())
                      .isEqualTo(pair));
    }
  }
}
