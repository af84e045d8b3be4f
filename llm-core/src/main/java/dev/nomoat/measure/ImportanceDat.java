package dev.nomoat.measure;

import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads importance from files as llama.cpp wrote them before it had GGUF for that, mostly called
 * {@code imatrix.dat}. All numbers are little-endian and take 4 bytes: how many tensors there are;
 * for each the length of its name, the name, of how many chunks it is the sum, how many numbers
 * follow, and those as F32; then, where the writer knew them, how many chunks were evaluated, the
 * length of the name of the text, and the name. The matrices of a tensor of experts lie one behind
 * another, and nothing tells how many they are.
 */
final class ImportanceDat {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final byte[] GGUF = "GGUF".getBytes(StandardCharsets.US_ASCII);

  /** A name of a byte, and a number. */
  private static final int LEAST_ENTRY_BYTES = 4 * Integer.BYTES + 1;

  /** So that no array of bytes or numbers is too long. */
  private static final int MOST = Integer.MAX_VALUE / 8;

  private final OpenFile file;
  private long position;

  private ImportanceDat(OpenFile file) {
    this.file = file;
  }

  /** Whether a file begins as GGUF does, which no file of this kind does. */
  static boolean isGguf(OpenFile file) throws IOException {
    byte[] magic = new byte[GGUF.length];
    if (file.size() >= magic.length) {
      file.read(0, MemorySegment.ofArray(magic), "the beginning");
    }
    return Arrays.equals(magic, GGUF);
  }

  /**
   * Reads a file.
   *
   * @throws dev.nomoat.ModelFormatException if it is damaged
   */
  static ImportanceMatrix read(OpenFile file) throws IOException {
    return new ImportanceDat(file).read();
  }

  private ImportanceMatrix read() throws IOException {
    Map<String, MeasuredColumns> columns = new TreeMap<>();
    int entries = count("GGUF, or a number of tensors", LEAST_ENTRY_BYTES);
    for (int entry = 0; entry < entries; entry++) {
      long start = position;
      String name = text("a tensor's name");
      if (columns.put(name, numbers()) != null) {
        throw file.fault(start, "a tensor that was not named before", Utf8.quote(name));
      }
    }
    if (position == file.size()) {
      return new ImportanceMatrix(columns, List.of(), 0, 0);
    }
    int chunks = number("a number of chunks");
    if (chunks < 0) {
      throw file.fault(position - Integer.BYTES, "a number of chunks", chunks + "");
    }
    List<String> datasets = List.of(text("the name of the text"));
    if (position != file.size()) {
      throw file.fault(position, "the end of the file", file.size() - position + " bytes");
    }
    return new ImportanceMatrix(columns, datasets, chunks, 0);
  }

  private MeasuredColumns numbers() throws IOException {
    long start = position;
    int chunks = number("a number of chunks");
    int size = count("a number of columns", Float.BYTES);
    MemorySegment bytes = bytes((long) size * Float.BYTES, "columns");
    float[] sums = new float[size];
    for (int i = 0; i < size; i++) {
      sums[i] = bytes.get(FLOAT, (long) i * Float.BYTES);
    }
    try {
      // 0 chunks: what follows is no sum, but the mean already
      return new MeasuredColumns(sums, new long[] {chunks == 0 ? 1 : chunks});
    } catch (IllegalArgumentException e) {
      throw file.fault(start, "sums of squares", String.valueOf(e.getMessage()));
    }
  }

  private String text(String what) throws IOException {
    int length = count("the length of " + what, 1);
    String text = file.text(position, length, what);
    position += length;
    return text;
  }

  /** A number of things that follow, at least one, each of which takes some bytes at least. */
  private int count(String what, int bytes) throws IOException {
    long at = position;
    int count = number(what);
    long left = file.size() - position;
    if (count <= 0 || count > Math.min(MOST, left / bytes)) {
      String expected = "%s, 1 or more that fit into the last %d bytes".formatted(what, left);
      throw file.fault(at, expected, String.valueOf(count));
    }
    return count;
  }

  private int number(String what) throws IOException {
    return bytes(Integer.BYTES, what).get(INT, 0);
  }

  private MemorySegment bytes(long length, String what) throws IOException {
    if (length > file.size() - position) {
      throw file.fault(position, what, "the end of the file");
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(length)]);
    file.read(position, bytes, what);
    position += length;
    return bytes;
  }
}
