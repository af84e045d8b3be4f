package dev.nomoat.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.nomoat.FinishReason;
import dev.nomoat.GenerationRequest;
import dev.nomoat.GenerationResult;
import dev.nomoat.LanguageModel;
import dev.nomoat.SamplingOptions;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What grammars of random schemas let through is valid to an independent validator. */
class RandomSchemaTest {
  private static final Path STORY =
      Path.of("../llm-examples/src/main/resources/dev/nomoat/examples/story-q8_0.gguf");
  private static final SchemaRegistry VALIDATOR =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private static void check(String schema, String text) {
    Json.parse(text);
    List<Error> errors =
        VALIDATOR
            .getSchema(schema, InputFormat.JSON)
            .validate(
                text,
                InputFormat.JSON,
                context -> context.executionConfig(c -> c.formatAssertionsEnabled(true)));
    assertThat(errors).as("%s by %s", text, schema).isEmpty();
  }

  @Test
  void randomTokensMakeValidTexts() throws IOException {
    Tokenizer tokenizer = LanguageModel.loadTokenizer(STORY);
    Vocabulary vocabulary = new Vocabulary(tokenizer, tokenizer.vocabularySize());
    RandomSchemas schemas = new RandomSchemas(1);
    Random random = new Random(2);
    for (int i = 0; i < 200; i++) {
      String schema = schemas.next();
      check(schema, write(schema, vocabulary, tokenizer, random));
    }
  }

  @Test
  void randomTokensMakeStringsOfEachFormat() throws IOException {
    Tokenizer tokenizer = LanguageModel.loadTokenizer(STORY);
    Vocabulary vocabulary = new Vocabulary(tokenizer, tokenizer.vocabularySize());
    Random random = new Random(4);
    for (String format : RandomSchemas.FORMATS) {
      String schema = "{\"type\":\"string\",\"format\":\"%s\"}".formatted(format);
      for (int i = 0; i < 60; i++) {
        check(schema, write(schema, vocabulary, tokenizer, random));
      }
    }
  }

  /** A text of tokens that the grammar allows. */
  private static String write(
      String schema, Vocabulary vocabulary, Tokenizer tokenizer, Random random) {
    TokenMatcher matcher = vocabulary.start(Grammar.jsonSchema(schema), true);
    var bytes = new ByteArrayOutputStream();
    boolean ended = false;
    while (!ended && !matcher.complete()) {
      int token = draw(matcher.allowed(), random);
      ended = tokenizer.isEndOfGeneration(token);
      matcher.accept(token);
      bytes.writeBytes(ended ? new byte[0] : tokenizer.tokenBytes(token));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int draw(long[] allowed, Random random) {
    int count = 0;
    for (long word : allowed) {
      count += Long.bitCount(word);
    }
    int left = random.nextInt(count);
    for (int id = 0; ; id++) {
      if ((allowed[id >> 6] >>> id & 1) == 1 && left-- == 0) {
        return id;
      }
    }
  }

  @Test
  void theStoryModelWritesValidTexts() throws IOException {
    generate(10);
  }

  @Test
  @Tag("slow")
  void theStoryModelWritesValidTextsForAThousandSchemas() throws IOException {
    generate(1000);
  }

  private static void generate(int count) throws IOException {
    RandomSchemas schemas = new RandomSchemas(3);
    GenerationRequest request =
        GenerationRequest.of("Here is the object:")
            .withMaxTokens(700)
            .withSampling(
                SamplingOptions.defaults()
                    .withTemperature(2.5f)
                    .withTopK(0)
                    .withTopP(1)
                    .withMinP(0));
    int whole = 0;
    try (LanguageModel model = LanguageModel.load(STORY)) {
      for (int i = 0; i < count; i++) {
        String schema = schemas.next();
        GenerationResult result =
            model.generate(request.withGrammar(Grammar.jsonSchema(schema)).withSeed(i));
        if (result.finishReason() == FinishReason.GRAMMAR_COMPLETE) {
          check(schema, result.text());
          whole++;
        } else {
          assertThat(result.finishReason())
              .isIn(FinishReason.MAX_TOKENS, FinishReason.CONTEXT_FULL);
        }
      }
    }
    assertThat(whole).isGreaterThan(count * 9 / 10);
  }
}
