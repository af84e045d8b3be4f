package dev.nomoat.schedule;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Pages were forgotten, between two steps. */
@Name("dev.nomoat.Eviction")
@Label("Eviction")
@Description("Pages of tokens that nobody held were forgotten, because others needed the memory")
@Category("Nomoat")
@StackTrace(false)
final class EvictionEvent extends Event {
  @Label("Pages")
  long pages;
}
