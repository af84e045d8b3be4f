package dev.nomoat.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a folder's {@code README.md} tells of the model: the lines between two of {@code
 * ---}. Of YAML it knows what such heads have: keys in the first column, with a text, a list in
 * brackets, or a list of lines with hyphens. It is for people; what is written otherwise is passed
 * over.
 *
 * @param values texts by key
 */
record ModelCard(Map<String, List<String>> values) {
  private static final String FENCE = "---";
  private static final Pattern KEY = Pattern.compile("([A-Za-z_][A-Za-z0-9_-]*):(?:\\s+(.*))?");
  private static final Pattern ITEM = Pattern.compile("\\s*-\\s+(.*)");
  private static final Pattern NESTED = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*:(?:\\s.*)?");

  /** Reads the text of a {@code README.md}. */
  static ModelCard parse(String text) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(FENCE)) {
      return new ModelCard(values);
    }
    String key = "";
    for (String line : lines.subList(1, lines.size())) {
      if (line.equals(FENCE)) {
        break;
      }
      Matcher pair = KEY.matcher(line);
      Matcher item = ITEM.matcher(line);
      if (pair.matches()) {
        key = pair.group(1);
        values.put(key, list(pair.group(2)));
      } else if (item.matches() && !NESTED.matcher(item.group(1)).matches()) {
        values.computeIfAbsent(key, _ -> new ArrayList<>()).addAll(list(item.group(1)));
      }
    }
    values.remove("");
    values.values().removeIf(List::isEmpty);
    return new ModelCard(values);
  }

  private static List<String> list(@Nullable String value) {
    List<String> texts = new ArrayList<>();
    String plain = value == null ? "" : value.strip();
    if (plain.startsWith("[") && plain.endsWith("]")) {
      for (String part : plain.substring(1, plain.length() - 1).split(",", -1)) {
        add(part, texts);
      }
    } else if (!plain.startsWith("|") && !plain.startsWith(">") && !plain.startsWith("{")) {
      add(plain, texts);
    }
    return texts;
  }

  private static void add(String value, List<String> texts) {
    String plain = value.strip();
    if (!plain.startsWith("\"") && !plain.startsWith("'")) {
      plain = plain.replaceFirst("(?<!\\s)\\s++#.*$", "");
    }
    boolean quoted =
        plain.length() >= 2
            && (plain.startsWith("\"") || plain.startsWith("'"))
            && plain.charAt(0) == plain.charAt(plain.length() - 1);
    String text = quoted ? plain.substring(1, plain.length() - 1) : plain;
    if (!text.isEmpty()) {
      texts.add(text);
    }
  }

  /** The texts of the first of some keys that is there. */
  List<String> all(String... keys) {
    for (String key : keys) {
      if (values.containsKey(key)) {
        return values.get(key);
      }
    }
    return List.of();
  }

  /** The one text of the first of some keys that is there. */
  Optional<String> one(String... keys) {
    return all(keys).stream().findFirst();
  }
}
