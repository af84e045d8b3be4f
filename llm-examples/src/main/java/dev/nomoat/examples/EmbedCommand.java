package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonToken;
import dev.nomoat.EmbeddingRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.Pooling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm embed}: the vectors of texts, or how alike they are. */
@Command(description = "Prints the vector of each text on a line, as an array of numbers.")
final class EmbedCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = "--pooling",
      paramLabel = "mean|cls|last",
      description =
          "How the vectors of tokens become one (default: what the model was trained with).")
  private @Nullable Pooling pooling;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      description = "Keep the first N numbers of each vector; 0, the default: all.")
  private int dimensions;

  @Option(names = "--raw", description = "Leave the vectors as long as the model computes them.")
  private boolean raw;

  @Option(
      names = "--cosine",
      description = "Print how alike the texts are instead: for each a row of cosines with all.")
  private boolean cosine;

  @Option(
      names = "--json",
      description =
          "Read an array of texts from the standard input, and print an array of vectors.")
  private boolean json;

  @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The texts.")
  private List<String> texts = List.of();

  EmbedCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (json == !texts.isEmpty()) {
      throw new UsageException("give either texts or --json");
    }
    EmbeddingRequest request = request(json ? read(streams.argument("-")) : texts);
    List<float[]> vectors;
    try (LanguageModel model = engine.load(streams)) {
      vectors = model.embed(request);
    }
    streams.show(cosine ? cosines(vectors) : json ? bulk(vectors) : lines(vectors));
    return 0;
  }

  private EmbeddingRequest request(List<String> all) {
    try {
      EmbeddingRequest request =
          EmbeddingRequest.of(all).withNormalized(!raw).withDimensions(dimensions);
      return pooling == null ? request : request.withPooling(pooling);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private static List<String> read(String array) throws IOException {
    List<String> all = new ArrayList<>();
    JsonArray.read(
        array,
        "texts",
        parser -> {
          if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new IllegalArgumentException("a text must be a string");
          }
          all.add(parser.getText());
        });
    return all;
  }

  private static String lines(List<float[]> vectors) {
    StringBuilder lines = new StringBuilder();
    vectors.forEach(vector -> lines.append(numbers(vector)).append(System.lineSeparator()));
    return lines.toString();
  }

  private static String bulk(List<float[]> vectors) {
    StringJoiner all = new StringJoiner(",", "[", "]" + System.lineSeparator());
    vectors.forEach(vector -> all.add(numbers(vector)));
    return all.toString();
  }

  private static String numbers(float[] vector) {
    StringJoiner numbers = new StringJoiner(",", "[", "]");
    for (float number : vector) {
      numbers.add(Float.toString(number));
    }
    return numbers.toString();
  }

  private static String cosines(List<float[]> vectors) {
    StringBuilder table = new StringBuilder();
    for (float[] row : vectors) {
      StringJoiner cosines = new StringJoiner(" ", "", System.lineSeparator());
      for (float[] column : vectors) {
        double lengths = Math.sqrt(dot(row, row) * dot(column, column));
        cosines.add(String.format(Locale.ROOT, "%7.4f", dot(row, column) / lengths));
      }
      table.append(cosines);
    }
    return table.toString();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
