package dev.nomoat.examples;

import dev.nomoat.ContextOverflowException;
import dev.nomoat.FinishReason;
import dev.nomoat.GenerationRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.Prompt;
import dev.nomoat.chat.ChatEvent;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.chat.ChatStream;
import dev.nomoat.chat.ChatTemplate;
import dev.nomoat.chat.Tool;
import dev.nomoat.chat.ToolCall;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm chat}: a conversation, one line of input for each turn. */
@Command(
    description = {
      "Talks with a model that was trained to chat.",
      "Each line of the input is a turn; /exit or the end of the input ends the conversation. When"
          + " the model calls a tool, the next line is the tool's result. Reasoning and calls go to"
          + " the error stream."
    })
final class ChatCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();
  @Mixin private final GenerationOptions options = new GenerationOptions();

  @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the model.")
  private @Nullable String system;

  @Option(
      names = "--template",
      paramLabel = "JINJA",
      description = "A file with the template to use instead of the model's own.")
  private @Nullable Path template;

  @Option(
      names = "--tools",
      paramLabel = "JSON",
      description = "A file with an array of tools that the model may call.")
  private @Nullable Path tools;

  ChatCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    Optional<ChatTemplate> ownTemplate =
        template == null
            ? Optional.empty()
            : Optional.of(ChatTemplate.of(Files.readString(template)));
    List<Tool> ownTools = tools == null ? List.of() : Tool.ofJson(Files.readString(tools));
    GenerationRequest generation = options.request(Prompt.text(""), engine);
    try (LanguageModel model = engine.load(streams)) {
      return converse(model, options.forModel(generation, model), ownTemplate, ownTools);
    }
  }

  private int converse(
      LanguageModel model,
      GenerationRequest generation,
      Optional<ChatTemplate> template,
      List<Tool> tools)
      throws IOException {
    List<ChatMessage> messages = new ArrayList<>();
    if (system != null) {
      messages.add(ChatMessage.system(system));
    }
    var lines = new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8));
    while (true) {
      String line = ask(lines);
      if (line == null || line.strip().equals("/exit")) {
        return ExitCode.OK;
      }
      if (line.isBlank()) {
        continue;
      }
      messages.add(ChatMessage.user(line));
      ChatReply reply;
      do {
        ChatRequest request = ChatRequest.of(messages).withTools(tools.toArray(Tool[]::new));
        request = request.withGeneration(generation);
        Optional<ChatReply> answer =
            answer(model, template.isEmpty() ? request : request.withTemplate(template.get()));
        if (answer.isEmpty()) {
          return ExitCode.SOFTWARE;
        }
        reply = answer.get();
        messages.add(reply.message());
      } while (takeResults(reply, lines, messages));
    }
  }

  private @Nullable String ask(BufferedReader lines) throws IOException {
    if (streams.typedInput() && streams.errorsOnTerminal()) {
      streams.err().print("> ");
      streams.err().flush();
    }
    return lines.readLine();
  }

  /** Reads the results of the calls; false if there are none to go on with. */
  private boolean takeResults(ChatReply reply, BufferedReader lines, List<ChatMessage> messages)
      throws IOException {
    for (ToolCall call : reply.toolCalls()) {
      String result = ask(lines);
      if (result == null) {
        return false;
      }
      messages.add(ChatMessage.tool(call, result));
    }
    return !reply.toolCalls().isEmpty();
  }

  /** Shows an answer; nothing if the conversation cannot go on. */
  private Optional<ChatReply> answer(LanguageModel model, ChatRequest request) throws IOException {
    ChatReply reply;
    try (ChatStream answer = model.startChat(request);
        var _ = new StopOnSignal(answer::cancel)) {
      reply = show(answer);
    } catch (ContextOverflowException e) {
      streams.note(
          "the conversation now takes %d tokens, and the context holds %d: start a new one"
              .formatted(e.promptTokens(), e.contextLength()));
      return Optional.empty();
    }
    if (reply.finishReason() == FinishReason.CONTEXT_FULL) {
      streams.note(
          "the context of " + model.contextLength() + " tokens is full: start a new conversation");
      return Optional.empty();
    }
    if (reply.finishReason() == FinishReason.MAX_TOKENS) {
      streams.note("cut off after " + options.maxTokens() + " tokens (--max-tokens)");
    }
    return Optional.of(reply);
  }

  private ChatReply show(ChatStream answer) throws IOException {
    for (Optional<ChatEvent> event = answer.next(); event.isPresent(); event = answer.next()) {
      switch (event.get()) {
        case ChatEvent.Content content -> streams.show(content.text());
        case ChatEvent.Reasoning reasoning -> {
          streams.err().print(reasoning.text());
          streams.err().flush();
        }
        case ChatEvent.Called called ->
            streams.note("calls " + called.call().name() + " " + called.call().arguments());
        case ChatEvent.Malformed malformed -> {
          streams.show(malformed.call().text());
          streams.note("not a call: " + malformed.call().reason());
        }
        case ChatEvent.Finished _ -> streams.show(System.lineSeparator());
      }
    }
    return answer.await();
  }
}
