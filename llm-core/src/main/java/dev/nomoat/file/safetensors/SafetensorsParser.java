package dev.nomoat.file.safetensors;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads and checks the header of one safetensors file. */
final class SafetensorsParser {
  /** The longest header that the format allows. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  /** Published models have up to some 100,000 tensors. */
  static final int MAX_TENSORS = 1 << 20;

  static final String METADATA = "__metadata__";

  /** The length of the header is a number of 64 bits. */
  private static final int LENGTH_BYTES = 8;

  /** An empty object is the shortest header. */
  private static final int MIN_HEADER_BYTES = 2;

  /** What takes no bytes comes before what begins at the same byte. */
  private static final Comparator<Described> BY_BYTES =
      Comparator.comparingLong((Described described) -> described.tensor.offset())
          .thenComparingLong(described -> described.tensor.byteSize());

  private final OpenFile file;
  private final int part;
  private final long dataStart;
  private final JsonCursor json;
  private final List<Described> tensors = new ArrayList<>();
  private Map<String, String> metadata = Map.of();

  private SafetensorsParser(OpenFile file, int part, int headerLength) throws IOException {
    this.file = file;
    this.part = part;
    this.dataStart = (long) LENGTH_BYTES + headerLength;
    this.json = new JsonCursor(file, LENGTH_BYTES, file.text(LENGTH_BYTES, headerLength, "header"));
  }

  /**
   * What stands before the data of one file, checked.
   *
   * @param metadata the free texts
   * @param tensors the tensors in the order of their bytes
   * @param end where the header ends and the data begin
   */
  record Head(Map<String, String> metadata, List<Described> tensors, long end) {}

  /**
   * A tensor, and where it is described.
   *
   * @param tensor the tensor
   * @param at where its name stands in the header, from the start of the file
   */
  record Described(SafetensorsTensor tensor, long at) {}

  static Head parse(OpenFile file, int part) throws IOException {
    return new SafetensorsParser(file, part, headerLength(file)).parse();
  }

  private static int headerLength(OpenFile file) throws IOException {
    int least = LENGTH_BYTES + MIN_HEADER_BYTES;
    if (file.size() < least) {
      throw file.fault(file.size(), "a file of at least " + least + " bytes", "the end of it");
    }
    byte[] start = new byte[LENGTH_BYTES + 1];
    file.read(0, MemorySegment.ofArray(start), "the length of the header");
    long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long most = Math.min(MAX_HEADER_BYTES, file.size() - LENGTH_BYTES);
    if (length < MIN_HEADER_BYTES || length > most) {
      throw file.fault(
          0,
          "the length of a header, %d to %d here".formatted(MIN_HEADER_BYTES, most),
          Long.toUnsignedString(length));
    }
    // Asked before the header is read, so that a long file of anything else costs nothing.
    if (start[LENGTH_BYTES] != '{') {
      throw file.fault(
          LENGTH_BYTES,
          "a header that begins with {",
          "byte 0x%02x".formatted(start[LENGTH_BYTES]));
    }
    return (int) length;
  }

  private Head parse() {
    json.object("a header", this::member);
    json.end();
    tensors.sort(BY_BYTES);
    requireCover();
    return new Head(metadata, tensors, dataStart);
  }

  private void member(String name, long at) {
    if (name.equals(METADATA)) {
      Map<String, String> texts = new LinkedHashMap<>();
      json.object(
          "an object of texts", (key, keyAt) -> texts.put(key, json.string("a text in quotes")));
      metadata = Collections.unmodifiableMap(texts);
      return;
    }
    if (tensors.size() == MAX_TENSORS) {
      throw file.fault(at, "at most " + MAX_TENSORS + " tensors", "more");
    }
    tensors.add(new Described(new Description(name, at).read(), at));
  }

  /** The description of one tensor while it is being read: its members come in any order. */
  private final class Description {
    private final String name;
    private final long at;
    private @Nullable SafetensorsType type;
    private @Nullable List<Long> shape;
    private long shapeAt;
    private @Nullable List<Long> offsets;
    private long offsetsAt;

    Description(String name, long at) {
      this.name = name;
      this.at = at;
    }

    SafetensorsTensor read() {
      json.object("a description of a tensor", this::member);
      SafetensorsType elementType = type;
      List<Long> dimensions = shape;
      List<Long> range = offsets;
      if (elementType == null || dimensions == null || range == null) {
        throw file.fault(
            at, "dtype, shape and data_offsets" + ofTensor(), "a description without all three");
      }
      long byteSize = byteSize(elementType, dimensions);
      long offset = dataStart + begin(range, byteSize);
      return new SafetensorsTensor(name, elementType, dimensions, offset, byteSize, part);
    }

    private void member(String member, long memberAt) {
      switch (member) {
        case "dtype" -> type = type(memberAt);
        case "shape" -> {
          shape = json.wholeNumbers("an array of dimensions", SafetensorsTensor.MAX_DIMENSIONS);
          shapeAt = memberAt;
        }
        case "data_offsets" -> {
          offsets = json.wholeNumbers("an array of two offsets", 2);
          offsetsAt = memberAt;
        }
        default ->
            throw file.fault(
                memberAt, "dtype, shape or data_offsets" + ofTensor(), Utf8.quote(member));
      }
    }

    private SafetensorsType type(long typeAt) {
      String dtype = json.string("the name of an element type");
      return SafetensorsType.of(dtype)
          .orElseThrow(
              () ->
                  file.fault(
                      typeAt,
                      "an element type%s, one of %s"
                          .formatted(
                              ofTensor(),
                              Arrays.stream(SafetensorsType.values())
                                  .map(SafetensorsType::name)
                                  .collect(Collectors.joining(", "))),
                      Utf8.quote(dtype)));
    }

    private long byteSize(SafetensorsType elementType, List<Long> dimensions) {
      try {
        return SafetensorsTensor.byteSize(elementType, dimensions);
      } catch (IllegalArgumentException e) {
        String expected = "a shape that %s can store%s".formatted(elementType, ofTensor());
        throw new ModelFormatException(
            file.path(), shapeAt, expected, String.valueOf(e.getMessage()), e);
      }
    }

    /** The first byte, from the start of the data. */
    private long begin(List<Long> range, long byteSize) {
      long dataSize = file.size() - dataStart;
      if (range.size() != 2 || range.get(0) > range.get(1) || range.get(1) > dataSize) {
        throw file.fault(
            offsetsAt,
            "two data_offsets%s in order, at most %d".formatted(ofTensor(), dataSize),
            range.toString());
      }
      long length = range.get(1) - range.get(0);
      if (length != byteSize) {
        throw file.fault(
            offsetsAt,
            "data_offsets%s of %d bytes, as its type and shape take"
                .formatted(ofTensor(), byteSize),
            "%s of %d bytes".formatted(range, length));
      }
      return range.get(0);
    }

    private String ofTensor() {
      return " of tensor " + Utf8.quote(name);
    }
  }

  /** Checks that the tensors cover all of the data, one after the other. */
  private void requireCover() {
    long end = dataStart;
    String before = "the header";
    for (Described described : tensors) {
      SafetensorsTensor tensor = described.tensor;
      if (tensor.offset() != end) {
        long distance = tensor.offset() - end;
        throw file.fault(
            described.at,
            "tensor %s to begin at byte %d of the data, where %s ends"
                .formatted(Utf8.quote(tensor.name()), end - dataStart, before),
            "byte %d: %s of %d bytes"
                .formatted(
                    tensor.offset() - dataStart,
                    distance < 0 ? "an overlap" : "a gap",
                    Math.abs(distance)));
      }
      end += tensor.byteSize();
      before = "tensor " + Utf8.quote(tensor.name());
    }
    if (end != file.size()) {
      throw file.fault(
          end, "the end of the file behind " + before, file.size() - end + " more bytes");
    }
  }
}
