package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads messages of channels, as gpt-oss writes them: {@code
 * <|channel|>NAME<|message|>TEXT<|end|>}. The channel {@code analysis} is reasoning, the others are
 * for the user, and a message that is addressed {@code to=functions.NAME} is a call.
 *
 * <p>Source: the harmony response format, <a
 * href="https://cookbook.openai.com/articles/openai-harmony">cookbook.openai.com</a>.
 */
final class ChannelParser {
  private static final Pattern RECIPIENT = Pattern.compile("to=([^\\s<]+)");
  private static final Pattern CHANNEL = Pattern.compile("<\\|channel\\|>\\s*([^\\s<]*)");
  private static final Set<String> HEADER_WORDS =
      Set.of("", "assistant", "analysis", "commentary", "final", "json", "code");
  private static final String START = "<|start|>";
  private static final String MESSAGE = "<|message|>";
  private static final List<String> MARKS =
      List.of(START, "<|channel|>", "<|constrain|>", MESSAGE, "<|end|>", "<|return|>", "<|call|>");

  /** What the text that is read now is. */
  private enum Part {
    NONE,
    HEADER,
    CONTENT,
    REASONING,
    CALL,
    /** What has a header that is not understood. */
    UNKNOWN
  }

  private final MarkScanner scanner = new MarkScanner();

  /** The header of the message, with its marks. */
  private final StringBuilder header = new StringBuilder();

  private final StringBuilder body = new StringBuilder();
  private Part part = Part.NONE;

  /** How much of the header was in the prompt. */
  private int given;

  /**
   * Starts at the beginning of an answer.
   *
   * @param prompt the text that it continues, which may end in the middle of a message
   */
  ChannelParser(String prompt) {
    int last = prompt.lastIndexOf(START);
    if (last >= 0) {
      text(prompt.substring(last));
      scan(true);
      given = header.length();
    }
  }

  List<OutputPart> text(String piece) {
    scanner.append(piece);
    return scan(false);
  }

  List<OutputPart> control(String name) {
    return MARKS.contains(name) ? text(name) : List.of();
  }

  List<OutputPart> finish() {
    List<OutputPart> parts = scan(true);
    endMessage(parts);
    return parts;
  }

  private List<OutputPart> scan(boolean last) {
    List<OutputPart> parts = new ArrayList<>();
    while (true) {
      MarkScanner.Found found = scanner.take(MARKS, last);
      text(found.before(), parts);
      if (found.mark() == null) {
        return parts;
      }
      mark(found.mark(), parts);
    }
  }

  private void mark(String mark, List<OutputPart> parts) {
    switch (mark) {
      case MESSAGE -> {
        if (part != Part.HEADER) {
          endMessage(parts);
        }
        part = kind();
      }
      case "<|channel|>", "<|constrain|>" -> {
        if (part != Part.HEADER) {
          endMessage(parts);
          part = Part.HEADER;
        }
        header.append(mark);
      }
      default -> {
        endMessage(parts);
        if (mark.equals(START)) {
          part = Part.HEADER;
          header.append(mark);
        }
      }
    }
  }

  /** What the header says of its message. */
  private Part kind() {
    if (header.indexOf("<|constrain|>") == 0) {
      return Part.UNKNOWN;
    }
    String words = header.toString();
    for (String mark : MARKS) {
      words = words.replace(mark, " ");
    }
    for (String word : words.strip().split("\\s+", -1)) {
      if (!HEADER_WORDS.contains(word) && !word.startsWith("to=")) {
        return Part.UNKNOWN;
      }
    }
    if (!recipient().isEmpty()) {
      return Part.CALL;
    }
    String channel = "";
    for (Matcher channels = CHANNEL.matcher(header); channels.find(); ) {
      channel = channels.group(1);
    }
    return channel.equals("analysis") ? Part.REASONING : Part.CONTENT;
  }

  /** The tool that the message is for; empty if it is for somebody. */
  private String recipient() {
    Matcher recipient = RECIPIENT.matcher(header);
    String name = recipient.find() ? recipient.group(1) : "";
    return List.of("assistant", "user").contains(name) ? "" : name;
  }

  private void text(String text, List<OutputPart> parts) {
    if (text.isEmpty()) {
      return;
    }
    switch (part) {
      case HEADER -> {
        header.append(text);
        if (given > 0 && !goesOn()) {
          leaveHeader(parts);
        }
      }
      case CALL, UNKNOWN -> body.append(text);
      case REASONING -> parts.add(new OutputPart.Reasoning(text));
      case NONE, CONTENT -> parts.add(new OutputPart.Content(text));
    }
  }

  /** Whether the header that the prompt began may go on with what the model wrote. */
  private boolean goesOn() {
    String begun = header.substring(given, Math.min(header.length(), given + 20)).strip();
    return "to=".startsWith(begun) || begun.startsWith("to=") || begun.startsWith("<|");
  }

  /** The model went on with the answer where a header should have: nothing is lost. */
  private void leaveHeader(List<OutputPart> parts) {
    parts.add(new OutputPart.Content(header.substring(given)));
    header.setLength(0);
    given = 0;
    part = Part.NONE;
  }

  private void endMessage(List<OutputPart> parts) {
    if (part == Part.CALL) {
      call(parts);
    } else if (part == Part.UNKNOWN) {
      malformed("the header of the message is not understood", parts);
    } else if (part == Part.HEADER && header.length() > given) {
      parts.add(new OutputPart.Malformed(header.substring(given), "the message is not begun"));
    }
    header.setLength(0);
    body.setLength(0);
    given = 0;
    part = Part.NONE;
  }

  private void call(List<OutputPart> parts) {
    String recipient = recipient();
    String name =
        recipient.startsWith("functions.") ? recipient.substring("functions.".length()) : recipient;
    try {
      String arguments = Json.parseObject(body.toString().strip()).toJson();
      parts.add(new OutputPart.Call("", CallSyntax.named(name), arguments));
    } catch (CallException | JsonException e) {
      malformed(String.valueOf(e.getMessage()), parts);
    }
  }

  private void malformed(String reason, List<OutputPart> parts) {
    parts.add(new OutputPart.Malformed(header.substring(given) + MESSAGE + body, reason));
  }
}
