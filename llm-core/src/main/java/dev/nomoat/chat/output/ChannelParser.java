package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads messages of channels, as gpt-oss writes them: {@code
 * <|channel|>NAME<|message|>TEXT<|end|>}. The channel {@code final} is for the user; {@code
 * analysis} and {@code commentary} are reasoning, or a call if they are addressed {@code
 * to=functions.NAME}.
 */
final class ChannelParser {
  private static final Pattern RECIPIENT = Pattern.compile("to=(\\S+)");
  private static final List<String> MARKS =
      List.of(
          "<|start|>",
          "<|channel|>",
          "<|constrain|>",
          "<|message|>",
          "<|end|>",
          "<|return|>",
          "<|call|>");

  private final MarkScanner scanner = new MarkScanner();
  private final StringBuilder header = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private boolean inMessage;
  private boolean headed;

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
    if (headed && !header.isEmpty()) {
      parts.add(new OutputPart.Malformed(header.toString(), "the message is not begun"));
    }
    return parts;
  }

  private List<OutputPart> scan(boolean last) {
    List<OutputPart> parts = new ArrayList<>();
    while (true) {
      MarkScanner.Found found = scanner.take(MARKS, last);
      text(found.before(), parts);
      String mark = found.mark();
      if (mark == null) {
        return parts;
      }
      switch (mark) {
        case "<|message|>" -> {
          inMessage = true;
          headed = false;
        }
        case "<|constrain|>" -> header.append(' ');
        default -> {
          endMessage(parts);
          if (mark.equals("<|channel|>")) {
            headed = true;
            header.append(' ');
          } else {
            header.setLength(0);
            headed = mark.equals("<|start|>");
          }
        }
      }
    }
  }

  private boolean isCall() {
    return header.indexOf("to=") >= 0;
  }

  private boolean isFinal() {
    return header.toString().strip().endsWith("final");
  }

  private void text(String text, List<OutputPart> parts) {
    if (text.isEmpty()) {
      return;
    }
    if (!inMessage) {
      if (headed) {
        header.append(text);
      } else {
        // The model left the format: nothing is lost.
        parts.add(new OutputPart.Content(text));
      }
    } else if (isCall()) {
      body.append(text);
    } else {
      parts.add(isFinal() ? new OutputPart.Content(text) : new OutputPart.Reasoning(text));
    }
  }

  private void endMessage(List<OutputPart> parts) {
    if (inMessage && isCall()) {
      call(parts);
    }
    if (inMessage) {
      header.setLength(0);
      headed = false;
    }
    inMessage = false;
    body.setLength(0);
  }

  private void call(List<OutputPart> parts) {
    Matcher recipient = RECIPIENT.matcher(header);
    String name = recipient.find() ? recipient.group(1) : "";
    name = name.startsWith("functions.") ? name.substring("functions.".length()) : name;
    try {
      String arguments = Json.parseObject(body.toString().strip()).toJson();
      parts.add(new OutputPart.Call("", CallSyntax.named(name), arguments));
    } catch (CallException | JsonException e) {
      String whole = "<|channel|>" + header.toString().strip() + "<|message|>" + body;
      parts.add(new OutputPart.Malformed(whole, String.valueOf(e.getMessage())));
    }
  }
}
