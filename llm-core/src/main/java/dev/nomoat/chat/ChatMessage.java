package dev.nomoat.chat;

import java.util.List;
import java.util.Objects;

/**
 * One message of a conversation. Immutable.
 *
 * @param role who wrote it
 * @param content its text. What looks like a control token in it stays text.
 * @param reasoning what the assistant thought before it answered; empty if nothing
 * @param toolCalls the calls that the assistant asked for
 * @param toolCallId for a tool's result the call that it belongs to, else empty
 * @param toolName for a tool's result the tool's name, else empty
 */
public record ChatMessage(
    Role role,
    String content,
    String reasoning,
    List<ToolCall> toolCalls,
    String toolCallId,
    String toolName) {
  /**
   * Checks the parts, and copies the calls.
   *
   * @throws IllegalArgumentException if a message has parts that its role does not have
   */
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(reasoning, "reasoning");
    toolCalls = List.copyOf(Objects.requireNonNull(toolCalls, "toolCalls"));
    Objects.requireNonNull(toolCallId, "toolCallId");
    Objects.requireNonNull(toolName, "toolName");
    if (role != Role.ASSISTANT && !(reasoning.isEmpty() && toolCalls.isEmpty())) {
      throw new IllegalArgumentException("only the assistant reasons and calls tools");
    }
    if (role != Role.TOOL && !(toolCallId.isEmpty() && toolName.isEmpty())) {
      throw new IllegalArgumentException("only a tool's result belongs to a call");
    }
  }

  /**
   * A message that tells the model how to behave.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage system(String content) {
    return of(Role.SYSTEM, content);
  }

  /**
   * A message that the model is to answer.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage user(String content) {
    return of(Role.USER, content);
  }

  /**
   * An answer of the model.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage assistant(String content) {
    return of(Role.ASSISTANT, content);
  }

  /**
   * The result of a call.
   *
   * @param call the call
   * @param content what the tool returned
   * @return the message
   */
  public static ChatMessage tool(ToolCall call, String content) {
    Objects.requireNonNull(call, "call");
    return new ChatMessage(Role.TOOL, content, "", List.of(), call.id(), call.name());
  }

  private static ChatMessage of(Role role, String content) {
    return new ChatMessage(role, content, "", List.of(), "", "");
  }
}
