package dev.nomoat.file.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts together a file by hand, right or wrong, independently of the writer. */
final class GgufBytes {
  static final int STRING = 8;
  static final int ARRAY = 9;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A file of version 3 with the given counts, and nothing after them yet. */
  static GgufBytes head(long tensors, long keys) {
    return head(3, tensors, keys);
  }

  static GgufBytes head(int version, long tensors, long keys) {
    return new GgufBytes().ascii("GGUF").u32(version).u64(tensors).u64(keys);
  }

  int position() {
    return out.size();
  }

  GgufBytes u8(int value) {
    out.write(value);
    return this;
  }

  GgufBytes u16(int value) {
    return u8(value).u8(value >>> 8);
  }

  GgufBytes u32(long value) {
    return u16((int) value).u16((int) (value >>> 16));
  }

  GgufBytes u64(long value) {
    return u32(value).u32(value >>> 32);
  }

  GgufBytes ascii(String text) {
    return raw(text.getBytes(StandardCharsets.US_ASCII));
  }

  GgufBytes raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  GgufBytes string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return u64(bytes.length).raw(bytes);
  }

  /** A key and the type of the value that follows. */
  GgufBytes key(String name, int type) {
    return string(name).u32(type);
  }

  /** A key and the head of its array. */
  GgufBytes array(String name, int elementType, long count) {
    return key(name, ARRAY).u32(elementType).u64(count);
  }

  /** A tensor; the dimensions as in the file, innermost first. */
  GgufBytes tensor(String name, int type, long offset, long... dimensions) {
    string(name).u32(dimensions.length);
    for (long dimension : dimensions) {
      u64(dimension);
    }
    return u32(type).u64(offset);
  }

  GgufBytes zeros(int count) {
    return raw(new byte[count]);
  }

  GgufBytes pad(int alignment) {
    return zeros(Math.floorMod(-position(), alignment));
  }

  Path write(Path file) throws IOException {
    return Files.write(file, out.toByteArray());
  }
}
