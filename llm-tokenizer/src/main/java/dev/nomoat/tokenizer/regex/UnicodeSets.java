package dev.nomoat.tokenizer.regex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Sets of code points by the names that patterns call them. */
final class UnicodeSets {
  static final CodePoints LETTER = categories("L");
  static final CodePoints MARK = categories("M");
  static final CodePoints NUMBER = categories("N");
  static final CodePoints PUNCTUATION = categories("P");
  static final CodePoints DIGIT = categories("Nd");

  /** The White_Space property. */
  static final CodePoints SPACE =
      CodePoints.range(0x09, 0x0D).or(CodePoints.of(0x85)).or(categories("Z"));

  /** What Oniguruma takes for a part of a word by the POSIX name. */
  private static final CodePoints POSIX_WORD =
      CodePoints.where(Character::isAlphabetic).or(MARK).or(DIGIT).or(categories("Pc"));

  /** What Oniguruma takes for a part of a word: here the numbers of Latin-1 are, too. */
  static final CodePoints WORD =
      POSIX_WORD
          .or(CodePoints.range(0xB2, 0xB3))
          .or(CodePoints.of(0xB9))
          .or(CodePoints.range(0xBC, 0xBE));

  static final CodePoints HEX_DIGIT =
      CodePoints.range('0', '9').or(CodePoints.range('a', 'f')).or(CodePoints.range('A', 'F'));

  private static final Map<String, String> LONG_CATEGORIES =
      Map.ofEntries(
          Map.entry("letter", "l"),
          Map.entry("uppercaseletter", "lu"),
          Map.entry("lowercaseletter", "ll"),
          Map.entry("titlecaseletter", "lt"),
          Map.entry("modifierletter", "lm"),
          Map.entry("otherletter", "lo"),
          Map.entry("mark", "m"),
          Map.entry("nonspacingmark", "mn"),
          Map.entry("spacingmark", "mc"),
          Map.entry("enclosingmark", "me"),
          Map.entry("number", "n"),
          Map.entry("decimalnumber", "nd"),
          Map.entry("letternumber", "nl"),
          Map.entry("othernumber", "no"),
          Map.entry("punctuation", "p"),
          Map.entry("connectorpunctuation", "pc"),
          Map.entry("dashpunctuation", "pd"),
          Map.entry("openpunctuation", "ps"),
          Map.entry("closepunctuation", "pe"),
          Map.entry("initialpunctuation", "pi"),
          Map.entry("finalpunctuation", "pf"),
          Map.entry("otherpunctuation", "po"),
          Map.entry("symbol", "s"),
          Map.entry("mathsymbol", "sm"),
          Map.entry("currencysymbol", "sc"),
          Map.entry("modifiersymbol", "sk"),
          Map.entry("othersymbol", "so"),
          Map.entry("separator", "z"),
          Map.entry("spaceseparator", "zs"),
          Map.entry("lineseparator", "zl"),
          Map.entry("paragraphseparator", "zp"),
          Map.entry("other", "c"),
          Map.entry("control", "cc"),
          Map.entry("format", "cf"),
          Map.entry("surrogate", "cs"),
          Map.entry("privateuse", "co"),
          Map.entry("unassigned", "cn"));

  private static final Map<String, CodePoints> CACHE = new ConcurrentHashMap<>();

  private UnicodeSets() {}

  /**
   * The set of a property: a general category, a script, or one of the POSIX names.
   *
   * @return the set, or null if there is none of this name
   */
  static @Nullable CodePoints named(String name) {
    String key =
        name.toLowerCase(Locale.ROOT)
            .replaceAll("[ _-]", "")
            .replaceFirst("^(script|sc|generalcategory|gc)=", "");
    CodePoints known = CACHE.get(key);
    if (known == null) {
      known = find(LONG_CATEGORIES.getOrDefault(key, key));
      if (known != null) {
        CACHE.put(key, known);
      }
    }
    return known;
  }

  private static @Nullable CodePoints find(String key) {
    CodePoints posix = posix(key);
    if (posix != null) {
      return posix;
    }
    if (key.length() <= 2) {
      CodePoints category = categories(key);
      if (category.ranges() > 0) {
        return category;
      }
    }
    for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
      if (script.name().replace("_", "").equalsIgnoreCase(key)) {
        return CodePoints.where(codePoint -> Character.UnicodeScript.of(codePoint) == script);
      }
    }
    return null;
  }

  private static @Nullable CodePoints posix(String key) {
    return switch (key) {
      case "any" -> CodePoints.ALL;
      case "alpha", "alphabetic" -> CodePoints.where(Character::isAlphabetic);
      case "digit" -> DIGIT;
      case "alnum" -> CodePoints.where(Character::isAlphabetic).or(DIGIT);
      case "upper", "uppercase" -> CodePoints.where(Character::isUpperCase);
      case "lower", "lowercase" -> CodePoints.where(Character::isLowerCase);
      case "space", "whitespace" -> SPACE;
      case "blank" -> categories("Zs").or(CodePoints.of('\t'));
      case "cntrl" -> categories("Cc");
      case "xdigit" -> HEX_DIGIT;
      case "word" -> POSIX_WORD;
      case "punct" -> PUNCTUATION.or(categories("S"));
      case "emoji" -> CodePoints.where(Character::isEmoji);
      case "emojipresentation" -> CodePoints.where(Character::isEmojiPresentation);
      case "extendedpictographic" -> CodePoints.where(Character::isExtendedPictographic);
      case "ideographic" -> CodePoints.where(Character::isIdeographic);
      default -> null;
    };
  }

  /** The code points whose general category starts with the given letters, in any case. */
  static CodePoints categories(String start) {
    boolean[] types = new boolean[31];
    Categories.NAMES.forEach(
        (type, name) -> types[type] = name.regionMatches(true, 0, start, 0, start.length()));
    return CodePoints.where(codePoint -> types[Character.getType(codePoint)]);
  }

  /** The set with everything that differs from a member by case only. */
  static CodePoints ignoringCase(CodePoints set) {
    CodePoints result = set;
    for (Map.Entry<Integer, List<Integer>> group : CaseGroups.BY_FOLD.entrySet()) {
      if (group.getValue().stream().anyMatch(set::contains)) {
        for (int member : group.getValue()) {
          result = result.contains(member) ? result : result.or(CodePoints.of(member));
        }
      }
    }
    return result;
  }

  /** Code points that are the same but for their case, by simple case folding. */
  private static final class CaseGroups {
    static final Map<Integer, List<Integer>> BY_FOLD = new HashMap<>();

    static {
      for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
        int fold = Character.toLowerCase(Character.toUpperCase(codePoint));
        // The dotted I and the dotless i fold to i in Turkish only.
        if (fold != codePoint && codePoint != 0x130 && codePoint != 0x131) {
          BY_FOLD.computeIfAbsent(fold, f -> new ArrayList<>(List.of(f))).add(codePoint);
        }
      }
    }
  }

  /** Apart, because the constants above need it. */
  private static final class Categories {
    /** The two-letter names of the general categories, by the constants of {@link Character}. */
    static final Map<Byte, String> NAMES =
        Map.ofEntries(
            Map.entry(Character.UPPERCASE_LETTER, "Lu"),
            Map.entry(Character.LOWERCASE_LETTER, "Ll"),
            Map.entry(Character.TITLECASE_LETTER, "Lt"),
            Map.entry(Character.MODIFIER_LETTER, "Lm"),
            Map.entry(Character.OTHER_LETTER, "Lo"),
            Map.entry(Character.NON_SPACING_MARK, "Mn"),
            Map.entry(Character.COMBINING_SPACING_MARK, "Mc"),
            Map.entry(Character.ENCLOSING_MARK, "Me"),
            Map.entry(Character.DECIMAL_DIGIT_NUMBER, "Nd"),
            Map.entry(Character.LETTER_NUMBER, "Nl"),
            Map.entry(Character.OTHER_NUMBER, "No"),
            Map.entry(Character.CONNECTOR_PUNCTUATION, "Pc"),
            Map.entry(Character.DASH_PUNCTUATION, "Pd"),
            Map.entry(Character.START_PUNCTUATION, "Ps"),
            Map.entry(Character.END_PUNCTUATION, "Pe"),
            Map.entry(Character.INITIAL_QUOTE_PUNCTUATION, "Pi"),
            Map.entry(Character.FINAL_QUOTE_PUNCTUATION, "Pf"),
            Map.entry(Character.OTHER_PUNCTUATION, "Po"),
            Map.entry(Character.MATH_SYMBOL, "Sm"),
            Map.entry(Character.CURRENCY_SYMBOL, "Sc"),
            Map.entry(Character.MODIFIER_SYMBOL, "Sk"),
            Map.entry(Character.OTHER_SYMBOL, "So"),
            Map.entry(Character.SPACE_SEPARATOR, "Zs"),
            Map.entry(Character.LINE_SEPARATOR, "Zl"),
            Map.entry(Character.PARAGRAPH_SEPARATOR, "Zp"),
            Map.entry(Character.CONTROL, "Cc"),
            Map.entry(Character.FORMAT, "Cf"),
            Map.entry(Character.SURROGATE, "Cs"),
            Map.entry(Character.PRIVATE_USE, "Co"),
            Map.entry(Character.UNASSIGNED, "Cn"));
  }
}
