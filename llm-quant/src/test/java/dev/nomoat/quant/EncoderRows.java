package dev.nomoat.quant;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Rows to test encoders with, and what is made of them; see the resource folder's README.md. */
final class EncoderRows {
  static final int ROWS = 16;
  static final int COLUMNS = 512;

  /** Types whose scales are searched for, at least with an importance. */
  static final Set<TensorType> SEARCHED =
      EnumSet.of(
          TensorType.Q4_0,
          TensorType.Q4_1,
          TensorType.Q5_0,
          TensorType.Q5_1,
          TensorType.Q2_K,
          TensorType.Q3_K,
          TensorType.Q4_K,
          TensorType.Q5_K,
          TensorType.Q6_K,
          TensorType.IQ4_NL,
          TensorType.IQ4_XS);

  private static final List<String> KINDS = List.of("story", "gaussian", "laplace", "student");

  /**
   * The {@link #checksums} on every machine and with every implementation. They may change together
   * with what an encoder looks for.
   */
  static final List<String> CHECKSUMS =
      """
      Q4_0 9bbf3874
      Q4_1 c591f349
      Q5_0 e0ea17f9
      Q5_1 21439ac6
      Q2_K 32e172ec
      Q3_K d700be79
      Q4_K 03cf4fde
      Q5_K 727bf247
      Q6_K c3340c28
      IQ4_NL f9dbad0b
      IQ4_XS 2c2c1a4c
      """
          .lines()
          .toList();

  private EncoderRows() {}

  /** The importance of each column. */
  static float[] importance() {
    return MemorySegment.ofArray(resource("encoder.rows"))
        .asSlice(0, COLUMNS * Float.BYTES)
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  /** The importance of each number of all rows. */
  static float[] importanceOfAll() {
    float[] all = new float[ROWS * COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      System.arraycopy(importance(), 0, all, row * COLUMNS, COLUMNS);
    }
    return all;
  }

  /** The rows of a kind. */
  static float[] rows(String kind) {
    byte[] bytes = resource("encoder.rows");
    long from = COLUMNS * 4L + KINDS.indexOf(kind) * (ROWS * COLUMNS * 2L);
    float[] rows = new float[ROWS * COLUMNS];
    BlockCodec.of(TensorType.F16).decode(MemorySegment.ofArray(bytes), from, rows, 0, rows.length);
    return rows;
  }

  static List<String> errorsOfGgml() {
    return new String(resource("encoder-errors.txt"), StandardCharsets.UTF_8).lines().toList();
  }

  static byte[] encode(BlockCodec codec, float[] x, float @Nullable [] importance) {
    byte[] bytes = new byte[Math.toIntExact(codec.type().rowBytes(x.length))];
    MemorySegment dst = MemorySegment.ofArray(bytes);
    if (importance == null) {
      codec.encode(x, 0, dst, 0, x.length);
    } else {
      codec.encode(x, 0, importance, 0, dst, 0, x.length);
    }
    return bytes;
  }

  static float[] decode(TensorType type, byte[] bytes) {
    float[] decoded = new float[bytes.length / type.blockBytes() * type.blockElements()];
    BlockCodec.of(type).decode(MemorySegment.ofArray(bytes), 0, decoded, 0, decoded.length);
    return decoded;
  }

  static float[] coded(TensorType type, float[] x, float @Nullable [] importance) {
    return decode(type, encode(BlockCodec.of(type), x, importance));
  }

  /** The root of the weighted mean square error, relative to that of the numbers. */
  static double relativeError(float[] x, float[] decoded, float @Nullable [] importance) {
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      double weight = importance == null ? 1 : importance[i];
      double error = (double) decoded[i] - x[i];
      errors += weight * error * error;
      squares += weight * x[i] * x[i];
    }
    return Math.sqrt(errors / squares);
  }

  /**
   * Checksums of the blocks that all searching encoders make of all rows, without and with
   * importance.
   */
  static List<String> checksums(Kernels kernels) {
    return SEARCHED.stream()
        .map(
            type -> {
              BlockCodec codec = BlockCodec.of(type, () -> kernels);
              CRC32 crc = new CRC32();
              for (String kind : KINDS) {
                float[] x = rows(kind);
                crc.update(encode(codec, x, null));
                crc.update(encode(codec, x, importanceOfAll()));
              }
              return "%s %08x".formatted(type, crc.getValue());
            })
        .toList();
  }

  private static byte[] resource(String name) {
    try (InputStream in = EncoderRows.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
