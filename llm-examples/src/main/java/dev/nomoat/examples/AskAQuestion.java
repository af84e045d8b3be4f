package dev.nomoat.examples;

import dev.nomoat.GenerationRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.SamplingOptions;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatMl;
import dev.nomoat.chat.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks a model that was trained to chat some questions; each one sees what was said before.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp llm-examples/target/llm-examples.jar \
 *     dev.nomoat.examples.AskAQuestion
 * </pre>
 */
final class AskAQuestion {
  private AskAQuestion() {}

  public static void main(String[] arguments) throws IOException {
    try (LanguageModel model = LanguageModel.load(EmbeddedModel.file())) {
      ChatMl template = ChatMl.of(model.info().chatTemplate(), model.tokenizer());
      List<ChatMessage> messages = new ArrayList<>();
      for (String question : List.of("What color is the sky?", "What does the cow say?")) {
        messages.add(new ChatMessage(Role.USER, question));
        GenerationRequest request =
            GenerationRequest.of(template.render(messages))
                .withMaxTokens(100)
                .withSampling(SamplingOptions.greedy());
        String answer = model.generate(request).text();
        messages.add(new ChatMessage(Role.ASSISTANT, answer));
        System.out.println(question + "\n  " + answer);
      }
    }
  }
}
