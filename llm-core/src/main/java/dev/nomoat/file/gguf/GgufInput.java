package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A cursor over the head of a file. It refuses to move past the end of the file, or past {@link
 * #MAX_HEAD_BYTES}, before it reads or allocates anything.
 *
 * <p>It reads the channel, not a mapping, because a mapped read of a file that is shortened
 * meanwhile cannot be recovered from cleanly.
 */
final class GgufInput {
  /**
   * The most bytes that metadata and tensor descriptions may take together. The largest
   * vocabularies take some 20 MB; without a limit a model of 100 GB could claim, rightly by its
   * length, an array of 100 GB, which would be read to the heap.
   */
  static final long MAX_HEAD_BYTES = 256L << 20;

  private static final int WINDOW_BYTES = 1 << 16;

  private final OpenFile file;
  private final long limit;
  private final ByteBuffer window;
  private long windowStart;

  GgufInput(OpenFile file) {
    this.file = file;
    this.limit = Math.min(file.size(), MAX_HEAD_BYTES);
    this.window = ByteBuffer.allocate(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  }

  long fileSize() {
    return file.size();
  }

  long position() {
    return windowStart + window.position();
  }

  long remaining() {
    return limit - position();
  }

  int u8(String what) throws IOException {
    require(1, what);
    return window.get() & 0xff;
  }

  int u16(String what) throws IOException {
    require(2, what);
    return window.getShort() & 0xffff;
  }

  /** The bits of an unsigned 32-bit number. */
  int u32(String what) throws IOException {
    require(4, what);
    return window.getInt();
  }

  /** The bits of an unsigned 64-bit number. */
  long u64(String what) throws IOException {
    require(8, what);
    return window.getLong();
  }

  /**
   * A count of things that follow, each taking at least {@code minBytes}.
   *
   * @param max the most that are accepted however long the file is
   */
  int count(String what, long minBytes, int max) throws IOException {
    long at = position();
    long count = u64(what);
    long fit = Math.min(max, remaining() / minBytes);
    if (count < 0 || count > fit) {
      throw fault(at, what + ", at most " + fit + " here", Long.toUnsignedString(count));
    }
    return (int) count;
  }

  /** The next {@code length} bytes. */
  byte[] bytes(int length, String what) throws IOException {
    claim(length, what);
    byte[] bytes = new byte[length];
    int buffered = Math.min(length, window.remaining());
    window.get(bytes, 0, buffered);
    if (buffered < length) {
      long at = position();
      file.read(at, MemorySegment.ofArray(bytes).asSlice(buffered), what);
      moveTo(at + length - buffered);
    }
    return bytes;
  }

  /** Moves past the next {@code length} bytes. */
  void skip(long length, String what) throws IOException {
    claim(length, what);
    if (length <= window.remaining()) {
      window.position(window.position() + (int) length);
    } else {
      moveTo(position() + length);
    }
  }

  /** Bytes that the cursor has already passed. */
  byte[] passed(long from, long to) throws IOException {
    assert from <= to && to <= position();
    byte[] bytes = new byte[Math.toIntExact(to - from)];
    file.read(from, MemorySegment.ofArray(bytes), "the metadata");
    return bytes;
  }

  /** Checks that {@code length} bytes are left. */
  void claim(long length, String what) {
    if (length < 0 || length > remaining()) {
      String reason =
          limit < file.size() ? " before the limit of " + limit + " bytes for metadata" : "";
      throw fault(
          position(),
          Long.toUnsignedString(length) + " bytes for " + what,
          remaining() + " bytes left" + reason);
    }
  }

  ModelFormatException fault(long offset, String expected, String found) {
    return file.fault(offset, expected, found);
  }

  /** Brings the next {@code length} bytes into the window, at most 8. */
  private void require(int length, String what) throws IOException {
    if (window.remaining() >= length) {
      return;
    }
    claim(length, what);
    long at = position();
    window.compact();
    windowStart = at;
    window.limit((int) Math.min(window.capacity(), limit - at));
    MemorySegment free = MemorySegment.ofBuffer(window);
    file.read(at + window.position(), free, "the metadata");
    window.position(window.limit());
    window.flip();
  }

  private void moveTo(long position) {
    windowStart = position;
    window.limit(0);
  }
}
