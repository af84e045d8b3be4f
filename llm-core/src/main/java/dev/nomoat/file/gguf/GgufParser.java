package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads and checks the head of one GGUF file. */
final class GgufParser {
  static final int MAGIC = 0x46554747; // "GGUF", little-endian
  static final String ALIGNMENT_KEY = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;

  /** The specification wants a multiple of 8, so that every number is aligned in memory. */
  static final int MIN_ALIGNMENT = 8;

  /** Far above any page or sector size in use; a larger one would only serve to blow up files. */
  static final int MAX_ALIGNMENT = 1 << 20;

  /** The longest key the specification allows; tensor names are held to the same. */
  static final int MAX_NAME_BYTES = 65_535;

  /**
   * Published models have some 50 keys. The limit keeps what is built from them small in any file.
   */
  static final int MAX_KEYS = 1 << 16;

  /** Published models have up to some 50,000 tensors. */
  static final int MAX_TENSORS = 1 << 20;

  /** Length, one byte of name, value type, one byte of value. */
  private static final long MIN_KEY_BYTES = 8 + 1 + 4 + 1;

  /** Length, one byte of name, dimensions, one dimension, type, offset. */
  private static final long MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

  private final Path file;
  private final int part;
  private final GgufInput in;

  private GgufParser(Path file, int part, GgufInput in) {
    this.file = file;
    this.part = part;
    this.in = in;
  }

  /** What stands before the tensor data of one file, checked. */
  record Head(int version, GgufMetadata metadata, List<GgufTensor> tensors) {}

  /** A tensor as described, before the start of the data is known. */
  private record Described(
      String name, TensorType type, List<Long> shape, long byteSize, long offset, long offsetAt) {}

  static Head parse(OpenFile file, int part) throws IOException {
    return new GgufParser(file.path(), part, new GgufInput(file)).parse();
  }

  private Head parse() throws IOException {
    int version = version();
    int tensorCount = in.count("a number of tensors", MIN_TENSOR_BYTES, MAX_TENSORS);
    int keyCount = in.count("a number of keys", MIN_KEY_BYTES, MAX_KEYS);
    Map<String, GgufEntries.Entry> entries = new LinkedHashMap<>();
    for (int i = 0; i < keyCount; i++) {
      long at = in.position();
      String key = name("key");
      GgufValueType type = valueType();
      GgufEntries.Entry entry = new GgufEntries.Entry(in.position(), value(type));
      if (entries.putIfAbsent(key, entry) != null) {
        throw in.fault(at, "a key that is not yet there", Utf8.quote(key) + " again");
      }
    }
    GgufMetadata metadata =
        new GgufMetadata(new GgufEntries(file, in.position(), entries, UnaryOperator.identity()));
    int alignment = alignment(metadata);
    List<Described> described = new ArrayList<>(tensorCount);
    Set<String> names = HashSet.newHashSet(tensorCount);
    for (int i = 0; i < tensorCount; i++) {
      long at = in.position();
      Described tensor = tensor();
      if (!names.add(tensor.name)) {
        throw in.fault(at, "a tensor that is not yet there", Utf8.quote(tensor.name) + " again");
      }
      described.add(tensor);
    }
    return new Head(version, metadata, place(described, alignment));
  }

  private int version() throws IOException {
    int magic = in.u32("the magic \"GGUF\"");
    if (magic != MAGIC) {
      byte[] bytes = {
        (byte) magic, (byte) (magic >>> 8), (byte) (magic >>> 16), (byte) (magic >>> 24)
      };
      throw in.fault(
          0, "the magic \"GGUF\"", Utf8.quote(new String(bytes, StandardCharsets.ISO_8859_1)));
    }
    long at = in.position();
    int version = in.u32("a version");
    if (version == 2 || version == 3) {
      return version;
    }
    if (version == 0) {
      throw in.fault(at, "version 2 or 3", "version 0");
    }
    if ((version & 0xffff) == 0) {
      throw new UnsupportedModelException(
          file, at, "big-endian GGUF", "convert the file to little-endian");
    }
    throw new UnsupportedModelException(
        file,
        at,
        "GGUF version " + Integer.toUnsignedString(version),
        "versions 2 and 3 can be read");
  }

  /** A key or the name of a tensor: neither empty nor longer than any name can be, valid UTF-8. */
  private String name(String what) throws IOException {
    long at = in.position();
    long length = in.u64("the length of a " + what);
    if (length <= 0 || length > MAX_NAME_BYTES) {
      throw in.fault(
          at,
          "a " + what + " of 1 to " + MAX_NAME_BYTES + " bytes",
          Long.toUnsignedString(length) + " bytes");
    }
    return Utf8.decode(in.bytes((int) length, "a " + what))
        .orElseThrow(
            () -> in.fault(at + Long.BYTES, "a " + what + " in UTF-8", "bytes that are not UTF-8"));
  }

  private GgufValueType valueType() throws IOException {
    long at = in.position();
    int id = in.u32("a value type");
    return GgufValueType.ofId(id)
        .orElseThrow(
            () ->
                in.fault(at, "a value type from 0 to 12", "type " + Integer.toUnsignedString(id)));
  }

  private GgufValue value(GgufValueType type) throws IOException {
    return switch (type) {
      case UINT8 -> GgufValue.integer(type, in.u8("a value"));
      case INT8 -> GgufValue.integer(type, (byte) in.u8("a value"));
      case UINT16 -> GgufValue.integer(type, in.u16("a value"));
      case INT16 -> GgufValue.integer(type, (short) in.u16("a value"));
      case UINT32 -> GgufValue.integer(type, Integer.toUnsignedLong(in.u32("a value")));
      case INT32 -> GgufValue.integer(type, in.u32("a value"));
      case UINT64, INT64 -> GgufValue.integer(type, in.u64("a value"));
      case FLOAT32 -> GgufValue.float32(Float.intBitsToFloat(in.u32("a value")));
      case FLOAT64 -> GgufValue.float64(Double.longBitsToDouble(in.u64("a value")));
      case BOOL -> bool();
      case STRING -> text();
      case ARRAY -> array();
    };
  }

  private GgufValue bool() throws IOException {
    long at = in.position();
    int value = in.u8("a value");
    if (value > 1) {
      throw in.fault(at, "0 or 1 for a truth value", String.valueOf(value));
    }
    return GgufValue.bool(value == 1);
  }

  private GgufValue text() throws IOException {
    int length = in.count("the length of a string", 1, Integer.MAX_VALUE);
    return new GgufValue.TextValue(in.bytes(length, "a string"));
  }

  private GgufValue array() throws IOException {
    long at = in.position();
    GgufValueType type = valueType();
    return switch (type) {
      case ARRAY -> throw in.fault(at, "an element type other than ARRAY", "an array of arrays");
      case STRING -> strings();
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, FLOAT32, FLOAT64, BOOL ->
          numbers(type);
    };
  }

  private GgufNumberArray numbers(GgufValueType type) throws IOException {
    int count = in.count("a number of elements", type.minBytes(), Integer.MAX_VALUE);
    long start = in.position();
    byte[] raw = in.bytes(Math.multiplyExact(count, type.minBytes()), "an array");
    if (type == GgufValueType.BOOL) {
      for (int i = 0; i < raw.length; i++) {
        if ((raw[i] & 0xff) > 1) {
          throw in.fault(start + i, "0 or 1 for a truth value", String.valueOf(raw[i] & 0xff));
        }
      }
    }
    return new GgufNumberArray(type, raw);
  }

  /**
   * Two passes: the first finds where each string is, so that the second can take all in one piece.
   */
  private GgufStringArray strings() throws IOException {
    int count = in.count("a number of strings", GgufStringArray.PREFIX, Integer.MAX_VALUE - 1);
    long start = in.position();
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      long length = in.u64("the length of a string");
      starts[i] = (int) (in.position() - start);
      in.skip(length, "a string");
    }
    long end = in.position();
    starts[count] = (int) (end - start) + GgufStringArray.PREFIX;
    return new GgufStringArray(in.passed(start, end), starts);
  }

  private int alignment(GgufMetadata metadata) {
    if (!metadata.contains(ALIGNMENT_KEY)) {
      return DEFAULT_ALIGNMENT;
    }
    if (metadata.get(ALIGNMENT_KEY).orElseThrow() instanceof GgufValue.IntegerValue value
        && value.type() == GgufValueType.UINT32
        && isAlignment(value.bits())) {
      return (int) value.bits();
    }
    throw metadata.fault(
        ALIGNMENT_KEY,
        "a UINT32 that is a power of two from " + MIN_ALIGNMENT + " to " + MAX_ALIGNMENT);
  }

  static boolean isAlignment(long value) {
    return value >= MIN_ALIGNMENT && value <= MAX_ALIGNMENT && Long.bitCount(value) == 1;
  }

  private Described tensor() throws IOException {
    String name = name("tensor name");
    long rankAt = in.position();
    int rank = in.u32("a number of dimensions");
    if (rank < 1 || rank > GgufTensor.MAX_DIMENSIONS) {
      throw in.fault(
          rankAt,
          "1 to " + GgufTensor.MAX_DIMENSIONS + " dimensions for tensor " + Utf8.quote(name),
          Integer.toUnsignedString(rank));
    }
    long shapeAt = in.position();
    Long[] shape = new Long[rank];
    for (int i = rank - 1; i >= 0; i--) {
      long at = in.position();
      long dimension = in.u64("a dimension");
      if (dimension <= 0) {
        throw in.fault(
            at,
            "a dimension from 1 to 2^63 - 1 for tensor " + Utf8.quote(name),
            Long.toUnsignedString(dimension));
      }
      shape[i] = dimension;
    }
    TensorType type = tensorType(name);
    long byteSize = byteSize(name, type, List.of(shape), shapeAt);
    long offsetAt = in.position();
    return new Described(name, type, List.of(shape), byteSize, in.u64("an offset"), offsetAt);
  }

  private TensorType tensorType(String name) throws IOException {
    long at = in.position();
    int id = in.u32("a tensor type");
    return TensorType.ofId(id)
        .orElseThrow(
            () ->
                new UnsupportedModelException(
                    file,
                    at,
                    "tensor type " + TensorType.describeId(id),
                    "type of tensor " + Utf8.quote(name)));
  }

  private long byteSize(String name, TensorType type, List<Long> shape, long shapeAt) {
    try {
      return GgufTensor.byteSize(type, shape);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          file,
          shapeAt,
          "a shape that %s can store for tensor %s".formatted(type, Utf8.quote(name)),
          shape + ": " + e.getMessage(),
          e);
    }
  }

  /** Checks that each tensor lies in the data, aligned and clear of the others. */
  private List<GgufTensor> place(List<Described> tensors, int alignment) {
    long head = in.position();
    long dataStart = Math.ceilDiv(head, alignment) * alignment;
    long dataSize = in.fileSize() - dataStart;
    GgufTensor[] placed = new GgufTensor[tensors.size()];
    for (int i = 0; i < placed.length; i++) {
      Described tensor = tensors.get(i);
      if ((tensor.offset & (alignment - 1)) != 0) {
        throw in.fault(
            tensor.offsetAt,
            "an offset that is a multiple of " + alignment,
            Long.toUnsignedString(tensor.offset));
      }
      if (tensor.offset < 0
          || tensor.byteSize > dataSize
          || tensor.offset > dataSize - tensor.byteSize) {
        throw in.fault(
            tensor.offsetAt,
            "tensor %s of %d bytes inside the file"
                .formatted(Utf8.quote(tensor.name), tensor.byteSize),
            "offset %s in data of %d bytes"
                .formatted(Long.toUnsignedString(tensor.offset), Math.max(0, dataSize)));
      }
      placed[i] =
          new GgufTensor(
              tensor.name,
              tensor.type,
              tensor.shape,
              dataStart + tensor.offset,
              tensor.byteSize,
              part);
    }
    refuseOverlap(tensors, dataStart);
    return List.of(placed);
  }

  private void refuseOverlap(List<Described> tensors, long dataStart) {
    Described[] byOffset = tensors.toArray(Described[]::new);
    Arrays.sort(byOffset, Comparator.comparingLong(Described::offset));
    for (int i = 1; i < byOffset.length; i++) {
      Described before = byOffset[i - 1];
      Described after = byOffset[i];
      if (after.offset - before.offset < before.byteSize) {
        throw in.fault(
            after.offsetAt,
            "tensor %s apart from the others".formatted(Utf8.quote(after.name)),
            "an overlap with tensor %s at byte %d"
                .formatted(Utf8.quote(before.name), dataStart + after.offset));
      }
    }
  }
}
