package dev.nomoat.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings a Jinja template into a form in which spelling makes no difference, so that templates can
 * be compared. It does not run them.
 *
 * <p>The outline is a list of steps: text that is written as it stands, the parts of an expression
 * that is written ({@code + or ~} in it joins parts), and statements. Quotes, the two ways to name
 * a field, white space inside tags, comments, and text that white-space control removes have no
 * trace in it. White-space control is that of Hugging Face: {@code trim_blocks} and {@code
 * lstrip_blocks} are on.
 *
 * <p>Different outlines may mean the same; the same outline never means different things, given
 * that the values that are joined are text.
 */
final class TemplateOutline {
  /** One thing that the template does. */
  sealed interface Step {
    /** Writes text as it stands, never empty. */
    record Text(String text) implements Step {}

    /** Writes the value of an expression, given as the words of {@link TemplateTokens}. */
    record Write(List<String> words) implements Step {}

    /** Executes a statement, given as the words of {@link TemplateTokens}. */
    record Statement(List<String> words) implements Step {}
  }

  private static final String WHITE_SPACE = " \t\n\u000b\f";

  private final String source;
  private final List<Step> steps = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();

  private TemplateOutline(String source) {
    this.source = source;
  }

  /**
   * Outlines a template.
   *
   * @param template the template
   * @return its steps, or nothing if it has something that is not understood
   */
  static Optional<List<Step>> of(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    var outline = new TemplateOutline(source);
    if (!outline.read()) {
      return Optional.empty();
    }
    outline.endText();
    return Optional.of(outline.steps);
  }

  private boolean read() {
    int at = 0;
    boolean atLineStart = true;
    while (true) {
      int open = nextTag(at);
      if (open < 0) {
        text.append(source, at, source.length());
        return true;
      }
      char kind = source.charAt(open + 1);
      char mark = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
      text.append(source, at, endOfText(at, open, kind, mark, atLineStart));
      int inside = mark == '-' || mark == '+' ? open + 3 : open + 2;
      int close = closeOf(kind, inside);
      if (close < 0) {
        return false;
      }
      char endMark = close > inside ? source.charAt(close - 1) : ' ';
      int end = endMark == '-' || (endMark == '+' && kind != '{') ? close - 1 : close;
      if (kind != '#' && !readTag(kind, source.substring(inside, end))) {
        return false;
      }
      at = afterTag(kind, end < close ? endMark : ' ', close + 2);
      atLineStart = source.charAt(at - 1) == '\n';
    }
  }

  /** Where the next of <code>{{ {% {#</code> begins, or -1. */
  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Where text before a tag ends, once white-space control has taken its share. */
  private int endOfText(int from, int open, char kind, char mark, boolean atLineStart) {
    int end = open;
    while (end > from && WHITE_SPACE.indexOf(source.charAt(end - 1)) >= 0) {
      boolean indentOnly = mark != '-';
      if (indentOnly && source.charAt(end - 1) == '\n') {
        break;
      }
      end--;
    }
    boolean lineStart = end > from ? source.charAt(end - 1) == '\n' : atLineStart;
    boolean stripsIndent = kind != '{' && mark != '+' && lineStart;
    return mark == '-' || stripsIndent ? end : open;
  }

  /** Where the end of a tag begins, beyond strings, or -1. */
  private int closeOf(char kind, int from) {
    String close = kind == '{' ? "}}" : kind + "}";
    if (kind == '#') {
      return source.indexOf(close, from);
    }
    char quote = 0;
    for (int i = from; i < source.length(); i++) {
      char c = source.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (source.startsWith(close, i)) {
        return i;
      }
    }
    return -1;
  }

  /** Where the template goes on after a tag, once white-space control has taken its share. */
  private int afterTag(char kind, char mark, int end) {
    int at = end;
    if (mark == '-') {
      while (at < source.length() && WHITE_SPACE.indexOf(source.charAt(at)) >= 0) {
        at++;
      }
    } else if (kind != '{' && mark != '+' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    return at;
  }

  private boolean readTag(char kind, String content) {
    Optional<List<String>> tokens = TemplateTokens.of(content);
    if (tokens.isEmpty() || tokens.get().isEmpty()) {
      return false;
    }
    if (kind == '%') {
      // What is between these is not template, so it must not be read as such.
      if (tokens.get().getFirst().equals("raw")) {
        return false;
      }
      endText();
      steps.add(new Step.Statement(tokens.get()));
    } else {
      readParts(tokens.get());
    }
    return true;
  }

  private void readParts(List<String> tokens) {
    int depth = 0;
    int from = 0;
    for (int i = 0; i <= tokens.size(); i++) {
      String token = i < tokens.size() ? tokens.get(i) : "+";
      switch (token) {
        case "(", "[" -> depth++;
        case ")", "]" -> depth--;
        case "+" -> {
          if (depth == 0 || i == tokens.size()) {
            addPart(tokens.subList(from, i));
            from = i + 1;
          }
        }
        default -> {}
      }
    }
  }

  private void addPart(List<String> part) {
    Optional<String> literal =
        part.size() == 1 ? TemplateTokens.string(part.getFirst()) : Optional.empty();
    if (literal.isPresent()) {
      text.append(literal.get());
    } else {
      endText();
      steps.add(new Step.Write(part));
    }
  }

  private void endText() {
    if (!text.isEmpty()) {
      steps.add(new Step.Text(text.toString()));
      text.setLength(0);
    }
  }
}
