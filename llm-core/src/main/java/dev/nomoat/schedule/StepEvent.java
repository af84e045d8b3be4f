package dev.nomoat.schedule;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A batch was evaluated. */
@Name("dev.nomoat.Step")
@Label("Step")
@Description(
    "One evaluation of a batch: tokens of prompts, and one token for each sequence that generates")
@Category("Nomoat")
@StackTrace(false)
final class StepEvent extends Event {
  @Label("Prefill Tokens")
  int prefillTokens;

  @Label("Decode Tokens")
  int decodeTokens;

  @Label("Sequences")
  int sequences;
}
