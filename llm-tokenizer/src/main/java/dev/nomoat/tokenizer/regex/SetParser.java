package dev.nomoat.tokenizer.regex;

import org.jspecify.annotations.Nullable;

/** Parses what stands for a set of code points: escapes and bracket expressions. */
final class SetParser {
  private static final int DEPTH = 20;

  private final RegexScanner in;
  private int depth;

  SetParser(RegexScanner in) {
    this.in = in;
  }

  /**
   * The set of a bracket expression whose bracket has been taken.
   *
   * @param ignoreCase whether what differs by case only is in the set, which matters here because a
   *     set may be negated
   */
  CodePoints set(boolean ignoreCase) {
    if (++depth > DEPTH) {
      throw in.fault("More than " + DEPTH + " nested sets");
    }
    boolean negated = in.take('^');
    @Nullable CodePoints common = null;
    CodePoints set = CodePoints.NONE;
    boolean first = true;
    while (first || !in.take(']')) {
      if (in.atEnd()) {
        throw in.fault("Missing ]");
      }
      if (in.take("&&")) {
        common = common == null ? set : common.and(set);
        set = CodePoints.NONE;
      } else if (first && in.take(']')) {
        set = set.or(CodePoints.of(']'));
      } else {
        set = set.or(member(ignoreCase));
      }
      first = false;
    }
    depth--;
    CodePoints members = common == null ? set : common.and(set);
    if (ignoreCase) {
      members = UnicodeSets.ignoringCase(members);
    }
    return negated ? members.not() : members;
  }

  private CodePoints member(boolean ignoreCase) {
    if (in.take("[:")) {
      boolean negated = in.take('^');
      String name = in.until(':');
      if (!in.take(']')) {
        throw in.fault("Missing ]");
      }
      return named(name, negated);
    }
    if (in.take('[')) {
      return set(ignoreCase);
    }
    CodePoints low = in.take('\\') ? escape() : CodePoints.of(in.next());
    int hyphen = in.at();
    if (!isSingle(low) || !in.take('-')) {
      return low;
    }
    if (in.atEnd() || in.peek() == ']' || in.peek() == '[') {
      in.reset(hyphen);
      return low;
    }
    CodePoints high = in.take('\\') ? escape() : CodePoints.of(in.next());
    if (!isSingle(high) || high.start(0) < low.start(0)) {
      throw in.fault("A range that is none");
    }
    return CodePoints.range(low.start(0), high.start(0));
  }

  private static boolean isSingle(CodePoints set) {
    return set.ranges() == 1 && set.end(0) == set.start(0) + 1;
  }

  /** The set of an escape whose backslash has been taken. */
  CodePoints escape() {
    int letter = in.next();
    return switch (letter) {
      case 'd' -> UnicodeSets.DIGIT;
      case 'D' -> UnicodeSets.DIGIT.not();
      case 's' -> UnicodeSets.SPACE;
      case 'S' -> UnicodeSets.SPACE.not();
      case 'w' -> UnicodeSets.WORD;
      case 'W' -> UnicodeSets.WORD.not();
      case 'h' -> UnicodeSets.HEX_DIGIT;
      case 'H' -> UnicodeSets.HEX_DIGIT.not();
      case 'p' -> property(false);
      case 'P' -> property(true);
      case 't' -> CodePoints.of('\t');
      case 'n' -> CodePoints.of('\n');
      case 'v' -> CodePoints.of(0x0B);
      case 'f' -> CodePoints.of('\f');
      case 'r' -> CodePoints.of('\r');
      case 'a' -> CodePoints.of(0x07);
      case 'b' -> CodePoints.of('\b');
      case 'e' -> CodePoints.of(0x1B);
      case '0' -> CodePoints.of(0);
      case 'u' -> CodePoints.of(in.hex(4, 4));
      case 'x' -> hexadecimal();
      default -> {
        if (letter < 0x80 && Character.isLetterOrDigit(letter)) {
          throw in.fault("\\" + Character.toString(letter) + " is not supported:");
        }
        yield CodePoints.of(letter);
      }
    };
  }

  private CodePoints hexadecimal() {
    if (!in.take('{')) {
      return CodePoints.of(in.hex(1, 2));
    }
    int codePoint = in.hex(1, 6);
    if (!in.take('}')) {
      throw in.fault("Missing }");
    }
    return CodePoints.of(codePoint);
  }

  private CodePoints property(boolean negated) {
    if (!in.take('{')) {
      return named(Character.toString(in.next()), negated);
    }
    boolean not = in.take('^') != negated;
    return named(in.until('}'), not);
  }

  private CodePoints named(String name, boolean negated) {
    CodePoints set = UnicodeSets.named(name);
    if (set == null) {
      throw in.fault("The property " + name + " is not known:");
    }
    return negated ? set.not() : set;
  }
}
