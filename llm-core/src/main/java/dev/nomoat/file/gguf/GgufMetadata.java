package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * The key-value pairs of a GGUF file, with typed access.
 *
 * <p>Each typed method comes twice: one that gives an empty result when the key is absent, and one,
 * named {@code require…}, that reports the absence. Both report a value of another type. Integers
 * are accepted from any of the eight integer types as long as the number fits; floating-point
 * numbers from both floating-point types.
 *
 * <p>Every fault is a {@link ModelFormatException} that names the key and points at its value.
 *
 * <p>Immutable and thread-safe; holds no memory of the file, so it stays valid after the file is
 * closed.
 */
public final class GgufMetadata {
  /** More layers than any model has; callers check the real number against the tensors. */
  private static final int MAX_LAYERS = 1 << 16;

  private final GgufEntries entries;

  /** The pairs of a file. */
  GgufMetadata(GgufEntries entries) {
    this.entries = entries;
  }

  /**
   * Makes pairs of what another file says in its own words.
   *
   * @param file that file
   * @param values the values by their keys
   * @param shownKey what faults call a key, be it there or not
   * @return the pairs, all at the beginning of the file
   */
  public static GgufMetadata of(
      Path file, Map<String, GgufValue> values, UnaryOperator<String> shownKey) {
    Map<String, GgufEntries.Entry> entries = LinkedHashMap.newLinkedHashMap(values.size());
    values.forEach((key, value) -> entries.put(key, new GgufEntries.Entry(0, value)));
    return new GgufMetadata(new GgufEntries(file, 0, entries, shownKey));
  }

  /**
   * The file that the pairs come from; the first one of a set.
   *
   * @return its path
   */
  public Path file() {
    return entries.file();
  }

  /** Where the pairs end in the file. */
  long end() {
    return entries.end();
  }

  /**
   * The keys in file order.
   *
   * @return an immutable list
   */
  public List<String> keys() {
    return List.copyOf(entries.byKey().keySet());
  }

  /**
   * Whether there is such a key.
   *
   * @param key the key
   * @return whether it is there
   */
  public boolean contains(String key) {
    return entries.byKey().containsKey(key);
  }

  /**
   * A value as stored.
   *
   * @param key the key
   * @return the value, or empty if the key is absent
   */
  public Optional<GgufValue> get(String key) {
    return Optional.ofNullable(entries.byKey().get(key)).map(GgufEntries.Entry::value);
  }

  /**
   * A text.
   *
   * @param key the key
   * @return the text, or empty if the key is absent
   * @throws ModelFormatException if the value is not a string
   */
  public Optional<String> string(String key) {
    return typed(key, GgufValue.TextValue.class, "a STRING").map(GgufValue.TextValue::value);
  }

  /**
   * A text that must be there.
   *
   * @param key the key
   * @return the text
   * @throws ModelFormatException if the key is absent or the value is not a string
   */
  public String requireString(String key) {
    return string(key).orElseThrow(() -> entries.absent(key, "a STRING"));
  }

  /**
   * An integer that fits a long.
   *
   * @param key the key
   * @return the number, or empty if the key is absent
   * @throws ModelFormatException if the value is not an integer or is 2^63 or more
   */
  public OptionalLong longInteger(String key) {
    Optional<GgufValue> value = get(key);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    if (value.get() instanceof GgufValue.IntegerValue integer && integer.exact().isPresent()) {
      return integer.exact();
    }
    throw fault(key, "an integer from -2^63 to 2^63 - 1");
  }

  /**
   * An integer that must be there and fit a long.
   *
   * @param key the key
   * @return the number
   * @throws ModelFormatException if the key is absent, or the value is not an integer or is 2^63 or
   *     more
   */
  public long requireLong(String key) {
    return longInteger(key).orElseThrow(() -> entries.absent(key, "an integer"));
  }

  /**
   * An integer that fits an int.
   *
   * @param key the key
   * @return the number, or empty if the key is absent
   * @throws ModelFormatException if the value is not an integer or does not fit an int
   */
  public OptionalInt integer(String key) {
    Optional<GgufValue> value = get(key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.get() instanceof GgufValue.IntegerValue integer
        && integer.exact().isPresent()
        && (int) integer.bits() == integer.bits()) {
      return OptionalInt.of((int) integer.bits());
    }
    throw fault(key, "an integer from -2^31 to 2^31 - 1");
  }

  /**
   * An integer that must be there and fit an int.
   *
   * @param key the key
   * @return the number
   * @throws ModelFormatException if the key is absent, or the value is not an integer or does not
   *     fit an int
   */
  public int requireInt(String key) {
    return integer(key).orElseThrow(() -> entries.absent(key, "an integer"));
  }

  /**
   * A floating-point number, which may be infinite or NaN.
   *
   * @param key the key
   * @return the number, or empty if the key is absent; one stored as FLOAT32 converts back to float
   *     exactly
   * @throws ModelFormatException if the value is not a floating-point number
   */
  public OptionalDouble floating(String key) {
    Optional<GgufValue> value = get(key);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (value.get() instanceof GgufValue.Float32Value number) {
      return OptionalDouble.of(number.value());
    }
    if (value.get() instanceof GgufValue.Float64Value number) {
      return OptionalDouble.of(number.value());
    }
    throw fault(key, "a FLOAT32 or FLOAT64");
  }

  /**
   * A floating-point number that must be there; it may be infinite or NaN.
   *
   * @param key the key
   * @return the number; one stored as FLOAT64 is rounded
   * @throws ModelFormatException if the key is absent or the value is not a floating-point number
   */
  public float requireFloat(String key) {
    return (float) floating(key).orElseThrow(() -> entries.absent(key, "a floating-point number"));
  }

  /**
   * A truth value.
   *
   * @param key the key
   * @return the value, or empty if the key is absent
   * @throws ModelFormatException if the value is not a truth value
   */
  public Optional<Boolean> bool(String key) {
    return typed(key, GgufValue.BoolValue.class, "a BOOL").map(GgufValue.BoolValue::value);
  }

  /**
   * An array of integers.
   *
   * @param key the key
   * @return a fresh array, or empty if the key is absent
   * @throws ModelFormatException if the value is not an array of integers that fit ints
   */
  public Optional<int[]> ints(String key) {
    String expected = "an array of integers from -2^31 to 2^31 - 1";
    return get(key)
        .map(
            value -> {
              if (value instanceof GgufNumberArray array && array.elementType().isInteger()) {
                try {
                  return array.toInts();
                } catch (ArithmeticException e) {
                  throw entries.fault(key, expected, String.valueOf(e.getMessage()));
                }
              }
              throw fault(key, expected);
            });
  }

  /**
   * An array of integers that must be there.
   *
   * @param key the key
   * @return a fresh array
   * @throws ModelFormatException if the key is absent or the value is not an array of integers that
   *     fit ints
   */
  public int[] requireInts(String key) {
    return ints(key).orElseThrow(() -> entries.absent(key, "an array of integers"));
  }

  /**
   * An array of floating-point numbers, which may be infinite or NaN.
   *
   * @param key the key
   * @return a fresh array, or empty if the key is absent; numbers stored as FLOAT64 are rounded
   * @throws ModelFormatException if the value is not an array of floating-point numbers
   */
  public Optional<float[]> floats(String key) {
    return get(key)
        .map(
            value -> {
              if (value instanceof GgufNumberArray array
                  && (array.elementType() == GgufValueType.FLOAT32
                      || array.elementType() == GgufValueType.FLOAT64)) {
                return array.toFloats();
              }
              throw fault(key, "an array of FLOAT32 or FLOAT64");
            });
  }

  /**
   * An array of floating-point numbers that must be there; they may be infinite or NaN.
   *
   * @param key the key
   * @return a fresh array; numbers stored as FLOAT64 are rounded
   * @throws ModelFormatException if the key is absent or the value is not an array of
   *     floating-point numbers
   */
  public float[] requireFloats(String key) {
    return floats(key).orElseThrow(() -> entries.absent(key, "an array of floating-point numbers"));
  }

  /**
   * An array of strings.
   *
   * @param key the key
   * @return the strings, or empty if the key is absent
   * @throws ModelFormatException if the value is not an array of strings
   */
  public Optional<GgufStringArray> strings(String key) {
    return typed(key, GgufStringArray.class, "an array of STRING");
  }

  /**
   * An array of strings that must be there.
   *
   * @param key the key
   * @return the strings
   * @throws ModelFormatException if the key is absent or the value is not an array of strings
   */
  public GgufStringArray requireStrings(String key) {
    return strings(key).orElseThrow(() -> entries.absent(key, "an array of STRING"));
  }

  /**
   * A setting of each layer: stored as one integer for all, or as an array with one for each.
   *
   * @param key the key
   * @param layers how many layers there are, 1 to 65,536
   * @return a fresh array of {@code layers} numbers, or empty if the key is absent
   * @throws ModelFormatException if the value is neither an integer nor an array of {@code layers}
   *     integers, all fitting ints
   * @throws IllegalArgumentException if {@code layers} is out of range
   */
  public Optional<int[]> perLayerInts(String key, int layers) {
    if (layers < 1 || layers > MAX_LAYERS) {
      throw new IllegalArgumentException(layers + " layers, not 1 to " + MAX_LAYERS);
    }
    if (get(key).orElse(null) instanceof GgufNumberArray array) {
      if (array.size() != layers) {
        throw fault(key, "an integer, or an array of " + layers + " integers");
      }
      return ints(key);
    }
    OptionalInt scalar = integer(key);
    if (scalar.isEmpty()) {
      return Optional.empty();
    }
    int[] values = new int[layers];
    Arrays.fill(values, scalar.getAsInt());
    return Optional.of(values);
  }

  /**
   * What messages call a key.
   *
   * @param key the key; it may be absent
   * @return its name in the file that the pairs come from
   */
  public String shownKey(String key) {
    return entries.shownKey().apply(key);
  }

  /**
   * Describes a value that the caller finds unacceptable, for the caller to throw.
   *
   * @param key the key; it may be absent
   * @param expected what it should hold, as a noun phrase
   * @return an exception that names the key, points at its value and quotes what was found
   */
  public ModelFormatException fault(String key, String expected) {
    return entries.fault(key, expected);
  }

  private <T extends GgufValue> Optional<T> typed(String key, Class<T> type, String expected) {
    return get(key)
        .map(
            value -> {
              if (type.isInstance(value)) {
                return type.cast(value);
              }
              throw fault(key, expected);
            });
  }
}
