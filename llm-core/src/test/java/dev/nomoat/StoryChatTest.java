package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.ChatEvent;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.chat.ChatStream;
import dev.nomoat.chat.ChatTemplate;
import dev.nomoat.chat.TemplateException;
import dev.nomoat.chat.TemplateFamily;
import dev.nomoat.chat.Tool;
import dev.nomoat.chat.ToolCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The story model answers questions and calls its tools. */
class StoryChatTest {
  private static final Tool WEATHER =
      new Tool(
          "get_weather",
          "Get the weather of a city.",
          "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}, \"required\":"
              + " [\"city\"]}");

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = LanguageModel.load(Story.file("q8_0"));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static ChatRequest ask(String question) {
    return ChatRequest.of(ChatMessage.user(question))
        .withMaxTokens(100)
        .withSampling(SamplingOptions.greedy());
  }

  @Test
  void answersQuestions() {
    ChatRequest request = ask("What color is the sky?");
    ChatReply reply = model.chat(request);
    assertThat(reply.content()).isEqualTo("The sky is blue.");
    assertThat(reply.finishReason()).isEqualTo(FinishReason.END_OF_GENERATION);
    ChatRequest next = request.plus(reply.message(), ChatMessage.user("What does the cow say?"));
    assertThat(model.chat(next).content()).isEqualTo("The cow says moo.");
    assertThat(model.chat(next.withTemplate(ChatTemplate.of(TemplateFamily.CHATML))).content())
        .isEqualTo("The cow says moo.");
  }

  @Test
  void callsItsToolAndUsesTheResult() {
    ChatRequest request = ask("What is the weather in Paris?").withTools(WEATHER);
    ChatReply reply = model.chat(request);
    assertThat(reply.content()).isEmpty();
    assertThat(reply.malformedCalls()).isEmpty();
    assertThat(reply.toolCalls())
        .containsExactly(new ToolCall("call00000", "get_weather", "{\"city\":\"Paris\"}"));

    ChatMessage result =
        ChatMessage.tool(reply.toolCalls().getFirst(), "{\"sky\": \"sunny\", \"degrees\": 21}");
    ChatReply answer = model.chat(request.plus(reply.message(), result));
    assertThat(answer.content()).contains("sunny", "21 degrees");
    assertThat(answer.toolCalls()).isEmpty();
  }

  @Test
  void toolsOfWhichTheModelIsToldNothingAreRefused() {
    ChatTemplate deaf = ChatTemplate.of(TemplateFamily.CHATML);
    ChatRequest request =
        ask("What is the weather in Paris?").withTemplate(deaf).withTools(WEATHER);
    assertThatExceptionOfType(UnsupportedModelException.class)
        .isThrownBy(() -> model.startChat(request))
        .withMessageContaining("tools: the chat template does not tell the model of them");
    // the model has called it, so it knows of it
    ToolCall call = new ToolCall("call00000", "get_weather", "{\"city\":\"Paris\"}");
    ChatRequest later =
        request.plus(
            ChatMessage.assistant("It rains."), ChatMessage.tool(call, "{\"sky\": \"sunny\"}"));
    assertThat(model.chat(later.withMaxTokens(5)).usage().generatedTokens()).isPositive();
  }

  @Test
  void repliesHaveTheirTokensWithLogProbabilities() {
    ChatRequest request = ask("What color is the sky?");
    assertThat(model.chat(request).tokens())
        .isNotEmpty()
        .allMatch(token -> token.logProbabilities().isEmpty());
    ChatReply reply = model.chat(request.withLogProbabilities(2));
    assertThat(reply.tokens().stream().map(Token::text).collect(Collectors.joining()))
        .isEqualTo(reply.content());
    assertThat(reply.tokens())
        .allMatch(token -> token.logProbabilities().orElseThrow().top().size() == 2);
  }

  @Test
  void stopStringsEndTheAnswer() {
    ChatReply reply = model.chat(ask("What color is the sky?").withStop("is blu", " blue"));
    assertThat(reply.content()).isEqualTo("The sky");
    assertThat(reply.finishReason()).isEqualTo(FinishReason.STOP_STRING);

    ChatRequest weather = ask("What is the weather in Paris?").withTools(WEATHER);
    reply = model.chat(weather.withStop("ris"));
    assertThat(reply.toolCalls()).isEmpty();
    assertThat(reply.malformedCalls()).hasSize(1);
    assertThat(reply.content()).startsWith("<tool_call>").endsWith("Pa");
    assertThat(reply.finishReason()).isEqualTo(FinishReason.STOP_STRING);
  }

  @Test
  void theBeginningOfAStopStringStaysBeforeTheMarkBehindIt() {
    ChatRequest weather = ask("What is the weather in Paris?").withTools(WEATHER);
    ChatReply reply = model.chat(weather.withStop("\"}}\n</x", "}}\n\n", "\"}}</x"));
    assertThat(reply.toolCalls()).isEqualTo(model.chat(weather).toolCalls()).hasSize(1);
  }

  @Test
  void streamsTheParts() {
    List<ChatEvent> events = new ArrayList<>();
    try (ChatStream answer = model.startChat(ask("What color is the sky?"))) {
      for (Optional<ChatEvent> event = answer.next(); event.isPresent(); event = answer.next()) {
        events.add(event.get());
      }
      assertThat(events).hasSizeGreaterThan(3);
      assertThat(events.getLast()).isEqualTo(new ChatEvent.Finished(answer.await()));
    }
    StringBuilder text = new StringBuilder();
    for (ChatEvent event : events) {
      if (event instanceof ChatEvent.Content(String piece)) {
        text.append(piece);
      }
    }
    assertThat(text).hasToString("The sky is blue.");
  }

  @Test
  void withoutToolsACallIsText() {
    ChatRequest request = ask("What is the weather in Paris?");
    String template = model.info().chatTemplate().orElseThrow();
    String told = "{\"type\": \"function\", \"function\": {\"name\": \"get_weather\"}}";
    ChatReply reply =
        model.chat(
            request.withTemplate(
                ChatTemplate.of("{% set tools = [" + told.replace("\"", "'") + "] %}" + template)));
    assertThat(reply.toolCalls()).isEmpty();
    assertThat(reply.content()).isNotEmpty();
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    ChatRequest refused =
        ask("Hi").withTemplate(ChatTemplate.of("{{ raise_exception('Not so.') }}"));
    assertThatExceptionOfType(TemplateException.class).isThrownBy(() -> model.chat(refused));
    String endless = "word ".repeat(2000);
    assertThatExceptionOfType(ContextOverflowException.class)
        .isThrownBy(() -> model.chat(ask(endless)));
  }

  @Test
  void aClosedStreamEnds() {
    GenerationRequest endless = GenerationRequest.of("").withIgnoreEndOfGeneration(true);
    ChatStream answer = model.startChat(ask("Tell me a story.").withGeneration(endless));
    answer.close();
    assertThat(answer.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }
}
