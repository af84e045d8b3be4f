package dev.nomoat.chat.output;

/** A part of what a model wrote. */
public sealed interface OutputPart {
  /**
   * Text for the user.
   *
   * @param text to be appended to the text before
   */
  record Content(String text) implements OutputPart {}

  /**
   * What the model thinks.
   *
   * @param text to be appended to the reasoning before
   */
  record Reasoning(String text) implements OutputPart {}

  /**
   * A call of a tool.
   *
   * @param id the id that the model gave it, or the empty text
   * @param name the tool's name
   * @param arguments a JSON object
   */
  record Call(String id, String name, String arguments) implements OutputPart {}

  /**
   * What looked like a call and is none.
   *
   * @param text what the model wrote
   * @param reason what is wrong with it
   */
  record Malformed(String text, String reason) implements OutputPart {}
}
