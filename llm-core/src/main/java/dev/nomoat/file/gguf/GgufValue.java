package dev.nomoat.file.gguf;

import dev.nomoat.file.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A metadata value of a GGUF file, exactly as stored.
 *
 * <p>Values are immutable and thread-safe, and hold no memory of the file they came from.
 */
public sealed interface GgufValue
    permits GgufValue.IntegerValue,
        GgufValue.Float32Value,
        GgufValue.Float64Value,
        GgufValue.BoolValue,
        GgufValue.TextValue,
        GgufNumberArray,
        GgufStringArray {

  /**
   * The type under which the value is stored.
   *
   * @return the type, {@link GgufValueType#ARRAY} for arrays
   */
  GgufValueType type();

  /**
   * An integer of any of the eight integer types.
   *
   * @param type the integer type
   * @param bits the number; for {@link GgufValueType#UINT64} its unsigned bits, so that numbers
   *     from 2^63 on are negative here
   */
  record IntegerValue(GgufValueType type, long bits) implements GgufValue {
    /**
     * Checks the number against its type.
     *
     * @throws IllegalArgumentException if {@code type} is not an integer type or cannot hold the
     *     number
     */
    public IntegerValue {
      if (!type.isInteger()) {
        throw new IllegalArgumentException(type + " is not an integer type");
      }
      if (!type.holds(bits)) {
        throw new IllegalArgumentException(bits + " does not fit " + type);
      }
    }

    /**
     * The number as a signed long.
     *
     * @return the number, or empty for an unsigned number from 2^63 on
     */
    public OptionalLong exact() {
      return type == GgufValueType.UINT64 && bits < 0
          ? OptionalLong.empty()
          : OptionalLong.of(bits);
    }

    /** The decimal number, unsigned for unsigned types. */
    @Override
    public String toString() {
      return type == GgufValueType.UINT64 ? Long.toUnsignedString(bits) : Long.toString(bits);
    }
  }

  /**
   * A single-precision number, which may be infinite or NaN.
   *
   * @param value the number
   */
  record Float32Value(float value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.FLOAT32;
    }

    @Override
    public String toString() {
      return Float.toString(value);
    }
  }

  /**
   * A double-precision number, which may be infinite or NaN.
   *
   * @param value the number
   */
  record Float64Value(double value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.FLOAT64;
    }

    @Override
    public String toString() {
      return Double.toString(value);
    }
  }

  /**
   * A truth value.
   *
   * @param value the value
   */
  record BoolValue(boolean value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.BOOL;
    }

    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  /**
   * A text. Bytes of the file that are not UTF-8 are read as U+FFFD: a malformed author's name is
   * no reason to refuse a model. They are written again as they were. Texts are equal when their
   * bytes are.
   */
  final class TextValue implements GgufValue {
    private final String value;

    /** What was read, where that is not UTF-8. */
    private final byte @Nullable [] malformed;

    /**
     * A text.
     *
     * @param value the text
     */
    public TextValue(String value) {
      this.value = value;
      malformed = null;
    }

    /** The text of bytes from a file, which are taken over. */
    TextValue(byte[] bytes) {
      Optional<String> text = Utf8.decode(bytes);
      value = text.orElseGet(() -> new String(bytes, StandardCharsets.UTF_8));
      malformed = text.isPresent() ? null : bytes;
    }

    /**
     * The text.
     *
     * @return it, with U+FFFD for bytes that are not UTF-8
     */
    public String value() {
      return value;
    }

    /**
     * The bytes of the text.
     *
     * @return a fresh array
     * @throws IllegalArgumentException if the text has an unpaired surrogate
     */
    public byte[] bytes() {
      return malformed == null ? Utf8.encode(value) : malformed.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof TextValue that
          && value.equals(that.value)
          && Arrays.equals(malformed, that.malformed);
    }

    @Override
    public int hashCode() {
      return value.hashCode();
    }

    @Override
    public GgufValueType type() {
      return GgufValueType.STRING;
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /**
   * An unsigned 32-bit integer, the usual type for sizes and counts.
   *
   * @param value the number, 0 to 2^32 - 1
   * @return the value
   * @throws IllegalArgumentException if the number is out of range
   */
  static IntegerValue uint32(long value) {
    return new IntegerValue(GgufValueType.UINT32, value);
  }

  /**
   * An integer of a given type.
   *
   * @param type the integer type
   * @param value the number; for {@link GgufValueType#UINT64} its unsigned bits
   * @return the value
   * @throws IllegalArgumentException if {@code type} is not an integer type or cannot hold the
   *     number
   */
  static IntegerValue integer(GgufValueType type, long value) {
    return new IntegerValue(type, value);
  }

  /**
   * A single-precision number.
   *
   * @param value the number
   * @return the value
   */
  static Float32Value float32(float value) {
    return new Float32Value(value);
  }

  /**
   * A double-precision number.
   *
   * @param value the number
   * @return the value
   */
  static Float64Value float64(double value) {
    return new Float64Value(value);
  }

  /**
   * A truth value.
   *
   * @param value the value
   * @return the value
   */
  static BoolValue bool(boolean value) {
    return new BoolValue(value);
  }

  /**
   * A text.
   *
   * @param value the text
   * @return the value
   */
  static TextValue text(String value) {
    return new TextValue(value);
  }
}
