package dev.nomoat.convert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the name of a model tells, such as {@code Qwen/Qwen3-0.6B-Base}: {@code
 * ORGANIZATION/BASE-SIZE-FINETUNE-VERSION}, of which all but the base may be missing and the order
 * is loose.
 *
 * <p>Source: the naming convention of GGUF files.
 *
 * @param name all behind the organization
 * @param organization what is before a slash
 * @param basename what the model is of
 * @param finetune what it was made for
 * @param version the version of the finetune
 * @param sizeLabel how many parameters it has
 */
record ModelName(
    String name,
    Optional<String> organization,
    Optional<String> basename,
    Optional<String> finetune,
    Optional<String> version,
    Optional<String> sizeLabel) {
  private static final int IGNORE_CASE = Pattern.CASE_INSENSITIVE;

  private static final Pattern VERSION =
      Pattern.compile("(?:v|iter)?\\d++(?:\\.\\d++)*+", IGNORE_CASE);
  private static final Pattern TYPE =
      Pattern.compile("i?q\\d(?:_\\w)*+|b?fp?(?:16|32)", IGNORE_CASE);
  private static final Pattern SIZE =
      Pattern.compile(
          "(?:A|\\d+x)?(\\d+(?:[._]\\d+)?)([KMBT])(\\d?)|small|mini|medium|large|x?xl",
          IGNORE_CASE);
  private static final Pattern FINETUNE = Pattern.compile("chat|instruct|vision|lora", IGNORE_CASE);

  private static final Pattern TITLE_FREE = Pattern.compile("v\\d++(?:\\.\\d++)*+|\\d.*");

  /** What a part of a name may be. */
  private enum Kind {
    VERSION,
    TYPE,
    SIZE,
    FINETUNE,
    BASE,
    OTHER
  }

  /** A part between hyphens. */
  private record Part(String text, Kind kind) {
    Part as(Kind other) {
      return new Part(text, other);
    }
  }

  /**
   * Takes a name apart.
   *
   * @param id a name, with an organization or without
   * @param parameters how many the model has: a size that is far from it is none
   */
  static ModelName of(String id, long parameters) {
    Optional<String> none = Optional.empty();
    if (id.contains(" ")) {
      // a title
      return new ModelName(id, none, none, none, none, none);
    }
    int slash = id.indexOf('/');
    String name = id.substring(slash + 1);
    Optional<String> organization =
        slash <= 0 || id.startsWith(".") ? none : Optional.of(id.substring(0, slash));
    List<Part> parts = parts(name, parameters);
    Optional<String> finetune = join(parts, Kind.FINETUNE);
    Optional<String> version = join(parts, Kind.VERSION);
    Optional<String> size = join(parts, Kind.SIZE);
    boolean tells = finetune.isPresent() || version.isPresent() || size.isPresent();
    return new ModelName(
        name, organization, tells ? join(parts, Kind.BASE) : none, finetune, version, size);
  }

  private static List<Part> parts(String name, long parameters) {
    List<Part> parts = new ArrayList<>();
    for (String text : name.split("-", -1)) {
      if (!text.isEmpty()) {
        parts.add(part(text, parts.isEmpty(), parameters));
      }
    }
    boolean numbered =
        parts.stream().anyMatch(p -> p.kind == Kind.SIZE && p.text.matches(".*\\d.*"));
    if (numbered) {
      parts.replaceAll(
          p -> p.kind == Kind.SIZE && !p.text.matches(".*\\d.*") ? p.as(Kind.OTHER) : p);
    }
    // the base is what comes first; versions belong to it unless they end the name
    int end = 0;
    while (end < parts.size() && isBase(parts.get(end))) {
      end++;
    }
    boolean whole = end == parts.size();
    while (whole && end > 0 && parts.get(end - 1).kind == Kind.VERSION) {
      end--;
    }
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (i < end) {
        parts.set(i, part.as(Kind.BASE));
      } else if (part.kind == Kind.OTHER) {
        parts.set(i, part.as(Kind.FINETUNE));
      }
    }
    return parts;
  }

  private static boolean isBase(Part part) {
    return part.kind == Kind.VERSION
        || (part.kind == Kind.OTHER && Character.isLetter(part.text.charAt(0)));
  }

  private static Part part(String text, boolean first, long parameters) {
    if (VERSION.matcher(text).matches()) {
      return new Part(text, Kind.VERSION);
    }
    if (TYPE.matcher(text).matches()) {
      return new Part(text.toUpperCase(Locale.ROOT), Kind.TYPE);
    }
    Matcher size = SIZE.matcher(text);
    if (!first && size.matches()) {
      return size(text, size, parameters);
    }
    boolean finetuned = !first && FINETUNE.matcher(text).matches();
    return new Part(text, finetuned ? Kind.FINETUNE : Kind.OTHER);
  }

  private static Part size(String text, Matcher size, long parameters) {
    String digits = size.group(1);
    if (digits == null) {
      return new Part(text, Kind.SIZE);
    }
    String unit = size.group(2).toUpperCase(Locale.ROOT);
    String before = text.substring(0, size.start(1));
    String number = digits.replace('_', '.');
    if (!size.group(3).isEmpty()) {
      // 7b1 is 7.1B
      number += "." + size.group(3);
    }
    boolean plain = before.isEmpty();
    double label = Double.parseDouble(number) * Math.pow(1000, " KMBT".indexOf(unit));
    if (plain && parameters != 0 && Math.abs(label - parameters) > 7.0 * parameters / 8) {
      // the length of a context, say
      return new Part(number + unit.toLowerCase(Locale.ROOT), Kind.FINETUNE);
    }
    return new Part(before + number + unit, Kind.SIZE);
  }

  private static Optional<String> join(List<Part> parts, Kind kind) {
    Set<String> texts = new LinkedHashSet<>();
    parts.stream().filter(p -> p.kind == kind).forEach(p -> texts.add(p.text));
    return texts.isEmpty() ? Optional.empty() : Optional.of(String.join("-", texts));
  }

  /** A name for people to read: words with capitals, with spaces between. */
  static String title(String name) {
    return Arrays.stream(name.strip().replace('-', ' ').split("\\s+"))
        .map(
            word -> isLowerCase(word) && !TITLE_FREE.matcher(word).matches() ? capital(word) : word)
        .collect(Collectors.joining(" "));
  }

  private static boolean isLowerCase(String word) {
    return word.equals(word.toLowerCase(Locale.ROOT))
        && !word.equals(word.toUpperCase(Locale.ROOT));
  }

  /** A capital wherever letters begin. */
  private static String capital(String word) {
    StringBuilder title = new StringBuilder(word.length());
    boolean inside = false;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      title.append(inside ? c : Character.toUpperCase(c));
      inside = Character.isLetter(c);
    }
    return title.toString();
  }

  /**
   * How large a model is, in three characters and a unit.
   *
   * @param parameters of the whole model, or of one with a single expert
   * @param experts how many there are; 0 for none
   */
  static String sizeLabel(long parameters, long experts) {
    String[] units = {"K", "M", "B", "T"};
    double number = parameters / 1e3;
    int unit = 0;
    while (number > 1000 && unit < units.length - 1) {
      number /= 1e3;
      unit++;
    }
    int digits = number < 0.5 ? 0 : Long.toString(Math.round(number)).length();
    String label =
        String.format(Locale.ROOT, "%." + Math.max(0, 2 - digits) + "f%s", number, units[unit]);
    return experts > 0 ? experts + "x" + label : label;
  }
}
