package dev.nomoat.chat.template;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How Python reads numbers from strings: {@code int} and {@code float}. */
final class PythonNumbers {
  private static final Pattern REAL =
      Pattern.compile("[+-]?(\\d[\\d_]*+\\.?[\\d_]*+|\\.\\d[\\d_]*+)(e[+-]?\\d[\\d_]*+)?");

  private PythonNumbers() {}

  /** A whole number, or nothing where Python raises a ValueError. */
  static @Nullable BigInteger parseWhole(String string, int base) {
    if (base != 0 && (base < 2 || base > 36)) {
      return null;
    }
    String digits = Strings.strip(Text.trusted(string), null, true, true).string();
    boolean negative = digits.startsWith("-");
    digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
    int radix = base;
    String prefix = digits.length() > 2 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
    int named = prefix.equals("0x") ? 16 : prefix.equals("0o") ? 8 : prefix.equals("0b") ? 2 : 0;
    if (named != 0 && (base == 0 || base == named)) {
      radix = named;
      digits = digits.substring(2);
      digits = digits.startsWith("_") ? digits.substring(1) : digits;
    } else if (base == 0) {
      radix = 10;
      if (digits.startsWith("0") && digits.chars().anyMatch(c -> c != '0' && c != '_')) {
        return null;
      }
    }
    if (!separatedWell(digits) || digits.length() > 4300) {
      return null;
    }
    digits = digits.replace("_", "");
    for (int i = 0; i < digits.length(); i++) {
      if (Character.digit(digits.charAt(i), radix) < 0) {
        return null;
      }
    }
    BigInteger whole = new BigInteger(digits, radix);
    return negative ? whole.negate() : whole;
  }

  /** Whether there are digits, and underscores between digits only. */
  private static boolean separatedWell(String digits) {
    return !digits.isEmpty()
        && !digits.startsWith("_")
        && !digits.endsWith("_")
        && !digits.contains("__");
  }

  /** A floating-point number, or nothing where Python raises a ValueError. */
  static @Nullable Double parseReal(String string) {
    String number =
        Strings.strip(Text.trusted(string), null, true, true).string().toLowerCase(Locale.ROOT);
    String unsigned =
        number.startsWith("-") || number.startsWith("+") ? number.substring(1) : number;
    if (unsigned.equals("inf") || unsigned.equals("infinity")) {
      return number.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (unsigned.equals("nan")) {
      return Double.NaN;
    }
    if (!REAL.matcher(number).matches() || number.matches(".*(__|_\\D|\\D_|_$).*")) {
      return null;
    }
    return Double.valueOf(number.replace("_", ""));
  }
}
