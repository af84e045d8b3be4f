package dev.nomoat.quant.packed;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in rows as they are in a file, at any alignment. */
final class RowBytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private RowBytes() {}

  static short i16(byte[] rows, int at) {
    return (short) SHORT.get(rows, at);
  }

  static int i32(byte[] rows, int at) {
    return (int) INT.get(rows, at);
  }
}
