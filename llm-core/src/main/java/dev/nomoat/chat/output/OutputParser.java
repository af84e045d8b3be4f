package dev.nomoat.chat.output;

import dev.nomoat.chat.output.OutputFormat.CallMarks;
import dev.nomoat.chat.output.OutputFormat.Marks;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart what a model writes, while it arrives. What is text or reasoning comes at once, apart
 * from what may yet turn out to be a mark; a call comes when it is complete. How the text is cut
 * into pieces makes no difference, and none of it is lost. Takes time linear in the text. Not
 * thread-safe.
 *
 * <p>A mark within a value of a call is part of the value, so that a model can write about its own
 * marks. If it turns out that the value has no end, the first such mark ends the call after all.
 */
public final class OutputParser {
  private final OutputFormat format;
  private final Set<String> marks;
  private final MarkScanner scanner = new MarkScanner();
  private final StringBuilder body = new StringBuilder();
  private final List<String> openMarks = new ArrayList<>();
  private @Nullable Marks reasoning;
  private @Nullable CallMarks call;
  private ValueScanner values = CallSyntax.JSON.valueScanner();
  private final @Nullable ChannelParser channels;

  /** Where the first closing mark within a value is in the body, or -1. */
  private int doubtful = -1;

  /** Whether marks within values are part of them. */
  private boolean careful = true;

  /** Whether all that was written so far may be a JSON call, which is in the body then. */
  private boolean bare;

  /** Whether the next text begins the answer, so that line ends before it are left out. */
  private boolean atStart = true;

  /** Parts that were found and not yet returned. */
  private List<OutputPart> parts = new ArrayList<>();

  /**
   * Starts at the beginning of an answer.
   *
   * @param template the model's chat template, which shows how it marks the parts
   * @param tools the JSON schemas of the tools that the model was given, by their names; without
   *     any nothing is a call
   * @param prompt the text that the answer continues: a part may have begun in it
   */
  public OutputParser(String template, Map<String, Json.ObjectValue> tools, String prompt) {
    format = OutputFormat.of(template, tools);
    this.marks = new HashSet<>(format.marks());
    this.channels = format.channels() ? new ChannelParser(prompt) : null;
    format.reasoning().forEach(each -> openMarks.add(each.open()));
    format.calls().forEach(each -> openMarks.add(each.open()));
    openMarks.addAll(format.ignored());
    String end = prompt.stripTrailing();
    for (Marks each : format.reasoning()) {
      if (end.endsWith(each.open().stripTrailing())) {
        reasoning = each;
      }
    }
    bare = format.bareJson();
  }

  /**
   * Takes the next piece of text.
   *
   * @param piece any text
   * @return what is known by it
   */
  public List<OutputPart> text(String piece) {
    if (channels != null) {
      return channels.text(piece);
    }
    scanner.append(piece);
    scan(false);
    return taken();
  }

  /**
   * Takes a control token.
   *
   * @param name its text in the vocabulary; one that is no mark of the format is left out
   * @return what is known by it
   */
  public List<OutputPart> control(String name) {
    if (channels != null) {
      return channels.control(name);
    }
    boolean isMark = marks.contains(name) || marks.stream().anyMatch(mark -> mark.startsWith(name));
    boolean inCall = call != null;
    return isMark || inCall ? text(name) : List.of();
  }

  /**
   * Ends the answer.
   *
   * @return the rest; a call that is not closed is read if it is complete all the same
   */
  public List<OutputPart> finish() {
    if (channels != null) {
      return channels.finish();
    }
    scan(true);
    if (call != null && doubtful >= 0) {
      endAtDoubtful();
      scan(true);
    }
    if (call != null) {
      endCall(call, "");
    } else if (bare) {
      closeBare();
    }
    return taken();
  }

  private List<OutputPart> taken() {
    List<OutputPart> found = parts;
    parts = new ArrayList<>();
    return found;
  }

  private void scan(boolean last) {
    while (true) {
      MarkScanner.Found found = scanner.take(wanted(), last);
      before(found.before());
      if (found.mark() == null) {
        return;
      }
      mark(found.mark());
    }
  }

  private List<String> wanted() {
    if (call != null) {
      // Where the closing mark is missing, the next call ends this one.
      return call.close().isEmpty() ? List.of(call.open()) : List.of(call.close(), call.open());
    }
    return reasoning != null ? format.endsOf(reasoning) : openMarks;
  }

  private void before(String text) {
    if (call != null) {
      body.append(text);
    } else if (reasoning != null) {
      addReasoning(text);
    } else {
      content(text);
    }
  }

  private void addReasoning(String text) {
    if (!text.isEmpty()) {
      parts.add(new OutputPart.Reasoning(text));
    }
  }

  private void mark(String mark) {
    if (call != null) {
      closingMark(call, mark);
      return;
    }
    if (reasoning != null) {
      boolean closed = mark.equals(reasoning.close());
      reasoning = null;
      atStart = true;
      if (closed) {
        return;
      }
    }
    if (!body.isEmpty()) {
      flushBare();
    }
    for (Marks each : format.reasoning()) {
      if (each.open().equals(mark)) {
        reasoning = each;
        return;
      }
    }
    for (CallMarks each : format.calls()) {
      if (each.open().equals(mark)) {
        beginCall(each);
        return;
      }
    }
    // What is left are marks around text for the user, or around calls.
  }

  private void beginCall(CallMarks marks) {
    call = marks;
    values = marks.syntax().valueScanner();
    doubtful = -1;
    bare = false;
    body.setLength(0);
  }

  private void closingMark(CallMarks marks, String mark) {
    if (careful && values.endsInside(body)) {
      doubtful = doubtful < 0 ? body.length() : doubtful;
      body.append(mark);
      return;
    }
    endCall(marks, mark);
  }

  private void endCall(CallMarks marks, String mark) {
    String text = body.toString();
    boolean isNext = mark.equals(marks.open());
    try {
      parts.addAll(calls(marks.syntax(), text));
    } catch (CallException | JsonException e) {
      if (doubtful >= 0) {
        scanner.putBack(mark);
        endAtDoubtful();
        return;
      }
      String whole = marks.open() + text + (isNext ? "" : mark);
      parts.add(new OutputPart.Malformed(whole, String.valueOf(e.getMessage())));
    }
    call = null;
    atStart = true;
    body.setLength(0);
    if (isNext) {
      beginCall(marks);
    }
  }

  /** Goes back to the first mark that seemed to be within a value, and lets it count. */
  private void endAtDoubtful() {
    careful = false;
    scanner.putBack(body.substring(doubtful));
    body.setLength(doubtful);
    doubtful = -1;
  }

  private List<OutputPart> calls(CallSyntax syntax, String text) {
    List<OutputPart> calls = new ArrayList<>();
    for (RawCall raw : syntax.calls(text.strip(), format.texts())) {
      String arguments = raw.arguments().toJson();
      Json.parseObject(arguments); // values that became members may nest one level too deep
      calls.add(new OutputPart.Call(raw.id(), raw.name(), arguments));
    }
    return calls;
  }

  private void content(String text) {
    if (!bare) {
      addContent(text);
      return;
    }
    body.append(body.isEmpty() ? text.stripLeading() : text);
    if (!body.isEmpty() && "{[".indexOf(body.charAt(0)) < 0) {
      flushBare();
    }
  }

  private void flushBare() {
    if (bare) {
      bare = false;
      String text = body.toString();
      body.setLength(0);
      addContent(text);
    }
  }

  private void closeBare() {
    bare = false;
    String text = body.toString();
    body.setLength(0);
    if (text.isEmpty()) {
      return;
    }
    try {
      parts.addAll(calls(CallSyntax.JSON, text));
    } catch (CallException | JsonException e) {
      // JSON that names a tool was meant as a call; other JSON is an answer.
      boolean meant = text.contains("\"name\"");
      parts.add(
          meant
              ? new OutputPart.Malformed(text, String.valueOf(e.getMessage()))
              : new OutputPart.Content(text));
    }
  }

  /** Adds text for the user, without the line ends that separate it from reasoning and calls. */
  private void addContent(String text) {
    String wanted = atStart ? text.stripLeading() : text;
    if (!wanted.isEmpty()) {
      atStart = false;
      parts.add(new OutputPart.Content(wanted));
    }
  }
}
