package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nomoat.chat.ChatTemplate;
import dev.nomoat.chat.TemplateException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm template}: how a conversation is written for a model. */
@Command(
    description = {
      "Prints a conversation as the model gets it.",
      "A request is an object with messages, and perhaps with tools, add_generation_prompt and"
          + " whatever else the template uses."
    })
final class TemplateCommand implements Callable<Integer> {
  private static final JsonFactory JSON = new JsonFactory();

  private final Streams streams;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "Use the template of this GGUF file or Hugging Face folder, or the one beside this"
              + " tokenizer.json or SentencePiece model (.model). Without it: that of the small"
              + " story model that comes along.")
  private @Nullable Path model;

  @Option(
      names = "--template",
      paramLabel = "JINJA",
      description = "Use the template in this file; special tokens are those of the model.")
  private @Nullable Path template;

  @Option(
      names = "--json",
      description =
          "Read an array of requests from the standard input, and print an array of objects with"
              + " text or error.")
  private boolean json;

  @Parameters(
      arity = "0..1",
      paramLabel = "REQUEST",
      description = "A file with a request in JSON; -: read it from the standard input.")
  private @Nullable String request;

  TemplateCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (json == (request != null)) {
      throw new UsageException("give either a request or --json");
    }
    Map<String, String> tokens = Map.of();
    ChatTemplate parsed;
    if (template != null && model == null) {
      parsed = ChatTemplate.of(Files.readString(template));
    } else {
      TemplateSource source =
          TemplateSource.of(model == null ? EmbeddedModel.file() : model, template == null);
      tokens = source.tokens();
      parsed = template == null ? source.template() : ChatTemplate.of(Files.readString(template));
    }
    if (request == null) {
      streams.show(bulk(parsed, tokens, streams.argument("-")) + System.lineSeparator());
    } else {
      String text =
          request.equals("-") ? streams.argument(request) : Files.readString(Path.of(request));
      streams.show(parsed.renderJson(text, tokens));
    }
    return 0;
  }

  private static String bulk(ChatTemplate template, Map<String, String> tokens, String requests)
      throws IOException {
    var text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartArray();
      for (String each : elements(requests)) {
        out.writeStartObject();
        try {
          out.writeStringField("text", template.renderJson(each, tokens));
        } catch (TemplateException | IllegalArgumentException e) {
          out.writeStringField("error", e.getMessage());
        }
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    return text.toString();
  }

  /** The elements of an array, as they stand in the text. */
  private static List<String> elements(String array) throws IOException {
    List<String> elements = new ArrayList<>();
    JsonArray.read(
        array,
        "requests",
        parser -> {
          int from = (int) parser.currentTokenLocation().getCharOffset();
          parser.skipChildren();
          elements.add(array.substring(from, (int) parser.currentLocation().getCharOffset()));
        });
    return elements;
  }
}
