package dev.nomoat.chat.output;

import dev.nomoat.chat.output.OutputFormat.CallMarks;
import dev.nomoat.chat.output.OutputFormat.Marks;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart what a model writes, while it arrives. What is text or reasoning comes at once, apart
 * from what may yet turn out to be a mark; a call comes when it is complete. Takes time linear in
 * the text. Not thread-safe.
 */
public final class OutputParser {
  private final OutputFormat format;
  private final Set<String> marks;
  private final MarkScanner scanner = new MarkScanner();
  private final StringBuilder body = new StringBuilder();
  private final List<String> openMarks = new ArrayList<>();
  private @Nullable Marks reasoning;
  private @Nullable CallMarks call;
  private final @Nullable ChannelParser channels;

  /** Whether all that was written so far may be a JSON call, which is in the body then. */
  private boolean bare;

  /** Whether the next text begins the answer, so that line ends before it are left out. */
  private boolean atStart = true;

  /** Parts that were found and not yet returned. */
  private List<OutputPart> parts = new ArrayList<>();

  /**
   * Starts at the beginning of an answer.
   *
   * @param format how the model marks the parts
   * @param prompt the text that the answer continues: reasoning may have begun in it
   */
  public OutputParser(OutputFormat format, String prompt) {
    this.format = format;
    this.marks = new HashSet<>(format.marks());
    this.channels = format.channels() ? new ChannelParser() : null;
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
    if (call != null) {
      closeCall(call, "");
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
      List<String> wanted =
          call != null
              ? call.close().isEmpty() ? List.of() : List.of(call.close())
              : reasoning != null ? List.of(reasoning.close()) : openMarks;
      MarkScanner.Found found = scanner.take(wanted, last);
      before(found.before());
      if (found.mark() == null) {
        return;
      }
      mark(found.mark());
    }
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
      CallMarks closed = call;
      call = null;
      closeCall(closed, mark);
      return;
    }
    if (reasoning != null) {
      reasoning = null;
      atStart = true;
      return;
    }
    flushBare();
    for (Marks each : format.reasoning()) {
      if (each.open().equals(mark)) {
        reasoning = each;
        return;
      }
    }
    for (CallMarks each : format.calls()) {
      if (each.open().equals(mark)) {
        call = each;
        body.setLength(0);
        return;
      }
    }
    // What is left are marks around text for the user.
  }

  private void closeCall(CallMarks marks, String close) {
    String text = body.toString();
    body.setLength(0);
    read(marks.syntax(), text, marks.open() + text + close);
    atStart = true;
  }

  private void read(CallSyntax syntax, String text, String whole) {
    try {
      parts.addAll(calls(syntax, text));
    } catch (CallException | JsonException e) {
      parts.add(new OutputPart.Malformed(whole, String.valueOf(e.getMessage())));
    }
  }

  private static List<OutputPart> calls(CallSyntax syntax, String text) {
    List<OutputPart> calls = new ArrayList<>();
    for (RawCall raw : syntax.calls(text.strip())) {
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
    body.append(text);
    int from = 0;
    while (from < body.length() && Character.isWhitespace(body.charAt(from))) {
      from++;
    }
    if (from < body.length() && "{[".indexOf(body.charAt(from)) < 0) {
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
    if (text.isBlank()) {
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
    String wanted = text;
    if (atStart) {
      int from = 0;
      while (from < text.length() && Character.isWhitespace(text.charAt(from))) {
        from++;
      }
      wanted = text.substring(from);
    }
    if (!wanted.isEmpty()) {
      atStart = false;
      parts.add(new OutputPart.Content(wanted));
    }
  }
}
