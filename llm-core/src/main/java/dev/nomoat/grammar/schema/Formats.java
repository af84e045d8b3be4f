package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.automaton.Expression;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What strings of a format are, without quotes. Of some formats these are not all, but those in
 * use, so that every validator takes them.
 */
final class Formats {
  private static final String DATE =
      "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|1[0-9]|2[0-8]))"
          + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

  private static final String CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]";

  /** Offsets that java.time takes, which has all that are in use. */
  private static final String OFFSET = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])";

  private static final String TIME = CLOCK + ":[0-5][0-9](\\.[0-9]{1,9})?" + OFFSET;
  private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  /** Part of a host name, of up to 59 characters; never two hyphens together, as encoded ones. */
  private static final String LABEL = "[A-Za-z0-9]{1,19}(-[A-Za-z0-9]{1,19}){0,2}";

  /** Up to four labels, the last one of letters. */
  private static final String HOST = "(" + LABEL + "\\.){0,3}[A-Za-z]{2,20}";

  /** At hosts within a domain that has been there from the beginning, as validators know these. */
  private static final String EMAIL =
      "[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){0,2}@("
          + LABEL
          + "\\.){1,3}"
          + "(com|org|net|edu|gov|de|fr|uk|eu|jp|cn|in|br|ca|au|ch|at|it|es|nl|se|pl)";

  private static final String URI_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

  /** With a host, perhaps a port, a path, a query and a fragment. */
  private static final String URI =
      "[a-z]([a-z0-9+.-]{0,10}[a-z0-9])?://"
          + HOST
          + "(:[1-9][0-9]{0,3})?"
          + "(/"
          + URI_CHARACTER
          + "{0,30}){0,8}"
          + "(\\?("
          + URI_CHARACTER
          + "|/){0,60})?(#("
          + URI_CHARACTER
          + "|/){0,30})?";

  private static final String GROUP = "[0-9a-fA-F]{1,4}";

  /** Patterns of the formats that are supported (RFC 3339, 4122, 2673, 4291, 1123, 5321, 3986). */
  private static final Map<String, String> PATTERNS =
      Map.of(
          "ipv6",
          ipv6(),
          "hostname",
          HOST,
          "email",
          EMAIL,
          "uri",
          URI,
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "uuid",
          "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
          "ipv4",
          BYTE + "(\\." + BYTE + "){3}");

  private Formats() {}

  /** Eight groups, or fewer around a gap of at least one that is zero. */
  private static String ipv6() {
    StringBuilder ways = new StringBuilder("(" + GROUP + ":){7}" + GROUP);
    for (int before = 0; before <= 7; before++) {
      ways.append('|').append(before == 0 ? ":" : "(" + GROUP + ":){" + before + "}");
      ways.append(before == 7 ? ":" : "(:|(:" + GROUP + "){1," + (7 - before) + "})");
    }
    return ways.toString();
  }

  /** The strings of a format; null if it is not supported. */
  static @Nullable Expression of(String format) {
    String pattern = PATTERNS.get(format);
    return pattern == null ? null : PatternParser.parse("^(" + pattern + ")$", format).expression();
  }

  static String names() {
    return String.join(", ", PATTERNS.keySet().stream().sorted().toList());
  }
}
