package dev.nomoat.file.gguf;

import dev.nomoat.file.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An array of strings, such as a vocabulary, kept as the bytes of the file and decoded one by one
 * when asked for.
 *
 * <p>A token may be half a character, so a string here may hold any bytes; {@link #bytes} gives
 * them as they are.
 *
 * <p>Immutable and thread-safe.
 */
public final class GgufStringArray implements GgufValue {
  /** A string is stored as its length in 8 bytes, then its bytes. */
  static final int PREFIX = 8;

  private final byte[] raw;
  private final int[] starts;

  /**
   * Takes over both arrays.
   *
   * @param raw all strings as stored, each with its prefix
   * @param starts where the bytes of string {@code i} begin in {@code raw}, and at last {@code
   *     raw.length + PREFIX}: string {@code i} ends a prefix before the next one begins
   */
  GgufStringArray(byte[] raw, int[] starts) {
    this.raw = raw;
    this.starts = starts;
  }

  /**
   * An array of texts.
   *
   * @param texts the elements
   * @return the array
   * @throws IllegalArgumentException if a text has an unpaired surrogate, which UTF-8 cannot
   *     express, or if the elements take more than 2 GiB
   */
  public static GgufStringArray of(List<String> texts) {
    return ofBytes(texts.stream().map(Utf8::encode).toList());
  }

  /**
   * An array of strings of any bytes.
   *
   * @param strings the bytes of the elements; they are copied
   * @return the array
   * @throws IllegalArgumentException if the elements take more than 2 GiB
   */
  public static GgufStringArray ofBytes(List<byte[]> strings) {
    long total = 0;
    for (byte[] string : strings) {
      total += PREFIX + string.length;
    }
    if (total > Integer.MAX_VALUE - PREFIX) {
      throw new IllegalArgumentException("the strings take " + total + " bytes, more than 2 GiB");
    }
    ByteBuffer out = ByteBuffer.allocate((int) total).order(ByteOrder.LITTLE_ENDIAN);
    int[] starts = new int[strings.size() + 1];
    int index = 0;
    for (byte[] string : strings) {
      out.putLong(string.length);
      starts[index++] = out.position();
      out.put(string);
    }
    starts[index] = out.position() + PREFIX;
    return new GgufStringArray(out.array(), starts);
  }

  @Override
  public GgufValueType type() {
    return GgufValueType.ARRAY;
  }

  /**
   * How many strings there are.
   *
   * @return the count
   */
  public int size() {
    return starts.length - 1;
  }

  /**
   * One string as text.
   *
   * @param index which one, from 0
   * @return the string; bytes that are not UTF-8 are read as U+FFFD
   * @throws IndexOutOfBoundsException if there is no such string
   */
  public String text(int index) {
    Objects.checkIndex(index, size());
    return new String(raw, starts[index], length(index), StandardCharsets.UTF_8);
  }

  /**
   * The bytes of one string.
   *
   * @param index which one, from 0
   * @return a fresh array
   * @throws IndexOutOfBoundsException if there is no such string
   */
  public byte[] bytes(int index) {
    Objects.checkIndex(index, size());
    return Arrays.copyOfRange(raw, starts[index], starts[index] + length(index));
  }

  /**
   * All strings as text, see {@link #text}.
   *
   * @return a fresh array
   */
  public String[] toTexts() {
    String[] texts = new String[size()];
    Arrays.setAll(texts, this::text);
    return texts;
  }

  private int length(int index) {
    return starts[index + 1] - PREFIX - starts[index];
  }

  /** All strings as stored, for reading only. */
  byte[] raw() {
    return raw;
  }

  // The lengths are part of the raw bytes, so these alone decide.
  @Override
  public boolean equals(Object other) {
    return other instanceof GgufStringArray that
        && size() == that.size()
        && Arrays.equals(raw, that.raw);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(raw);
  }

  /** The type and the count, not the elements. */
  @Override
  public String toString() {
    return "array of " + size() + " STRING";
  }
}
