package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * The 3-bit codebook formats. A point has four coordinates, magnitudes out of eight; a byte of
 * signs goes with two points, bit j for coordinate j of both.
 *
 * <pre>
 *   IQ3_XXS,  98 bytes   d: 2   qs: 64   8 × (4 × signs: 7 bits, s: 4 bits)
 *   IQ3_S,   110 bytes   d: 2   qs: 64   qh: 8   signs: 32   scales: 8 × 4 bits
 * </pre>
 *
 * <p>{@code x = d/4 · (2s + 1) · ± magnitude} in IQ3_XXS, with magnitudes 4, 12, 20, 28, 36, 44,
 * 52, 62; {@code x = d · (2s + 1) · ± magnitude} in IQ3_S, with 1, 3, 5 … 15; s holds for 32
 * numbers. Signs of 7 bits have an eighth that makes the number of ones even. The index of IQ3_S
 * has 8 bits in {@code qs} and one above in {@code qh}, the first point of each eight lowest.
 */
public abstract sealed class Iq3Format extends CodebookFormat {
  /** The format IQ3_XXS. */
  public static final Iq3Format XXS = new Xxs();

  /** The format IQ3_S. */
  public static final Iq3Format S = new S();

  private static final int POINT = 4;
  private static final int MAGNITUDES = 8;

  private final Codebook book;

  private Iq3Format(int blockBytes, float unit, String name, int points, int... magnitudes) {
    super(blockBytes, 32, unit, levels(magnitudes));
    this.book = Codebook.of(name, points, 3);
  }

  /** All, ascending. */
  private static byte[] levels(int[] magnitudes) {
    byte[] levels = new byte[2 * MAGNITUDES];
    for (int i = 0; i < MAGNITUDES; i++) {
      levels[MAGNITUDES + i] = (byte) magnitudes[i];
      levels[MAGNITUDES - 1 - i] = (byte) -magnitudes[i];
    }
    return levels;
  }

  final void point(int index, int signs, byte[] codes, int at) {
    for (int j = 0; j < POINT; j++) {
      int i = book.coordinate(index, j);
      codes[at + j] = (byte) (((signs >>> j) & 1) == 0 ? MAGNITUDES + i : MAGNITUDES - 1 - i);
    }
  }

  private static final class Xxs extends Iq3Format {
    Xxs() {
      super(98, 1 / 4f, "iq3_xxs", 256, 4, 12, 20, 28, 36, 44, 52, 62);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int run = 0; run < 8; run++) {
        int signsAndScale = Bytes.i32(src, block + 66 + 4L * run);
        for (int i = 0; i < 8; i++) {
          int signs = Quants.evenSigns(signsAndScale >>> (7 * (i / 2))) >>> (POINT * (i % 2));
          point(Bytes.u8(src, block + 2 + 8L * run + i), signs, codes, 32 * run + POINT * i);
        }
        scales[run] = Quants.odd(signsAndScale >>> 28);
      }
      return src.get(Bytes.SHORT, block);
    }
  }

  private static final class S extends Iq3Format {
    S() {
      super(110, 1, "iq3_s", 512, 1, 3, 5, 7, 9, 11, 13, 15);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int i = 0; i < 64; i++) {
        int upper = (Bytes.u8(src, block + 66 + i / 8) >>> (i % 8)) & 1;
        int signs = Bytes.u8(src, block + 74 + i / 2) >>> (POINT * (i % 2));
        point(Bytes.u8(src, block + 2 + i) | (upper << 8), signs, codes, POINT * i);
      }
      for (int run = 0; run < 8; run++) {
        scales[run] = Quants.odd(Bytes.nibble(src, block + 106, run));
      }
      return src.get(Bytes.SHORT, block);
    }
  }
}
