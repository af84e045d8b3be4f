package dev.nomoat.file.safetensors;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Walks through JSON in a file, and knows at which byte of the file it stands.
 *
 * <p>Strings and numbers are read by {@link Json#parsePrefix}. Objects and arrays are walked here,
 * member by member, because a tree would tell neither where its values stood nor that a name was
 * there twice, and would take fifty times the memory of the text.
 */
final class JsonCursor {
  /** How much of a text a message shows. */
  private static final int SHOWN = 60;

  /** The digits of the largest long; a number of so many may still be too large. */
  private static final int LONG_DIGITS = 19;

  /** What is to be done at a member of an object: it must read the value. */
  @FunctionalInterface
  interface Member {
    /**
     * Reads the value.
     *
     * @param name the member's name
     * @param at where the name stands in the file
     */
    void read(String name, long at);
  }

  private final OpenFile file;
  private final String text;
  private int at;

  /** How far {@link #offset} has counted, in characters of the text and in bytes of the file. */
  private int countedChars;

  private long countedBytes;

  /**
   * A cursor at the start of a text.
   *
   * @param file the file that holds the text, for messages
   * @param start where the text begins in the file
   * @param text what the file holds there, decoded from UTF-8
   */
  JsonCursor(OpenFile file, long start, String text) {
    this.file = file;
    this.countedBytes = start;
    this.text = text;
  }

  /** Where the cursor stands in the file. */
  long offset() {
    for (; countedChars < at; countedChars++) {
      char c = text.charAt(countedChars);
      // A surrogate is half a character of four bytes.
      countedBytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return countedBytes;
  }

  /** Reads an object, and refuses a name that is there twice. */
  void object(String what, Member member) {
    require('{', what);
    if (take('}')) {
      return;
    }
    Set<String> names = new HashSet<>();
    do {
      skipSpace();
      long nameAt = offset();
      String name = name();
      if (!names.add(name)) {
        throw file.fault(nameAt, "a name that is not yet there", Utf8.quote(name) + " again");
      }
      member.read(name, nameAt);
    } while (take(','));
    require('}', "a comma or }");
  }

  /** Reads an array of at most {@code max} whole numbers from 0 to {@link Long#MAX_VALUE}. */
  List<Long> wholeNumbers(String what, int max) {
    require('[', what);
    List<Long> numbers = new ArrayList<>();
    if (take(']')) {
      return numbers;
    }
    do {
      if (numbers.size() == max) {
        throw fault("at most " + max + " numbers");
      }
      numbers.add(wholeNumber());
    } while (take(','));
    require(']', "a comma or ]");
    return numbers;
  }

  private long wholeNumber() {
    skipSpace();
    int start = at;
    String what = "a whole number from 0 to " + Long.MAX_VALUE;
    if (scalar(what) instanceof Json.NumberValue(String digits)
        && digits.length() <= LONG_DIGITS
        && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      long number = Long.parseUnsignedLong(digits);
      if (number >= 0) {
        return number;
      }
    }
    at = start;
    throw fault(what);
  }

  /** Reads a string of whole characters: an escape can be half of a surrogate pair. */
  String string(String what) {
    skipSpace();
    int start = at;
    if (!(scalar(what) instanceof Json.TextValue(String value))) {
      at = start;
      throw fault(what);
    }
    if (value.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
      at = start;
      throw fault(what + ", without half of a surrogate pair");
    }
    return value;
  }

  /** Moves past a value of any kind. */
  void skip() {
    // Which of the brackets that are open are those of objects.
    BitSet objects = new BitSet();
    int depth = 0;
    while (true) {
      if (take('{')) {
        if (!take('}')) {
          objects.set(depth++);
          name();
          continue;
        }
      } else if (take('[')) {
        if (!take(']')) {
          objects.clear(depth++);
          continue;
        }
      } else {
        scalar("a value");
      }
      while (depth > 0 && !take(',')) {
        depth--;
        require(objects.get(depth) ? '}' : ']', "a comma or the end of an array or object");
      }
      if (depth == 0) {
        return;
      }
      if (objects.get(depth - 1)) {
        name();
      }
    }
  }

  /** Checks that nothing more follows. */
  void end() {
    skipSpace();
    if (at < text.length()) {
      throw fault("the end of the JSON");
    }
  }

  private String name() {
    String name = string("a name in quotes");
    require(':', "a colon");
    return name;
  }

  /** Reads what is neither an array nor an object. */
  private Json scalar(String what) {
    skipSpace();
    if (at == text.length() || text.charAt(at) == '{' || text.charAt(at) == '[') {
      throw fault(what);
    }
    try {
      Json.Prefix scalar = Json.parsePrefix(text, at);
      at = scalar.end();
      return scalar.value();
    } catch (JsonException e) {
      throw new ModelFormatException(
          file.path(), offset(), what, "no JSON (" + e.getMessage() + ")", e);
    }
  }

  private void require(char expected, String what) {
    if (!take(expected)) {
      throw fault(what);
    }
  }

  private boolean take(char expected) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private ModelFormatException fault(String expected) {
    String found =
        at == text.length()
            ? "the end of the JSON"
            : Utf8.quote(text.substring(at, Math.min(text.length(), at + SHOWN)));
    return file.fault(offset(), expected, found);
  }
}
