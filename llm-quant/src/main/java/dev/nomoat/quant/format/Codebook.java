package dev.nomoat.quant.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The points of a grid that a format can name by an index. A coordinate is a place among the
 * format's levels.
 *
 * <p>The numbers are part of the format and cannot be computed: they are read from a resource of 16
 * bits for each point, little-endian, the first coordinate lowest.
 */
final class Codebook {
  private final byte[] bytes;
  private final int bits;

  private Codebook(byte[] bytes, int bits) {
    this.bytes = bytes;
    this.bits = bits;
  }

  /**
   * Reads a codebook.
   *
   * @param name of the format, as in the resource's name
   * @param points how many there are
   * @param bits of a coordinate
   * @throws IllegalStateException if the resource is not there or has another size
   */
  static Codebook of(String name, int points, int bits) {
    String resource = name + ".codebook";
    try (InputStream in = Codebook.class.getResourceAsStream(resource)) {
      byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
      if (bytes.length != points * Short.BYTES) {
        throw new IllegalStateException(
            "%s holds %d bytes, not %d".formatted(resource, bytes.length, points * Short.BYTES));
      }
      return new Codebook(bytes, bits);
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  /** Coordinate i of a point. */
  int coordinate(int point, int i) {
    int packed = (bytes[2 * point] & 0xFF) | ((bytes[2 * point + 1] & 0xFF) << 8);
    return (packed >>> (bits * i)) & ((1 << bits) - 1);
  }
}
