package dev.nomoat.chat.output;

import java.io.Serial;

/** What stands where a call is expected is none. */
final class CallException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  CallException(String reason) {
    super(reason, null, false, false);
  }

  CallException(RuntimeException cause) {
    super(String.valueOf(cause.getMessage()), cause, false, false);
  }
}
