package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.automaton.Expression;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What strings of a format are, without quotes. */
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

  /** Patterns of the formats that are supported (RFC 3339, 4122, 2673). */
  private static final Map<String, String> PATTERNS =
      Map.of(
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

  /** The strings of a format; null if it is not supported. */
  static @Nullable Expression of(String format) {
    String pattern = PATTERNS.get(format);
    return pattern == null ? null : PatternParser.parse("^(" + pattern + ")$", format).expression();
  }

  static String names() {
    return String.join(", ", PATTERNS.keySet().stream().sorted().toList());
  }
}
