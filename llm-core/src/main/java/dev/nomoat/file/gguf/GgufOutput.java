package dev.nomoat.file.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** Writes little-endian numbers through a buffer and counts the bytes. */
final class GgufOutput {
  private static final int BUFFER_BYTES = 1 << 16;

  private final WritableByteChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long flushed;

  GgufOutput(WritableByteChannel channel) {
    this.channel = channel;
  }

  void u8(int value) throws IOException {
    room(1).put((byte) value);
  }

  void u16(int value) throws IOException {
    room(2).putShort((short) value);
  }

  void u32(int value) throws IOException {
    room(4).putInt(value);
  }

  void u64(long value) throws IOException {
    room(8).putLong(value);
  }

  void string(byte[] bytes) throws IOException {
    u64(bytes.length);
    write(ByteBuffer.wrap(bytes));
  }

  /** Writes all that the source has left. */
  void write(ByteBuffer source) throws IOException {
    if (source.remaining() <= buffer.remaining()) {
      buffer.put(source);
      return;
    }
    flush();
    flushed += source.remaining();
    while (source.hasRemaining()) {
      channel.write(source);
    }
  }

  /** How many bytes were written. */
  long position() {
    return flushed + buffer.position();
  }

  /** Writes zeros up to a multiple of the alignment. */
  void pad(int alignment) throws IOException {
    long zeros = padded(position(), alignment) - position();
    for (long i = 0; i < zeros; i++) {
      u8(0);
    }
  }

  /** A size rounded up to a multiple of the alignment. */
  static long padded(long size, int alignment) {
    return Math.multiplyExact(Math.ceilDiv(size, alignment), (long) alignment);
  }

  void flush() throws IOException {
    flushed += buffer.position();
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private ByteBuffer room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
    return buffer;
  }
}
