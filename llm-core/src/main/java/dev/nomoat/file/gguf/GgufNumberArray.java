package dev.nomoat.file.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * An array of numbers or truth values, kept as the bytes of the file.
 *
 * <p>Immutable and thread-safe. The arrays that the methods return are fresh copies.
 */
public final class GgufNumberArray implements GgufValue {
  private final GgufValueType elementType;
  private final int size;
  private final byte[] raw;

  /** Takes over {@code raw}: little-endian elements, of a length and contents that fit the type. */
  GgufNumberArray(GgufValueType elementType, byte[] raw) {
    this.elementType = elementType;
    this.size = raw.length / elementType.minBytes();
    this.raw = raw;
  }

  /**
   * An array of 32-bit integers.
   *
   * @param values the elements
   * @return an array of {@link GgufValueType#INT32}
   */
  public static GgufNumberArray ofInts(int... values) {
    return ofIntegers(GgufValueType.INT32, Arrays.stream(values).asLongStream().toArray());
  }

  /**
   * An array of integers of a given type.
   *
   * @param elementType the integer type
   * @param values the elements; for {@link GgufValueType#UINT64} their unsigned bits
   * @return the array
   * @throws IllegalArgumentException if {@code elementType} is not an integer type or cannot hold
   *     an element
   */
  public static GgufNumberArray ofIntegers(GgufValueType elementType, long... values) {
    if (!elementType.isInteger()) {
      throw new IllegalArgumentException(elementType + " is not an integer type");
    }
    byte[] raw = allocate(values.length, elementType);
    ByteBuffer out = littleEndian(raw);
    for (long value : values) {
      if (!elementType.holds(value)) {
        throw new IllegalArgumentException(value + " does not fit " + elementType);
      }
      switch (elementType) {
        case UINT8, INT8 -> out.put((byte) value);
        case UINT16, INT16 -> out.putShort((short) value);
        case UINT32, INT32 -> out.putInt((int) value);
        case UINT64, INT64 -> out.putLong(value);
        case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> throw new AssertionError(elementType);
      }
    }
    return new GgufNumberArray(elementType, raw);
  }

  /**
   * An array of single-precision numbers.
   *
   * @param values the elements
   * @return an array of {@link GgufValueType#FLOAT32}
   */
  public static GgufNumberArray ofFloats(float... values) {
    byte[] raw = allocate(values.length, GgufValueType.FLOAT32);
    ByteBuffer out = littleEndian(raw);
    out.asFloatBuffer().put(values);
    return new GgufNumberArray(GgufValueType.FLOAT32, raw);
  }

  /**
   * An array of double-precision numbers.
   *
   * @param values the elements
   * @return an array of {@link GgufValueType#FLOAT64}
   */
  public static GgufNumberArray ofDoubles(double... values) {
    byte[] raw = allocate(values.length, GgufValueType.FLOAT64);
    ByteBuffer out = littleEndian(raw);
    out.asDoubleBuffer().put(values);
    return new GgufNumberArray(GgufValueType.FLOAT64, raw);
  }

  /**
   * An array of truth values.
   *
   * @param values the elements
   * @return an array of {@link GgufValueType#BOOL}
   */
  public static GgufNumberArray ofBools(boolean... values) {
    byte[] raw = new byte[values.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) (values[i] ? 1 : 0);
    }
    return new GgufNumberArray(GgufValueType.BOOL, raw);
  }

  private static byte[] allocate(int count, GgufValueType type) {
    return new byte[Math.multiplyExact(count, type.minBytes())];
  }

  private static ByteBuffer littleEndian(byte[] raw) {
    return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public GgufValueType type() {
    return GgufValueType.ARRAY;
  }

  /**
   * The type of every element.
   *
   * @return an integer or floating-point type, or {@link GgufValueType#BOOL}
   */
  public GgufValueType elementType() {
    return elementType;
  }

  /**
   * How many elements there are.
   *
   * @return the count
   */
  public int size() {
    return size;
  }

  /**
   * The elements as ints.
   *
   * @return a fresh array
   * @throws IllegalArgumentException if the elements are not integers
   * @throws ArithmeticException if an element does not fit an int; its message names the element
   */
  public int[] toInts() {
    long[] values = toLongs();
    int[] ints = new int[size];
    for (int i = 0; i < size; i++) {
      ints[i] = (int) values[i];
      if (ints[i] != values[i]) {
        throw new ArithmeticException(tooLarge(i, values[i], "an int"));
      }
    }
    return ints;
  }

  /**
   * The elements as longs.
   *
   * @return a fresh array
   * @throws IllegalArgumentException if the elements are not integers
   * @throws ArithmeticException if an element is 2^63 or more; its message names the element
   */
  public long[] toLongs() {
    long[] values = toBits();
    if (elementType == GgufValueType.UINT64) {
      for (int i = 0; i < size; i++) {
        if (values[i] < 0) {
          throw new ArithmeticException(tooLarge(i, values[i], "a long"));
        }
      }
    }
    return values;
  }

  /**
   * The elements as longs, those of {@link GgufValueType#UINT64} as their unsigned bits.
   *
   * @return a fresh array
   * @throws IllegalArgumentException if the elements are not integers
   */
  public long[] toBits() {
    ByteBuffer in = littleEndian(raw);
    IntToLongFunction element =
        switch (elementType) {
          case UINT8 -> i -> raw[i] & 0xffL;
          case INT8 -> i -> raw[i];
          case UINT16 -> i -> in.getShort(2 * i) & 0xffffL;
          case INT16 -> i -> in.getShort(2 * i);
          case UINT32 -> i -> in.getInt(4 * i) & 0xffff_ffffL;
          case INT32 -> i -> in.getInt(4 * i);
          case UINT64, INT64 -> i -> in.getLong(8 * i);
          case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> throw wrongType("integers");
        };
    long[] values = new long[size];
    Arrays.setAll(values, element);
    return values;
  }

  /**
   * The elements as floats.
   *
   * @return a fresh array; elements of {@link GgufValueType#FLOAT64} are rounded
   * @throws IllegalArgumentException if the elements are not floating-point numbers
   */
  public float[] toFloats() {
    float[] values = new float[size];
    if (elementType == GgufValueType.FLOAT32) {
      littleEndian(raw).asFloatBuffer().get(values);
    } else {
      double[] doubles = toDoubles();
      for (int i = 0; i < size; i++) {
        values[i] = (float) doubles[i];
      }
    }
    return values;
  }

  /**
   * The elements as doubles.
   *
   * @return a fresh array
   * @throws IllegalArgumentException if the elements are not floating-point numbers
   */
  public double[] toDoubles() {
    double[] values = new double[size];
    if (elementType == GgufValueType.FLOAT32) {
      ByteBuffer in = littleEndian(raw);
      Arrays.setAll(values, i -> in.getFloat(4 * i));
    } else if (elementType == GgufValueType.FLOAT64) {
      littleEndian(raw).asDoubleBuffer().get(values);
    } else {
      throw wrongType("floating-point numbers");
    }
    return values;
  }

  /**
   * The elements as truth values.
   *
   * @return a fresh array
   * @throws IllegalArgumentException if the elements are not of type {@link GgufValueType#BOOL}
   */
  public boolean[] toBools() {
    if (elementType != GgufValueType.BOOL) {
      throw wrongType("truth values");
    }
    boolean[] values = new boolean[size];
    for (int i = 0; i < size; i++) {
      values[i] = raw[i] != 0;
    }
    return values;
  }

  /**
   * The elements as stored in the file: little-endian, one after the other.
   *
   * @return a fresh array
   */
  public byte[] toBytes() {
    return raw.clone();
  }

  /** The stored bytes themselves, for reading only. */
  byte[] raw() {
    return raw;
  }

  private String tooLarge(int index, long bits, String target) {
    String value =
        elementType == GgufValueType.UINT64 ? Long.toUnsignedString(bits) : Long.toString(bits);
    return "element " + index + " = " + value + " does not fit " + target;
  }

  private IllegalArgumentException wrongType(String wanted) {
    return new IllegalArgumentException("the array holds " + elementType + ", not " + wanted);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GgufNumberArray that
        && elementType == that.elementType
        && Arrays.equals(raw, that.raw);
  }

  @Override
  public int hashCode() {
    return 31 * elementType.hashCode() + Arrays.hashCode(raw);
  }

  /** The type and the count, not the elements. */
  @Override
  public String toString() {
    return "array of " + size + " " + elementType;
  }
}
