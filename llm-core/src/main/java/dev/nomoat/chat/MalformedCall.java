package dev.nomoat.chat;

import java.util.Objects;

/**
 * What looks like a call of a tool and is none.
 *
 * @param text what the model wrote
 * @param reason what is wrong with it
 */
public record MalformedCall(String text, String reason) {
  /** Refuses missing parts. */
  public MalformedCall {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(reason, "reason");
  }
}
