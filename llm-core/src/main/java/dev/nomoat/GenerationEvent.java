package dev.nomoat;

import java.util.Objects;

/** What a generation tells its caller: any number of tokens, then once that it has finished. */
public sealed interface GenerationEvent {
  /**
   * A token was generated.
   *
   * @param token the token and the text that became final with it
   */
  record TokenProduced(Token token) implements GenerationEvent {
    /** Refuses a missing token. */
    public TokenProduced {
      Objects.requireNonNull(token, "token");
    }
  }

  /**
   * The generation ended. Nothing follows.
   *
   * @param result the whole of it
   */
  record Finished(GenerationResult result) implements GenerationEvent {
    /** Refuses a missing result. */
    public Finished {
      Objects.requireNonNull(result, "result");
    }
  }
}
