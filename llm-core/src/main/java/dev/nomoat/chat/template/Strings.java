package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Items;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What Python does with strings, without losing who wrote what. */
final class Strings {
  private Strings() {}

  /** As Python's {@code str.isspace}, for one character. */
  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0d)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  private static boolean isLineEnd(char c) {
    return (c >= 0x0a && c <= 0x0d)
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  static Text upper(Text text, Budget budget) {
    return text.map(budget, piece -> piece.toUpperCase(Locale.ROOT));
  }

  static Text lower(Text text, Budget budget) {
    return text.map(budget, piece -> piece.toLowerCase(Locale.ROOT));
  }

  /** The first character as in a title, the rest in lower case. */
  static Text capitalize(Text text, Budget budget) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offset(1);
    return Text.concat(
            budget, titleCase(text.sub(0, first), budget), lower(text.sub(first), budget))
        .withMarkup(text.markup());
  }

  private static Text titleCase(Text character, Budget budget) {
    int c = character.string().codePointAt(0);
    int title = Character.toTitleCase(c);
    return title == c
        ? upper(character, budget)
        : character.map(budget, _ -> Character.toString(title));
  }

  /** As Python's {@code str.title}: a word is a run of letters that have a case. */
  static Text title(Text text, Budget budget) {
    budget.keepPieces(text.codePoints());
    List<Text> parts = new ArrayList<>();
    boolean inWord = false;
    for (int at = 0; at < text.length(); ) {
      int c = text.string().codePointAt(at);
      int end = at + Character.charCount(c);
      Text character = text.sub(at, end);
      parts.add(inWord ? lower(character, budget) : titleCase(character, budget));
      inWord = isCased(c);
      at = end;
    }
    return Text.concat(budget, parts).withMarkup(text.markup());
  }

  static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Whether there is a character and all are like this. */
  static boolean all(Text text, IntPredicate predicate) {
    return !text.isEmpty() && text.string().codePoints().allMatch(predicate);
  }

  /** Whether there is a character with a case, and all that have one are like this. */
  static boolean allCased(Text text, IntPredicate predicate) {
    return text.string().codePoints().anyMatch(Strings::isCased)
        && text.string().codePoints().filter(Strings::isCased).allMatch(predicate);
  }

  private static IntPredicate anyOf(Text characters) {
    Set<Integer> all = characters.string().codePoints().boxed().collect(Collectors.toSet());
    return all::contains;
  }

  /** Takes characters away from the ends: white space, or those of {@code characters}. */
  static Text strip(Text text, @Nullable Text characters, boolean left, boolean right) {
    String string = text.string();
    IntPredicate drop = characters == null ? Strings::isSpace : anyOf(characters);
    int from = 0;
    int to = string.length();
    while (left && from < to && drop.test(string.codePointAt(from))) {
      from += Character.charCount(string.codePointAt(from));
    }
    while (right && from < to && drop.test(string.codePointBefore(to))) {
      to -= Character.charCount(string.codePointBefore(to));
    }
    return text.sub(from, to);
  }

  /** Splits at a separator, or at runs of white space; at most {@code most} times unless -1. */
  static List<Text> split(Text text, @Nullable Text separator, int most, Budget budget) {
    return separator == null
        ? splitAtSpaces(text, most, budget)
        : splitAt(text, separator, most, budget);
  }

  private static List<Text> splitAt(Text text, Text separator, int most, Budget budget) {
    checkSeparator(separator);
    budget.search(text, separator);
    List<Text> parts = new ArrayList<>();
    int from = 0;
    while (most < 0 || parts.size() < most) {
      int at = text.string().indexOf(separator.string(), from);
      if (at < 0) {
        break;
      }
      budget.keepPieces(1);
      parts.add(text.sub(from, at));
      from = at + separator.length();
    }
    parts.add(text.sub(from));
    return parts;
  }

  private static void checkSeparator(Text separator) {
    if (separator.isEmpty()) {
      throw Fault.value("empty separator");
    }
  }

  private static List<Text> splitAtSpaces(Text text, int most, Budget budget) {
    String string = text.string();
    List<Text> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < string.length() && isSpace(string.charAt(at))) {
        at++;
      }
      if (at == string.length()) {
        return parts;
      }
      if (most >= 0 && parts.size() >= most) {
        parts.add(strip(text.sub(at), null, false, true));
        return parts;
      }
      int from = at;
      while (at < string.length() && !isSpace(string.charAt(at))) {
        at++;
      }
      budget.keepPieces(1);
      parts.add(text.sub(from, at));
    }
  }

  /** Splits from the end. */
  static List<Text> splitFromEnd(Text text, @Nullable Text separator, int most, Budget budget) {
    if (most < 0) {
      return split(text, separator, most, budget);
    }
    String string = text.string();
    List<Text> parts = new ArrayList<>();
    int to = separator == null ? strip(text, null, false, true).length() : string.length();
    if (separator != null) {
      checkSeparator(separator);
      budget.search(text, separator);
    }
    while (parts.size() < most) {
      int from;
      int next;
      if (separator == null) {
        from = to;
        while (from > 0 && !isSpace(string.charAt(from - 1))) {
          from--;
        }
        next = strip(text.sub(0, from), null, false, true).length();
        if (next == 0) {
          break;
        }
      } else {
        next =
            to < separator.length()
                ? -1
                : string.lastIndexOf(separator.string(), to - separator.length());
        if (next < 0) {
          break;
        }
        from = next + separator.length();
      }
      budget.keepPieces(1);
      parts.add(text.sub(from, to));
      to = next;
    }
    Text rest = text.sub(0, to);
    rest = separator == null ? strip(rest, null, true, false) : rest;
    if (separator != null || !rest.isEmpty()) {
      parts.add(rest);
    }
    Collections.reverse(parts);
    return parts;
  }

  static List<Text> lines(Text text, boolean keepEnds, Budget budget) {
    String string = text.string();
    List<Text> lines = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < string.length(); at++) {
      if (isLineEnd(string.charAt(at))) {
        int end = at;
        if (string.charAt(at) == '\r'
            && at + 1 < string.length()
            && string.charAt(at + 1) == '\n') {
          at++;
        }
        budget.keepPieces(1);
        lines.add(text.sub(from, keepEnds ? at + 1 : end));
        from = at + 1;
      }
    }
    if (from < string.length()) {
      lines.add(text.sub(from));
    }
    return lines;
  }

  /** Replaces the first {@code most} occurrences, or all if that is negative. */
  static Text replace(Text text, Text old, Text with, int most, Budget budget) {
    budget.search(text, old);
    var out = new TextBuilder(budget);
    int from = 0;
    for (int n = 0; most < 0 || n < most; n++) {
      int at = text.string().indexOf(old.string(), n > 0 && old.isEmpty() ? from + 1 : from);
      if (old.isEmpty() && n > 0) {
        at =
            from < text.length() ? from + Character.charCount(text.string().codePointAt(from)) : -1;
      }
      if (at < 0) {
        break;
      }
      budget.spend(1);
      out.append(text, from, at).append(with);
      from = at + old.length();
    }
    return out.append(text, from, text.length()).toText();
  }

  static Text join(Text separator, List<Text> parts, Budget budget) {
    var out = new TextBuilder(budget);
    boolean first = true;
    for (Text part : parts) {
      if (!first) {
        out.append(separator);
      }
      first = false;
      out.append(part);
    }
    return out.toText();
  }

  /** Puts characters around a text until it is {@code width} long. */
  static Text pad(Text text, int left, int right, Text fill, Budget budget) {
    if (fill.codePoints() != 1) {
      throw Fault.type("the fill character must be exactly one character long");
    }
    budget.checkText((long) Math.max(0, left) + Math.max(0, right) + text.length());
    List<Text> parts = new ArrayList<>(Collections.nCopies(Math.max(0, left), fill));
    parts.add(text);
    parts.addAll(Collections.nCopies(Math.max(0, right), fill));
    return Text.concat(budget, parts);
  }

  static Text center(Text text, int width, Text fill, Budget budget) {
    int missing = Math.max(0, width - text.codePoints());
    int left = missing / 2 + (missing & width & 1);
    return pad(text, left, missing - left, fill, budget);
  }

  /** As markupsafe's {@code escape}; what is markup already stays as it is. */
  static Text escape(Text text, Budget budget) {
    if (text.markup()) {
      return text;
    }
    return text.map(
            budget,
            piece ->
                piece
                    .replace("&", "&amp;")
                    .replace(">", "&gt;")
                    .replace("<", "&lt;")
                    .replace("'", "&#39;")
                    .replace("\"", "&#34;"))
        .withMarkup(true);
  }

  static Items listOf(List<Text> texts, Budget budget) {
    budget.spend(texts.size());
    return Items.list(List.copyOf(texts));
  }
}
