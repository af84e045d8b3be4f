package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code llm rerank}: how well documents answer a query. */
@Command(
    description = {
      "Prints how well each document answers a query: a line with its score and itself.",
      "Needs a model made for that, named with -m."
    })
final class RerankCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Parameters(index = "0", paramLabel = "QUERY", description = "The query.")
  private String query = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "DOCUMENT",
      description = "The documents.")
  private List<String> documents = List.of();

  RerankCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    engine.requireModel("the model that comes along does not score documents");
    float[] scores;
    try (LanguageModel model = engine.load(streams)) {
      scores = model.rerank(query, documents);
    }
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < scores.length; i++) {
      String document = documents.get(i).replaceAll("\\R", " ");
      lines.append(scores[i]).append('\t').append(document).append(System.lineSeparator());
    }
    streams.show(lines.toString());
    return 0;
  }
}
