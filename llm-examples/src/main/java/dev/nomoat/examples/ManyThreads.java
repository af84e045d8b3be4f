package dev.nomoat.examples;

import dev.nomoat.GenerationRequest;
import dev.nomoat.LanguageModel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * Shares one model between many virtual threads: each asks for a story of its own.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp llm-examples/target/llm-examples.jar \
 *     dev.nomoat.examples.ManyThreads
 * </pre>
 */
final class ManyThreads {
  private ManyThreads() {}

  public static void main(String[] arguments) throws IOException {
    List<String> heroes =
        List.of("a little fox", "a brave kitten", "an old badger", "a small duck");
    // Closing waits for the tasks, so the model closes after the last story.
    try (LanguageModel model = LanguageModel.load(EmbeddedModel.file());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String hero : heroes) {
        threads.execute(() -> tell(model, "Once upon a time there was " + hero));
      }
    }
  }

  private static void tell(LanguageModel model, String opening) {
    GenerationRequest request = GenerationRequest.of(opening).withMaxTokens(60).withSeed(7);
    System.out.println("* " + opening + model.generate(request).text().replace('\n', ' '));
  }
}
