package dev.nomoat.file;

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
import java.util.List;
import java.util.function.Supplier;

/**
 * A file that is open for reading. It is taken to be as long as it was when it was opened; if it
 * turns out to be shorter, that is reported as a fault of the file.
 *
 * @param path the path that it was opened by
 * @param channel reads it, for any number of threads
 * @param size its length when it was opened, in bytes
 */
public record OpenFile(Path path, FileChannel channel, long size) implements Closeable {
  /** Bounds the buffer that the JDK keeps for each thread when it reads into heap memory. */
  private static final int MAX_READ_BYTES = 1 << 20;

  private static final int SCRATCH_CHARS = 1 << 13;

  /**
   * Opens a file; a pipe would never end, and a folder's error would not name it.
   *
   * @param path a regular file
   * @return the open file; the caller closes it
   * @throws IOException if it cannot be read or is something else
   */
  public static OpenFile open(Path path) throws IOException {
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
   * @throws ModelFormatException if the file has become shorter
   * @throws IOException if reading fails
   */
  public void read(long from, MemorySegment target, String what) throws IOException {
    read(from, target, () -> what);
  }

  private void read(long from, MemorySegment target, Supplier<String> what) throws IOException {
    long length = target.byteSize();
    long done = 0;
    while (done < length) {
      MemorySegment chunk = target.asSlice(done, Math.min(MAX_READ_BYTES, length - done));
      int read = channel.read(chunk.asByteBuffer(), from + done);
      if (read < 0) {
        throw fault(from + done, what.get(), "end of file: it was shortened");
      }
      done += read;
    }
  }

  /**
   * Copies bytes of a tensor.
   *
   * @param name the tensor's name
   * @param offset where it begins in the file
   * @param byteSize its length
   * @param from the first byte to copy, from the start of the tensor
   * @param target filled from the file
   * @throws IllegalArgumentException if the range does not lie inside the tensor, or {@code target}
   *     is neither native memory nor a view of a byte array, or not writable
   * @throws ModelFormatException if the file has become shorter
   * @throws IOException if reading fails
   */
  public void readTensor(String name, long offset, long byteSize, long from, MemorySegment target)
      throws IOException {
    long length = target.byteSize();
    if (from < 0 || length > byteSize || from > byteSize - length) {
      throw new IllegalArgumentException(
          "%d bytes from byte %d of tensor %s, which has %d"
              .formatted(length, from, name, byteSize));
    }
    if (target.isReadOnly()
        || !(target.isNative() || target.heapBase().orElseThrow() instanceof byte[])) {
      throw new IllegalArgumentException("cannot read into " + target);
    }
    // thousands of times while a model is loaded, so nothing is formatted unless it is wanted
    Supplier<String> what = () -> "%d bytes for tensor %s".formatted(byteSize, Utf8.quote(name));
    read(offset + from, target, what);
  }

  /**
   * Reads text.
   *
   * @param from its first byte
   * @param length its length in bytes
   * @param what what it is, for the message
   * @return the text
   * @throws ModelFormatException if it is not UTF-8, or the file has become shorter
   * @throws IOException if reading fails
   */
  public String text(long from, int length, String what) throws IOException {
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

  /**
   * A fault of this file.
   *
   * @param offset where it is, in bytes from the start of the file
   * @param expected what the format demands there
   * @param found what is there
   * @return the exception
   */
  public ModelFormatException fault(long offset, String expected, String found) {
    return new ModelFormatException(path, offset, expected, found);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * Closes all, also when one of them cannot be closed.
   *
   * @param files what to close
   * @throws IOException the last that was thrown
   */
  public static void closeAll(List<OpenFile> files) throws IOException {
    IOException failure = null;
    for (OpenFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
