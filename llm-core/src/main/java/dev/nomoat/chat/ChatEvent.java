package dev.nomoat.chat;

import java.util.Objects;

/** What a running answer tells its caller: any number of parts, then once that it has finished. */
public sealed interface ChatEvent {
  /**
   * More text for the user.
   *
   * @param text to be appended to the text before
   */
  record Content(String text) implements ChatEvent {
    /** Refuses a missing text. */
    public Content {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * More of what the model thinks.
   *
   * @param text to be appended to the reasoning before
   */
  record Reasoning(String text) implements ChatEvent {
    /** Refuses a missing text. */
    public Reasoning {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * The model asks for a call.
   *
   * @param call the call, complete
   */
  record Called(ToolCall call) implements ChatEvent {
    /** Refuses a missing call. */
    public Called {
      Objects.requireNonNull(call, "call");
    }
  }

  /**
   * Something looked like a call and was none. Its text comes here only, not as {@link Content}
   * too.
   *
   * @param call what it was
   */
  record Malformed(MalformedCall call) implements ChatEvent {
    /** Refuses a missing call. */
    public Malformed {
      Objects.requireNonNull(call, "call");
    }
  }

  /**
   * The answer ended. Nothing follows.
   *
   * @param reply the whole of it
   */
  record Finished(ChatReply reply) implements ChatEvent {
    /** Refuses a missing reply. */
    public Finished {
      Objects.requireNonNull(reply, "reply");
    }
  }
}
