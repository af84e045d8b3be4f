package dev.nomoat.file.safetensors;

import dev.nomoat.ModelFormatException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is open for reading. It is taken to be as long as it was when it was opened; if it
 * turns out to be shorter, that is reported as a fault of the file.
 *
 * @param path the path that it was opened by
 * @param channel reads it, for any number of threads
 * @param size its length when it was opened, in bytes
 */
record OpenFile(Path path, FileChannel channel, long size) implements Closeable {
  /** Bounds the buffer that the JDK keeps for each thread when it reads into heap memory. */
  private static final int MAX_READ_BYTES = 1 << 20;

  private static final int SCRATCH_CHARS = 1 << 13;

  /** Opens a file; a pipe would never end, and a folder's error would not name it. */
  static OpenFile open(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException(path + " is not a regular file");
    }
    FileChannel channel = FileChannel.open(path);
    try {
      return new OpenFile(path, channel, channel.size());
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Copies bytes.
   *
   * @param from the first byte
   * @param target filled from the file; native memory or a view of a byte array, writable
   * @param what what is read, for the message
   */
  void read(long from, MemorySegment target, String what) throws IOException {
    long length = target.byteSize();
    long done = 0;
    while (done < length) {
      MemorySegment chunk = target.asSlice(done, Math.min(MAX_READ_BYTES, length - done));
      int read = channel.read(chunk.asByteBuffer(), from + done);
      if (read < 0) {
        throw fault(from + done, what, "end of file: it was shortened");
      }
      done += read;
    }
  }

  /** Reads text, strictly: bytes that are no UTF-8 are a fault. */
  String text(long from, int length, String what) throws IOException {
    byte[] bytes = new byte[length];
    read(from, MemorySegment.ofArray(bytes), what);
    requireUtf8(bytes, from, what);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Decodes to nowhere: keeping the characters would take three times the memory of the bytes. */
  private void requireUtf8(byte[] bytes, long from, String what) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer scratch = CharBuffer.allocate(SCRATCH_CHARS);
    CoderResult result;
    do {
      scratch.clear();
      result = decoder.decode(in, scratch, true);
    } while (result.isOverflow());
    if (result.isError()) {
      int at = in.position();
      throw fault(from + at, what + " in UTF-8", "byte 0x%02x".formatted(bytes[at]));
    }
  }

  ModelFormatException fault(long offset, String expected, String found) {
    return new ModelFormatException(path, offset, expected, found);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
