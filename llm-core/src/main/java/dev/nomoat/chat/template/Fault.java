package dev.nomoat.chat.template;

import java.io.Serial;

/** Something that a template must not do, found where its place is not known. */
final class Fault extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  Fault(String message) {
    super(message, null, false, false);
  }

  /** What Python calls a TypeError: an operand that cannot be used so. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
  static Fault type(String message, Object... parts) {
    return new Fault("TypeError: " + message.formatted(parts));
  }

  /** What Python calls a ValueError: an operand of the right type that cannot be used so. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
  static Fault value(String message, Object... parts) {
    return new Fault("ValueError: " + message.formatted(parts));
  }

  /** Something that Python knows and this interpreter does not. */
  static Fault unsupported(String what) {
    return new Fault(what + " is not supported");
  }
}
