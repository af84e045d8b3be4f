package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads one message of Protocol Buffers, field by field. Everything is checked against the bytes
 * that are left; groups, which SentencePiece has none of, are refused.
 *
 * <p>Source: the encoding guide of Protocol Buffers.
 */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int LENGTH_FIRST = 2;
  private static final int FOUR_BYTES = 5;

  private final byte[] bytes;
  private final int end;
  private int at;

  /** Where the field starts that was read last. */
  private int fieldStart;

  private int wireType;

  ProtobufReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtobufReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** The number of the next field, whose value is to be read or skipped; 0 at the end. */
  int nextField() {
    if (at == end) {
      return 0;
    }
    fieldStart = at;
    long tag = varint();
    wireType = (int) tag & 7;
    long number = tag >>> 3;
    if (number == 0 || number > 0x1FFFFFFF) {
      throw fault("a field has the number " + number);
    }
    return (int) number;
  }

  /** Where the field starts whose number was read last. */
  int offset() {
    return fieldStart;
  }

  TokenizerFormatException fault(String message) {
    return new TokenizerFormatException(fieldStart, message);
  }

  void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case EIGHT_BYTES -> take(8);
      case LENGTH_FIRST -> take(varint());
      case FOUR_BYTES -> take(4);
      default -> throw fault("a field has the wire type " + wireType);
    }
  }

  long integer() {
    expect(VARINT);
    return varint();
  }

  boolean bool() {
    return integer() != 0;
  }

  float number() {
    expect(FOUR_BYTES);
    return ByteBuffer.wrap(bytes, take(4), 4).order(ByteOrder.LITTLE_ENDIAN).getFloat();
  }

  byte[] bytes() {
    expect(LENGTH_FIRST);
    int from = take(varint());
    byte[] copy = new byte[at - from];
    System.arraycopy(bytes, from, copy, 0, copy.length);
    return copy;
  }

  /** A string, which must be UTF-8. */
  String text() {
    byte[] utf8 = bytes();
    String text = Utf8.decode(utf8, 0, utf8.length);
    if (!Arrays.equals(Utf8.encode(text), utf8)) {
      throw fault("a text is not UTF-8");
    }
    return text;
  }

  ProtobufReader message() {
    expect(LENGTH_FIRST);
    int from = take(varint());
    return new ProtobufReader(bytes, from, at);
  }

  private void expect(int wanted) {
    if (wireType != wanted) {
      throw fault("a field has the wire type %d instead of %d".formatted(wireType, wanted));
    }
  }

  /** Goes over bytes; returns where they start. */
  private int take(long length) {
    if (length < 0 || length > end - at) {
      throw fault("a field of %d bytes has only %d left".formatted(length, end - at));
    }
    int from = at;
    at += (int) length;
    return from;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw fault("a number does not end");
      }
      byte next = bytes[at++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw fault("a number has more than ten bytes");
  }
}
