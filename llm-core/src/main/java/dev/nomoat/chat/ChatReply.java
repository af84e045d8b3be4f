package dev.nomoat.chat;

import dev.nomoat.FinishReason;
import dev.nomoat.Token;
import dev.nomoat.Usage;
import java.util.List;
import java.util.Objects;

/**
 * What the model answered as a whole. Immutable.
 *
 * @param content the text for the user; the text of malformed calls is part of it
 * @param reasoning what the model thought before; empty if nothing
 * @param toolCalls the calls that it asks for, in order
 * @param malformedCalls what looked like a call and was none
 * @param finishReason why the answer ended
 * @param usage what it took
 * @param tokens all that the model wrote, reasoning and calls included, token by token; with
 *     log-probabilities if the request asks for them
 */
public record ChatReply(
    String content,
    String reasoning,
    List<ToolCall> toolCalls,
    List<MalformedCall> malformedCalls,
    FinishReason finishReason,
    Usage usage,
    List<Token> tokens) {
  /** Copies the lists. */
  public ChatReply {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(reasoning, "reasoning");
    toolCalls = List.copyOf(Objects.requireNonNull(toolCalls, "toolCalls"));
    malformedCalls = List.copyOf(Objects.requireNonNull(malformedCalls, "malformedCalls"));
    Objects.requireNonNull(finishReason, "finishReason");
    Objects.requireNonNull(usage, "usage");
    tokens = List.copyOf(Objects.requireNonNull(tokens, "tokens"));
  }

  /**
   * The reply as a message, to go on with the conversation.
   *
   * @return the assistant's message
   */
  public ChatMessage message() {
    return new ChatMessage(Role.ASSISTANT, content, reasoning, toolCalls, "", "");
  }
}
