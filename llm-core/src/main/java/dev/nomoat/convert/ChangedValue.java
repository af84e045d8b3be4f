package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import java.util.Arrays;

/** Texts for values of metadata that tell them apart. */
final class ChangedValue {
  private ChangedValue() {}

  /**
   * A text for a value: the value itself, and where another one would have the same text, what
   * makes the difference.
   *
   * @param value the value
   * @param other another one, not equal
   */
  static String shown(GgufValue value, GgufValue other) {
    String text = value.toString();
    if (!text.equals(other.toString())) {
      return text;
    }
    if (value instanceof GgufStringArray texts && other instanceof GgufStringArray others) {
      int at = 0;
      while (Arrays.equals(texts.bytes(at), others.bytes(at))) {
        at++;
      }
      return element(text, at, "\"" + texts.text(at) + "\"");
    }
    if (value instanceof GgufNumberArray numbers && other instanceof GgufNumberArray others) {
      byte[] bytes = numbers.toBytes();
      int width = bytes.length / numbers.size();
      int at = Arrays.mismatch(bytes, others.toBytes()) / width;
      return element(text, at, number(numbers, at));
    }
    return value.type() + " " + text;
  }

  private static String element(String array, int at, String element) {
    return "%s, %d: %s".formatted(array, at, element);
  }

  private static String number(GgufNumberArray numbers, int at) {
    return switch (numbers.elementType()) {
      case FLOAT32 -> Float.toString(numbers.toFloats()[at]);
      case FLOAT64 -> Double.toString(numbers.toDoubles()[at]);
      case BOOL -> Boolean.toString(numbers.toBools()[at]);
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 ->
          GgufValue.integer(numbers.elementType(), numbers.toBits()[at]).toString();
      case STRING, ARRAY -> throw new AssertionError(numbers.elementType());
    };
  }
}
