package dev.nomoat.examples;

import dev.nomoat.ContextOverflowException;
import dev.nomoat.FinishReason;
import dev.nomoat.Generation;
import dev.nomoat.GenerationResult;
import dev.nomoat.LanguageModel;
import dev.nomoat.Prompt;
import dev.nomoat.Token;
import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatMl;
import dev.nomoat.chat.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
      "Each line of the input is a turn; /exit or the end of the input ends the conversation."
    })
final class ChatCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();
  @Mixin private final GenerationOptions options = new GenerationOptions();

  @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the model.")
  private @Nullable String system;

  ChatCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    try (LanguageModel model = engine.load(streams)) {
      ChatMl template = ChatMl.of(model.info().chatTemplate(), model.tokenizer());
      return converse(model, template);
    }
  }

  private int converse(LanguageModel model, ChatMl template) throws IOException {
    List<ChatMessage> messages = new ArrayList<>();
    if (system != null) {
      messages.add(new ChatMessage(Role.SYSTEM, system));
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
      messages.add(new ChatMessage(Role.USER, line));
      GenerationResult answer;
      try {
        answer = answer(model, template.render(messages));
      } catch (ContextOverflowException e) {
        streams.note(
            "the conversation now takes %d tokens, and the context holds %d: start a new one"
                .formatted(e.promptTokens(), e.contextLength()));
        return ExitCode.SOFTWARE;
      }
      if (answer.finishReason() == FinishReason.CONTEXT_FULL) {
        streams.note(
            "the context of "
                + model.contextLength()
                + " tokens is full: start a new conversation");
        return ExitCode.SOFTWARE;
      }
      if (answer.finishReason() == FinishReason.MAX_TOKENS) {
        streams.note("cut off after " + options.maxTokens() + " tokens (--max-tokens)");
      }
      messages.add(new ChatMessage(Role.ASSISTANT, answer.text()));
    }
  }

  private @Nullable String ask(BufferedReader lines) throws IOException {
    if (streams.typedInput() && streams.errorsOnTerminal()) {
      streams.err().print("> ");
      streams.err().flush();
    }
    return lines.readLine();
  }

  private GenerationResult answer(LanguageModel model, Prompt prompt) throws IOException {
    try (Generation run = model.start(options.request(prompt));
        var _ = new StopOnSignal(run::cancel)) {
      for (Token token : run) {
        streams.show(token.text());
      }
      streams.show(System.lineSeparator());
      return run.await();
    }
  }
}
