package dev.nomoat;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A model was loaded. */
@Name("dev.nomoat.Load")
@Label("Model Load")
@Description("A model was loaded")
@Category("Nomoat")
@StackTrace(false)
final class LoadEvent extends Event {
  @Label("File")
  String file = "";

  @Label("Architecture")
  String architecture = "";

  @Label("Threads")
  int threads;
}
