package dev.nomoat.file.gguf;

import dev.nomoat.file.NewFile;
import dev.nomoat.file.Utf8;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a GGUF file of version 3: put the metadata, declare the tensors, write.
 *
 * <p>Metadata and tensors are written in the order in which they were given; the same calls give
 * the same bytes. The alignment is 32 unless the key {@code general.alignment} was put.
 *
 * <p>Not thread-safe. It holds no resources; it keeps the segments and sources that were given
 * until it is garbage.
 */
public final class GgufWriter {
  /** The chunks in which segments are handed to the channel. */
  private static final long CHUNK_BYTES = 1 << 20;

  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, Pending> tensors = new LinkedHashMap<>();
  private int alignment = GgufParser.DEFAULT_ALIGNMENT;

  /** Produces the bytes of a tensor while the file is written. */
  @FunctionalInterface
  public interface TensorSource {
    /**
     * Writes all bytes of the tensor, in any number of pieces.
     *
     * @param out takes exactly the size of the tensor; the writer closes it
     * @throws IOException if writing, or whatever produces the bytes, fails; nothing is left of the
     *     file then
     */
    void writeTo(WritableByteChannel out) throws IOException;
  }

  private record Pending(TensorType type, List<Long> shape, long byteSize, TensorSource source) {}

  /** A writer without metadata and tensors. */
  public GgufWriter() {}

  /**
   * Adds a key-value pair.
   *
   * @param key the key, 1 to 65,535 bytes in UTF-8
   * @param value its value
   * @return this writer
   * @throws IllegalArgumentException if the key was put before or has a wrong length, there are
   *     65,536 keys already, a text has an unpaired surrogate, or the key is {@code
   *     general.alignment} and the value not a UINT32 that is a power of two from 8 to 2^20
   */
  public GgufWriter put(String key, GgufValue value) {
    checkName("key", key);
    if (metadata.containsKey(key)) {
      throw new IllegalArgumentException("key " + key + " is already there");
    }
    checkRoom(metadata, GgufParser.MAX_KEYS, "keys");
    if (value instanceof GgufValue.TextValue text) {
      text.bytes();
    }
    if (key.equals(GgufParser.ALIGNMENT_KEY)) {
      if (value instanceof GgufValue.IntegerValue number
          && number.type() == GgufValueType.UINT32
          && GgufParser.isAlignment(number.bits())) {
        alignment = (int) number.bits();
      } else {
        throw new IllegalArgumentException(value + " is not an alignment");
      }
    }
    metadata.put(key, value);
    return this;
  }

  /**
   * Adds a tensor from memory.
   *
   * @param name its name, 1 to 65,535 bytes in UTF-8
   * @param type the number format
   * @param shape the dimensions, outermost first
   * @param data its bytes, native or a view of a byte array; read during {@link #write}
   * @return this writer
   * @throws IllegalArgumentException if the name was used before or has a wrong length, the type
   *     cannot store the shape, or the data is of another size or kind
   */
  public GgufWriter tensor(String name, TensorType type, List<Long> shape, MemorySegment data) {
    long byteSize = GgufTensor.byteSize(type, shape);
    if (data.byteSize() != byteSize) {
      throw new IllegalArgumentException(
          "tensor %s: %s %s takes %d bytes, not %d"
              .formatted(name, type, shape, byteSize, data.byteSize()));
    }
    try {
      data.asSlice(0, 0).asByteBuffer();
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException("tensor " + name + ": cannot write from " + data, e);
    }
    return tensor(
        name,
        type,
        shape,
        out -> {
          for (long at = 0; at < byteSize; at += CHUNK_BYTES) {
            out.write(data.asSlice(at, Math.min(CHUNK_BYTES, byteSize - at)).asByteBuffer());
          }
        });
  }

  /**
   * Adds a tensor whose bytes are produced when the file is written.
   *
   * @param name its name, 1 to 65,535 bytes in UTF-8
   * @param type the number format
   * @param shape the dimensions, outermost first
   * @param source writes the bytes; called once in each {@link #write}, tensors in order
   * @return this writer
   * @throws IllegalArgumentException if the name was used before or has a wrong length, or the type
   *     cannot store the shape
   */
  public GgufWriter tensor(String name, TensorType type, List<Long> shape, TensorSource source) {
    checkName("tensor name", name);
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException("tensor " + name + " is already there");
    }
    checkRoom(tensors, GgufParser.MAX_TENSORS, "tensors");
    long byteSize = GgufTensor.byteSize(type, shape);
    tensors.put(name, new Pending(type, List.copyOf(shape), byteSize, source));
    return this;
  }

  private static void checkRoom(Map<String, ?> entries, int most, String what) {
    if (entries.size() == most) {
      throw new IllegalArgumentException("a file holds at most %d %s".formatted(most, what));
    }
  }

  private static void checkName(String what, String name) {
    int length = Utf8.encode(name).length;
    if (length == 0 || length > GgufParser.MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "a %s takes 1 to %d bytes, not %d".formatted(what, GgufParser.MAX_NAME_BYTES, length));
    }
  }

  /**
   * Writes the file. It appears under its name at once and complete, replacing what was there, or
   * not at all: the bytes go to a temporary file in the same folder, which is removed on failure.
   *
   * @param target where to write
   * @throws IllegalArgumentException if a source writes more or fewer bytes than its tensor takes,
   *     or metadata and descriptions of tensors take more bytes than are read
   * @throws IOException if writing fails, or what is there is no regular file
   */
  public void write(Path target) throws IOException {
    NewFile.write(target, this::writeTo);
  }

  /**
   * Writes the file where none is, see {@link #write}.
   *
   * @param target where to write
   * @throws IllegalArgumentException as {@link #write} does
   * @throws java.nio.file.FileAlreadyExistsException if there is something, or somebody else was
   *     faster
   * @throws IOException if writing fails
   */
  public void create(Path target) throws IOException {
    NewFile.create(target, this::writeTo);
  }

  private void writeTo(FileChannel channel) throws IOException {
    GgufOutput out = new GgufOutput(channel);
    writeHead(out);
    if (out.position() > GgufInput.MAX_HEAD_BYTES) {
      throw new IllegalArgumentException(
          "metadata and descriptions of tensors take %d bytes, more than %d"
              .formatted(out.position(), GgufInput.MAX_HEAD_BYTES));
    }
    for (Map.Entry<String, Pending> tensor : tensors.entrySet()) {
      writeTensor(out, tensor.getKey(), tensor.getValue());
    }
    out.flush();
  }

  private void writeHead(GgufOutput out) throws IOException {
    out.u32(GgufParser.MAGIC);
    out.u32(3);
    out.u64(tensors.size());
    out.u64(metadata.size());
    for (Map.Entry<String, GgufValue> entry : metadata.entrySet()) {
      out.string(Utf8.encode(entry.getKey()));
      out.u32(entry.getValue().type().id());
      writeValue(out, entry.getValue());
    }
    long offset = 0;
    for (Map.Entry<String, Pending> entry : tensors.entrySet()) {
      Pending tensor = entry.getValue();
      out.string(Utf8.encode(entry.getKey()));
      out.u32(tensor.shape.size());
      for (long dimension : tensor.shape.reversed()) {
        out.u64(dimension);
      }
      out.u32(tensor.type.id());
      out.u64(offset);
      offset = Math.addExact(offset, GgufOutput.padded(tensor.byteSize, alignment));
    }
    if (!tensors.isEmpty()) {
      out.pad(alignment);
    }
  }

  private static void writeValue(GgufOutput out, GgufValue value) throws IOException {
    switch (value) {
      case GgufValue.IntegerValue number -> {
        switch (number.type()) {
          case UINT8, INT8 -> out.u8((int) number.bits());
          case UINT16, INT16 -> out.u16((int) number.bits());
          case UINT32, INT32 -> out.u32((int) number.bits());
          case UINT64, INT64 -> out.u64(number.bits());
          case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> throw new AssertionError(number.type());
        }
      }
      case GgufValue.Float32Value number -> out.u32(Float.floatToRawIntBits(number.value()));
      case GgufValue.Float64Value number -> out.u64(Double.doubleToRawLongBits(number.value()));
      case GgufValue.BoolValue bool -> out.u8(bool.value() ? 1 : 0);
      case GgufValue.TextValue text -> out.string(text.bytes());
      case GgufNumberArray array -> {
        out.u32(array.elementType().id());
        out.u64(array.size());
        out.write(ByteBuffer.wrap(array.raw()));
      }
      case GgufStringArray array -> {
        out.u32(GgufValueType.STRING.id());
        out.u64(array.size());
        out.write(ByteBuffer.wrap(array.raw()));
      }
    }
  }

  private void writeTensor(GgufOutput out, String name, Pending tensor) throws IOException {
    try (Bounded bounded = new Bounded(out, name, tensor.byteSize)) {
      tensor.source.writeTo(bounded);
      if (bounded.left > 0) {
        throw new IllegalArgumentException(
            "tensor %s: the source left out %d of %d bytes"
                .formatted(name, bounded.left, tensor.byteSize));
      }
    }
    out.pad(alignment);
  }

  /** Lets through the bytes of one tensor and no more. */
  private static final class Bounded implements WritableByteChannel {
    private final GgufOutput out;
    private final String name;
    private long left;
    private boolean open = true;

    Bounded(GgufOutput out, String name, long byteSize) {
      this.out = out;
      this.name = name;
      this.left = byteSize;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (!open) {
        throw new ClosedChannelException();
      }
      int length = source.remaining();
      if (length > left) {
        throw new IllegalArgumentException(
            "tensor %s: the source writes %d bytes where %d are left"
                .formatted(name, length, left));
      }
      out.write(source);
      left -= length;
      return length;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
