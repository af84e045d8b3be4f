package dev.nomoat.chat;

import java.util.Objects;

/**
 * One message of a conversation. Immutable.
 *
 * @param role who wrote it
 * @param content its text. What looks like a control token in it stays text.
 */
public record ChatMessage(Role role, String content) {
  /** Refuses missing parts. */
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }

  /**
   * A message that tells the model how to behave.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage system(String content) {
    return new ChatMessage(Role.SYSTEM, content);
  }

  /**
   * A message that the model is to answer.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage user(String content) {
    return new ChatMessage(Role.USER, content);
  }

  /**
   * An answer of the model.
   *
   * @param content its text
   * @return the message
   */
  public static ChatMessage assistant(String content) {
    return new ChatMessage(Role.ASSISTANT, content);
  }
}
