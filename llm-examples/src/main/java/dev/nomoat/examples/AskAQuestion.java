package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.SamplingOptions;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
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
      List<ChatMessage> messages = new ArrayList<>();
      for (String question : List.of("What color is the sky?", "What does the cow say?")) {
        messages.add(ChatMessage.user(question));
        ChatReply reply =
            model.chat(
                ChatRequest.of(messages).withMaxTokens(100).withSampling(SamplingOptions.greedy()));
        messages.add(reply.message());
        System.out.println(question + "\n  " + reply.content());
      }
    }
  }
}
