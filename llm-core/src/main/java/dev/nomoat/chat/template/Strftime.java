package dev.nomoat.chat.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** Python's {@code strftime}, in the C locale. */
final class Strftime {
  private Strftime() {}

  static String format(String format, LocalDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < format.length(); at++) {
      char c = format.charAt(at);
      if (c != '%') {
        out.append(c);
        continue;
      }
      boolean bare = at + 1 < format.length() && format.charAt(at + 1) == '-';
      at += bare ? 2 : 1;
      if (at >= format.length()) {
        throw Fault.value("strftime: the format ends within a directive");
      }
      String part = directive(format.charAt(at), time);
      out.append(bare ? part.replaceFirst("^0+(?=.)", "") : part);
    }
    return out.toString();
  }

  private static String directive(char directive, LocalDateTime time) {
    return switch (directive) {
      case '%' -> "%";
      case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' ->
          time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
      case 'd' -> digits(time.getDayOfMonth(), 2);
      case 'D', 'x' -> format("%m/%d/%y", time);
      case 'e' -> "%2d".formatted(time.getDayOfMonth());
      case 'f' -> digits(time.getNano() / 1000, 6);
      case 'F' -> format("%Y-%m-%d", time);
      case 'H' -> digits(time.getHour(), 2);
      case 'I' -> digits((time.getHour() + 11) % 12 + 1, 2);
      case 'j' -> digits(time.getDayOfYear(), 3);
      case 'm' -> digits(time.getMonthValue(), 2);
      case 'M' -> digits(time.getMinute(), 2);
      case 'n' -> "\n";
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'R' -> format("%H:%M", time);
      case 'S' -> digits(time.getSecond(), 2);
      case 't' -> "\t";
      case 'T', 'X' -> format("%H:%M:%S", time);
      case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
      case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
      case 'y' -> digits(time.getYear() % 100, 2);
      case 'Y' -> String.valueOf(time.getYear());
      // The time that templates get knows no time zone.
      case 'Z', 'z' -> "";
      default -> throw Fault.unsupported("the directive %" + directive + " of strftime");
    };
  }

  private static String digits(int number, int width) {
    String digits = String.valueOf(number);
    return "0".repeat(Math.max(0, width - digits.length())) + digits;
  }
}
