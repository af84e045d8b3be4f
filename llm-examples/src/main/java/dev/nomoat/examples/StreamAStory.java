package dev.nomoat.examples;

import dev.nomoat.Generation;
import dev.nomoat.GenerationRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.Token;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Prints a story while the model makes it up. Give the path of another GGUF file as the argument.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp llm-examples/target/llm-examples.jar \
 *     dev.nomoat.examples.StreamAStory
 * </pre>
 */
final class StreamAStory {
  private StreamAStory() {}

  public static void main(String[] arguments) throws IOException {
    Path file = arguments.length == 0 ? EmbeddedModel.file() : Path.of(arguments[0]);
    GenerationRequest request = GenerationRequest.of("Once upon a time").withMaxTokens(200);
    try (LanguageModel model = LanguageModel.load(file);
        Generation run = model.start(request)) {
      System.out.print("Once upon a time");
      for (Token token : run) {
        System.out.print(token.text());
        System.out.flush();
      }
      System.out.println();
      System.out.printf("%n%.0f tokens/s%n", run.await().usage().decodeTokensPerSecond());
    }
  }
}
