package dev.nomoat.schedule;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A request waited until it was taken up; what it found in the cache then. */
@Name("dev.nomoat.QueueWait")
@Label("Queue Wait")
@Description("A request waited until it was taken up")
@Category("Nomoat")
@StackTrace(false)
final class QueueEvent extends Event {
  @Label("Prompt Tokens")
  int promptTokens;

  @Label("Reused Tokens")
  int reusedTokens;

  @Label("Priority")
  int priority;

  @Label("Again After Suspension")
  boolean again;
}
