package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nomoat.FinishReason;
import dev.nomoat.Generation;
import dev.nomoat.GenerationRequest;
import dev.nomoat.GenerationResult;
import dev.nomoat.LanguageModel;
import dev.nomoat.LogProbabilities;
import dev.nomoat.Prompt;
import dev.nomoat.Token;
import dev.nomoat.TokenLogProbability;
import dev.nomoat.Usage;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm generate}: a prompt goes in, its continuation streams out. */
@Command(description = "Continues a text.")
final class GenerateCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();
  @Mixin private final GenerationOptions options = new GenerationOptions();

  @Option(names = "--special", description = "Read control tokens such as <|im_start|> in PROMPT.")
  private boolean special;

  @Option(names = "--json", description = "Print one JSON object at the end instead of the text.")
  private boolean json;

  @Option(
      names = "--log-probabilities",
      paramLabel = "N",
      description = "With --json, how likely each token was, and the N likeliest ones; 0: none.")
  private @Nullable Integer logProbabilities;

  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to continue; -: read it from the standard input.")
  private String prompt = "";

  GenerateCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    String text = streams.argument(prompt);
    Prompt whole = special ? Prompt.withSpecialTokens(text) : Prompt.text(text);
    GenerationRequest request = request(whole); // wrong usage shows before the model loads
    try (LanguageModel model = engine.load(streams);
        Generation run = model.start(options.forModel(request, model));
        var _ = new StopOnSignal(run::cancel)) {
      if (json) {
        streams.show(json(run.await(), model.tokenizer()) + System.lineSeparator());
      } else {
        stream(run);
        FinishReason reason = run.await().finishReason();
        if (reason == FinishReason.CONTEXT_FULL) {
          streams.note("the context of " + model.contextLength() + " tokens is full");
        } else if (reason == FinishReason.MAX_TOKENS && request.grammar().isPresent()) {
          streams.note("cut off after " + options.maxTokens() + " tokens (--max-tokens)");
        }
      }
    }
    return 0;
  }

  private GenerationRequest request(Prompt whole) throws IOException {
    GenerationRequest request = options.request(whole, engine);
    if (logProbabilities == null) {
      return request;
    }
    if (!json) {
      throw new UsageException("--log-probabilities needs --json");
    }
    try {
      return request.withLogProbabilities(logProbabilities);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private void stream(Generation run) throws IOException {
    for (Token token : run) {
      streams.show(token.text());
    }
    streams.show(System.lineSeparator());
  }

  private static String json(GenerationResult result, Tokenizer tokenizer) throws IOException {
    var text = new StringWriter();
    Usage usage = result.usage();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("text", result.text());
      json.writeArrayFieldStart("ids");
      for (int id : result.ids()) {
        json.writeNumber(id);
      }
      json.writeEndArray();
      if (!result.logProbabilities().isEmpty()) {
        write(json, result.logProbabilities(), tokenizer);
      }
      json.writeStringField("finishReason", result.finishReason().name());
      json.writeObjectFieldStart("usage");
      json.writeNumberField("promptTokens", usage.promptTokens());
      json.writeNumberField("reusedTokens", usage.reusedTokens());
      json.writeNumberField("generatedTokens", usage.generatedTokens());
      json.writeNumberField("guessedTokens", usage.guessedTokens());
      json.writeNumberField("timeToFirstTokenMs", usage.timeToFirstToken().toNanos() / 1e6);
      json.writeNumberField("promptTokensPerSecond", usage.promptTokensPerSecond());
      json.writeNumberField("decodeTokensPerSecond", usage.decodeTokensPerSecond());
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, List<LogProbabilities> tokens, Tokenizer tokenizer)
      throws IOException {
    json.writeArrayFieldStart("logProbabilities");
    for (LogProbabilities token : tokens) {
      json.writeStartObject();
      json.writeNumberField("chosen", token.chosen());
      json.writeArrayFieldStart("top");
      for (TokenLogProbability likely : token.top()) {
        json.writeStartObject();
        json.writeNumberField("id", likely.id());
        byte[] text = tokenizer.tokenBytes(likely.id()); // with the space that decoding takes away
        json.writeStringField("text", new String(text, StandardCharsets.UTF_8));
        json.writeNumberField("logProbability", likely.logProbability());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
