package dev.nomoat.chat;

import java.util.Locale;

/** Who wrote a message. */
public enum Role {
  /** The application, which tells the model how to behave. */
  SYSTEM,
  /** The one whom the model answers. */
  USER,
  /** The model. */
  ASSISTANT,
  /** A tool that the model has called. */
  TOOL;

  /**
   * The name that chat formats know the role by.
   *
   * @return the name in lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
