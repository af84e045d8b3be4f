package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.SamplingOptions;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.chat.Tool;
import dev.nomoat.chat.ToolCall;
import java.io.IOException;

/**
 * Lets a model ask for the weather, tells it, and lets it answer.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp llm-examples/target/llm-examples.jar \
 *     dev.nomoat.examples.CallATool
 * </pre>
 */
final class CallATool {
  private static final Tool WEATHER =
      new Tool(
          "get_weather",
          "Get the weather of a city.",
          """
          {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
          """);

  private CallATool() {}

  public static void main(String[] arguments) throws IOException {
    ChatRequest request =
        ChatRequest.of(ChatMessage.user("What is the weather in Paris?"))
            .withTools(WEATHER)
            .withMaxTokens(100)
            .withSampling(SamplingOptions.greedy());
    try (LanguageModel model = LanguageModel.load(EmbeddedModel.file())) {
      ChatReply reply = model.chat(request);
      request = request.plus(reply.message());
      for (ToolCall call : reply.toolCalls()) {
        System.out.println(call.name() + " " + call.arguments());
        request = request.plus(ChatMessage.tool(call, "{\"sky\": \"sunny\", \"degrees\": 21}"));
      }
      System.out.println(model.chat(request).content());
    }
  }
}
