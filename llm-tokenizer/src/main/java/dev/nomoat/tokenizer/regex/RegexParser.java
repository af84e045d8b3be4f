package dev.nomoat.tokenizer.regex;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses patterns. Groups, and repetitions of repetitions in them, may be nested {@value #DEPTH}
 * deep, so the parser may recurse into them.
 */
final class RegexParser {
  private static final int DEPTH = 50;

  /** How long a pattern may be, in UTF-16 units: compiling takes more than linear time. */
  private static final int MOST_CHARACTERS = 1 << 16;

  /** The highest count of a repetition. */
  private static final int MOST_REPEATS = 1000;

  private final RegexScanner in;
  private final SetParser sets;
  private boolean ignoreCase;
  private boolean dotTakesNewlines;
  private int depth;

  private RegexParser(String pattern) {
    in = new RegexScanner(pattern);
    sets = new SetParser(in);
  }

  static Node parse(String pattern) {
    if (pattern.length() > MOST_CHARACTERS) {
      throw new RegexSyntaxException(
          "More than " + MOST_CHARACTERS + " characters", pattern, MOST_CHARACTERS);
    }
    var parser = new RegexParser(pattern);
    Node node = parser.choice();
    if (!parser.in.atEnd()) {
      throw parser.in.fault("Unmatched )");
    }
    return node;
  }

  private Node choice() {
    leadingFlags();
    List<Node> alternatives = new ArrayList<>();
    do {
      alternatives.add(sequence());
    } while (in.take('|'));
    return alternatives.size() == 1 ? alternatives.getFirst() : new Node.Choice(alternatives);
  }

  private Node sequence() {
    List<Node> parts = new ArrayList<>();
    while (!in.atEnd() && in.peek() != '|' && in.peek() != ')') {
      Node atom = atom();
      parts.add(repeats(atom));
    }
    return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(List.copyOf(parts));
  }

  private Node atom() {
    int letter = in.next();
    return switch (letter) {
      case '(' -> group();
      case '[' -> one(sets.set(ignoreCase));
      case '.' -> one(dotTakesNewlines ? CodePoints.ALL : CodePoints.of('\n').not());
      case '^' -> lineStart();
      case '$' -> new Node.Choice(List.of(ahead(CodePoints.of('\n'), false), TEXT_END));
      case '\\' -> escape();
      case '*', '+', '?' -> throw in.fault("Nothing to repeat");
      default -> one(CodePoints.of(letter));
    };
  }

  private Node one(CodePoints set) {
    return new Node.One(ignoreCase ? UnicodeSets.ignoringCase(set) : set);
  }

  private static final Node TEXT_END = ahead(CodePoints.ALL, true);
  private static final Node TEXT_START = new Node.Behind(CodePoints.ALL, true);

  private static Node ahead(CodePoints set, boolean negated) {
    return new Node.Ahead(new Node.One(set), negated);
  }

  /** The start, and after each newline but one that ends the text. */
  private static Node lineStart() {
    Node afterNewline =
        new Node.Sequence(
            List.of(new Node.Behind(CodePoints.of('\n'), false), ahead(CodePoints.ALL, false)));
    return new Node.Choice(List.of(TEXT_START, afterNewline));
  }

  private static Node wordBound(boolean negated) {
    List<Node> alternatives = new ArrayList<>();
    for (boolean before : new boolean[] {true, false}) {
      alternatives.add(
          new Node.Sequence(
              List.of(
                  new Node.Behind(UnicodeSets.WORD, !before),
                  ahead(UnicodeSets.WORD, before != negated))));
    }
    return new Node.Choice(alternatives);
  }

  private Node escape() {
    if (in.atEnd()) {
      throw in.fault("Nothing after \\");
    }
    if (in.take('b')) {
      return wordBound(false);
    }
    if (in.take('B')) {
      return wordBound(true);
    }
    if (in.take('A')) {
      return TEXT_START;
    }
    if (in.take('z')) {
      return TEXT_END;
    }
    if (in.take('Z')) {
      Node lastNewline = new Node.Sequence(List.of(new Node.One(CodePoints.of('\n')), TEXT_END));
      return new Node.Choice(List.of(new Node.Ahead(lastNewline, false), TEXT_END));
    }
    return one(sets.escape());
  }

  private Node group() {
    if (++depth > DEPTH) {
      throw in.fault("More than " + DEPTH + " nested groups");
    }
    boolean outerCase = ignoreCase;
    boolean outerDot = dotTakesNewlines;
    Node node = groupBody();
    if (!in.take(')')) {
      throw in.fault("Missing )");
    }
    ignoreCase = outerCase;
    dotTakesNewlines = outerDot;
    depth--;
    return node;
  }

  private Node groupBody() {
    if (!in.take('?')) {
      return choice();
    }
    if (in.take(':')) {
      return choice();
    }
    if (in.take('=')) {
      return new Node.Ahead(choice(), false);
    }
    if (in.take('!')) {
      return new Node.Ahead(choice(), true);
    }
    if (in.take("<=")) {
      return behind(false);
    }
    if (in.take("<!")) {
      return behind(true);
    }
    if (in.take('<')) {
      in.until('>');
      return choice();
    }
    if (in.take('#')) {
      in.until(')');
      in.reset(in.at() - 1);
      return new Node.Sequence(List.of());
    }
    if (in.take('>')) {
      throw in.fault("Atomic groups are not supported:");
    }
    flags();
    if (!in.take(':')) {
      throw in.fault("Flags without a colon are supported at the start of a group only:");
    }
    return choice();
  }

  private Node behind(boolean negated) {
    int at = in.at();
    Node body = choice();
    if (body instanceof Node.One one) {
      return new Node.Behind(one.set(), negated);
    }
    throw in.fault("Look-behind at anything but one character is not supported:", at);
  }

  /** Flags such as {@code (?i)}, which hold up to the end of the group around. */
  private void leadingFlags() {
    int start = in.at();
    boolean outerCase = ignoreCase;
    boolean outerDot = dotTakesNewlines;
    if (in.take("(?") && !in.atEnd() && "ims-".indexOf(in.peek()) >= 0) {
      flags();
      if (in.take(')')) {
        return;
      }
    }
    // A group with flags, to be parsed as such.
    in.reset(start);
    ignoreCase = outerCase;
    dotTakesNewlines = outerDot;
  }

  private void flags() {
    boolean on = true;
    while (!in.atEnd() && in.peek() != ':' && in.peek() != ')') {
      switch (in.next()) {
        case '-' -> on = false;
        case 'i' -> ignoreCase = on;
        case 'm', 's' -> dotTakesNewlines = on;
        default -> throw in.fault("Unknown kind of group");
      }
    }
  }

  private Node repeats(Node atom) {
    Node node = atom;
    for (int nested = depth; !in.atEnd(); nested++) {
      int at = in.at();
      int min;
      int max;
      boolean interval = false;
      if (in.take('*')) {
        min = 0;
        max = Node.UNLIMITED;
      } else if (in.take('+')) {
        min = 1;
        max = Node.UNLIMITED;
      } else if (in.take('?')) {
        min = 0;
        max = 1;
      } else if (in.peek() == '{') {
        int[] counts = in.interval(MOST_REPEATS);
        if (counts == null) {
          return node;
        }
        min = counts[0];
        max = counts[1];
        interval = true;
      } else {
        return node;
      }
      if (nested > DEPTH) {
        throw in.fault("More than " + DEPTH + " nested repetitions", at);
      }
      node = new Node.Repeat(node, min, max, greed(node, interval, at));
    }
    return node;
  }

  /** In Oniguruma's syntax a plus after an interval repeats the interval. */
  private Node.Greed greed(Node body, boolean interval, int at) {
    if (in.take('?')) {
      return Node.Greed.LAZY;
    }
    if (!interval && in.take('+')) {
      if (!(body instanceof Node.One)) {
        throw in.fault("Possessive repetition of more than one character is not supported:", at);
      }
      return Node.Greed.POSSESSIVE;
    }
    return Node.Greed.GREEDY;
  }
}
