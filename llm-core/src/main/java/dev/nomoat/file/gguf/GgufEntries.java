package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.Utf8;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The key-value pairs of a file as they lie in it, and the faults that point there.
 *
 * @param file the file
 * @param end where the pairs end, which is where faults of absent keys point
 * @param byKey the pairs in file order; taken over
 * @param shownKey what faults call a key, be it there or not
 */
record GgufEntries(Path file, long end, Map<String, Entry> byKey, UnaryOperator<String> shownKey) {
  /** A value and where it begins in the file. */
  record Entry(long offset, GgufValue value) {}

  /** An unacceptable value, described as it was found, or an absent one. */
  ModelFormatException fault(String key, String expected) {
    Entry entry = byKey.get(key);
    return entry == null ? absent(key, expected) : fault(key, expected, describe(entry.value));
  }

  /** An unacceptable value. */
  ModelFormatException fault(String key, String expected, String found) {
    Entry entry = byKey.get(key);
    return at(entry == null ? end : entry.offset, key, expected, found);
  }

  /** A key that is not there. */
  ModelFormatException absent(String key, String expected) {
    return at(end, key, expected, "no such key");
  }

  private ModelFormatException at(long offset, String key, String expected, String found) {
    String wanted = expected + " for key " + Utf8.quote(shownKey.apply(key));
    return new ModelFormatException(file, offset, wanted, found);
  }

  private static String describe(GgufValue value) {
    return switch (value) {
      case GgufValue.TextValue text -> "STRING " + Utf8.quote(text.value());
      case GgufNumberArray array -> array.toString();
      case GgufStringArray array -> array.toString();
      case GgufValue.IntegerValue number -> number.type() + " " + number;
      case GgufValue.Float32Value number -> number.type() + " " + number;
      case GgufValue.Float64Value number -> number.type() + " " + number;
      case GgufValue.BoolValue bool -> bool.type() + " " + bool;
    };
  }
}
