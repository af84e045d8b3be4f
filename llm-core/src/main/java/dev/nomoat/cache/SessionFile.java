package dev.nomoat.cache;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.NewFile;
import dev.nomoat.file.OpenFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A file with the keys and values of a sequence, and its recurrent state. Little-endian: a header
 * of {@value #HEADER} bytes (magic, version, number of tokens, bytes of a frame, mark of the
 * model), the tokens, the state at the first token of the last page, the pages in ascending order,
 * a CRC-32C of the state at the end, and a CRC-32C of all that. State and pages are as in memory.
 * Of layers that see only a window, there are those pages that the first token of the last page
 * sees, and the last page. Sequences without recurrent state have neither it nor its checksum; at
 * token 0 there is no state yet.
 */
public final class SessionFile {
  private static final byte[] MAGIC = "NOMOATSN".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 3;
  private static final int HEADER = 32;
  private static final int CHECKSUM = 4;
  private static final long MOST_AT_ONCE = 1 << 30;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SessionFile() {}

  /**
   * What tells models apart whose sequences cannot be the same.
   *
   * @param architecture the model's family
   * @param vocabulary number of token ids
   * @param pool its cache
   * @return the mark
   */
  public static long mark(String architecture, int vocabulary, PagePool pool) {
    CacheShape shape = pool.shape();
    StringBuilder text = new StringBuilder(architecture);
    text.append(' ').append(vocabulary).append(' ').append(shape.type());
    text.append(' ').append(CacheShape.PAGE);
    for (CacheShape.Layer layer : shape.layers()) {
      text.append(' ').append(layer.kvHeads()).append('x').append(layer.keyDim());
      text.append('+').append(layer.valueDim()).append(layer.valuesInKeys());
      text.append(layer.span().kind()).append(layer.span().length());
    }
    text.append(' ').append(pool.stateShape().layers());
    CRC32C crc = new CRC32C();
    crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  /**
   * Writes a file, or leaves what was there when that fails.
   *
   * @param file the file
   * @param mark of the model
   * @param tokens the sequence's tokens
   * @param cache has evaluated them up to the {@link #lastPage}, and still has what the first one
   *     of it sees
   * @param lastPage evaluates the others
   * @throws IOException if writing fails
   */
  public static void write(
      Path file, long mark, int[] tokens, SequenceCache cache, Runnable lastPage)
      throws IOException {
    NewFile.write(
        file,
        channel -> {
          CRC32C crc = new CRC32C();
          MemorySegment head = MemorySegment.ofArray(new byte[HEADER + 4 * tokens.length]);
          MemorySegment.copy(MemorySegment.ofArray(MAGIC), 0, head, 0, MAGIC.length);
          head.set(INT, 8, VERSION);
          head.set(INT, 12, tokens.length);
          head.set(LONG, 16, cache.footprint().frameBytes());
          head.set(LONG, 24, mark);
          MemorySegment.copy(tokens, 0, head, INT, HEADER, tokens.length);
          write(channel, head, crc);
          if (lastPage(tokens.length) > 0) {
            write(channel, cache.state(), crc);
          }
          lastPage.run();
          for (int page = 0; page * CacheShape.PAGE < tokens.length; page++) {
            for (MemorySegment frame : cache.page(page)) {
              write(channel, frame, crc);
            }
          }
          if (cache.hasState()) {
            write(channel, number(stateChecksum(cache)), crc);
          }
          write(channel, number((int) crc.getValue()), crc);
        });
  }

  /**
   * Where the last page of a sequence begins.
   *
   * @param tokens its length, positive
   * @return the position of the page's first token
   */
  public static int lastPage(int tokens) {
    return (tokens - 1) / CacheShape.PAGE * CacheShape.PAGE;
  }

  private static MemorySegment number(int value) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[CHECKSUM]);
    bytes.set(INT, 0, value);
    return bytes;
  }

  private static void write(FileChannel channel, MemorySegment bytes, CRC32C crc)
      throws IOException {
    for (ByteBuffer buffer : buffers(bytes)) {
      crc.update(buffer.duplicate());
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  /** Memory as buffers, which have their limit. */
  private static List<ByteBuffer> buffers(MemorySegment bytes) {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (long at = 0; at < bytes.byteSize(); at += MOST_AT_ONCE) {
      buffers.add(bytes.asSlice(at, Math.min(MOST_AT_ONCE, bytes.byteSize() - at)).asByteBuffer());
    }
    return buffers;
  }

  /**
   * What tells recurrent states apart.
   *
   * @param cache a sequence
   * @return a CRC-32C of its state; 0 without one
   */
  public static int stateChecksum(SequenceCache cache) {
    CRC32C crc = new CRC32C();
    buffers(cache.state()).forEach(crc::update);
    return (int) crc.getValue();
  }

  /**
   * Reads the tokens, and checks that the rest has the right size.
   *
   * @param file a file
   * @param mark of the model
   * @param pool the model's cache
   * @return the tokens
   * @throws IOException if reading fails
   * @throws ModelFormatException when it is no such file, or damaged
   * @throws IllegalArgumentException when it is of another model or version
   */
  public static int[] tokens(OpenFile file, long mark, PagePool pool) throws IOException {
    require(file, file.size() >= HEADER + CHECKSUM, 0, "a session", file.size() + " bytes");
    MemorySegment head = MemorySegment.ofArray(new byte[HEADER]);
    file.read(0, head, "the header");
    byte[] magic = head.asSlice(0, MAGIC.length).toArray(ValueLayout.JAVA_BYTE);
    require(file, Arrays.equals(magic, MAGIC), 0, "a session", "another kind of file");
    int version = head.get(INT, 8);
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "%s: a session of version %d; this is version %d"
              .formatted(file.path(), version, VERSION));
    }
    if (head.get(LONG, 24) != mark || head.get(LONG, 16) != pool.footprint().frameBytes()) {
      throw foreign(file.path());
    }
    int count = head.get(INT, 12);
    long pages = count > 0 ? pool.layout().bytes(lastPage(count), count) : 0;
    long state =
        pool.hasState() ? CHECKSUM + (lastPage(count) > 0 ? pool.stateShape().bytes() : 0) : 0;
    long expected = HEADER + 4L * count + state + pages + CHECKSUM;
    require(
        file,
        count > 0 && expected == file.size(),
        12,
        "the tokens of %d bytes".formatted(file.size()),
        count + " tokens");
    MemorySegment ids = MemorySegment.ofArray(new byte[4 * count]);
    file.read(HEADER, ids, "the tokens");
    return ids.toArray(INT);
  }

  /**
   * Reads the pages, and the recurrent state.
   *
   * @param file a file whose {@link #tokens} were read
   * @param tokens they
   * @param cache has room for them from {@link #lastPage} on, and for what is seen from there;
   *     receives their keys and values, and the state at the last page, so that it can go on there
   * @return what {@link #stateChecksum} is when it has
   * @throws IOException if reading fails
   * @throws ModelFormatException when it is damaged
   */
  public static int read(OpenFile file, int[] tokens, SequenceCache cache) throws IOException {
    CRC32C crc = new CRC32C();
    long at = HEADER + 4L * tokens.length;
    MemorySegment head = MemorySegment.ofArray(new byte[(int) at]);
    file.read(0, head, "the header");
    crc.update(head.asByteBuffer());
    int last = lastPage(tokens.length);
    if (last > 0) {
      at = read(file, at, cache.state(), "the recurrent state", crc);
      cache.stateWasRead(last);
    }
    for (int page = 0; page * CacheShape.PAGE < tokens.length; page++) {
      for (MemorySegment frame : cache.page(page)) {
        at = read(file, at, frame, "page " + page, crc);
      }
    }
    MemorySegment ofState = number(0);
    if (cache.hasState()) {
      at = read(file, at, ofState, "the checksum of the recurrent state", crc);
    }
    MemorySegment sum = number(0);
    file.read(at, sum, "the checksum");
    require(
        file,
        sum.get(INT, 0) == (int) crc.getValue(),
        at,
        "the checksum of what was written",
        "another one");
    return ofState.get(INT, 0);
  }

  /** Reads bytes; where the next ones begin. */
  private static long read(OpenFile file, long at, MemorySegment bytes, String what, CRC32C crc)
      throws IOException {
    file.read(at, bytes, what);
    buffers(bytes).forEach(crc::update);
    return at + bytes.byteSize();
  }

  /**
   * A session that this model has not written.
   *
   * @param file its path
   * @return the error
   */
  public static IllegalArgumentException foreign(Path file) {
    return new IllegalArgumentException(
        file + ": a session of another model, or of other options of loading");
  }

  private static void require(
      OpenFile file, boolean right, long offset, String expected, String found) {
    if (!right) {
      throw new ModelFormatException(file.path(), offset, expected, found);
    }
  }
}
