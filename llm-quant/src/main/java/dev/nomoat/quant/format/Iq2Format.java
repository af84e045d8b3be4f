package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * The 2-bit codebook formats. A point has eight coordinates, magnitudes out of 8, 25 and 43; a byte
 * of signs goes with it, bit j for coordinate j.
 *
 * <pre>
 *   IQ2_XXS, 66 bytes   d: 2   8 × (4 × index: 8 bits, 4 × signs: 7 bits, s: 4 bits)
 *   IQ2_XS,  74 bytes   d: 2   32 × (index: 9 bits, signs: 7 bits)   scales: 16 × 4 bits
 *   IQ2_S,   82 bytes   d: 2   qs: 32   signs: 32   qh: 8   scales: 16 × 4 bits
 * </pre>
 *
 * <p>{@code x = d/8 · (2s + 1) · ± magnitude}, with s for 32 numbers in IQ2_XXS, else for 16. Signs
 * of 7 bits have an eighth that makes the number of ones even. The index of IQ2_S has 8 bits in
 * {@code qs} and two above in {@code qh}, the first point of each four lowest.
 */
public abstract sealed class Iq2Format extends CodebookFormat {
  /** The format IQ2_XXS. */
  public static final Iq2Format XXS = new Xxs();

  /** The format IQ2_XS. */
  public static final Iq2Format XS = new Xs();

  /** The format IQ2_S. */
  public static final Iq2Format S = new S();

  private static final int POINT = 8;
  private static final int NEGATIVE = 4;

  private final Codebook book;

  private Iq2Format(int blockBytes, int runColumns, String name, int points) {
    super(
        blockBytes,
        runColumns,
        1 / 8f,
        (byte) 0,
        (byte) 8,
        (byte) 25,
        (byte) 43,
        (byte) 0,
        (byte) -8,
        (byte) -25,
        (byte) -43);
    this.book = Codebook.of(name, points, 2);
  }

  final void point(int index, int signs, byte[] codes, int at) {
    for (int j = 0; j < POINT; j++) {
      int code = 1 + book.coordinate(index, j);
      codes[at + j] = (byte) (((signs >>> j) & 1) == 0 ? code : code | NEGATIVE);
    }
  }

  private static final class Xxs extends Iq2Format {
    Xxs() {
      super(66, 32, "iq2_xxs", 256);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int run = 0; run < 8; run++) {
        long at = block + 2 + 8L * run;
        int signsAndScale = Bytes.i32(src, at + 4);
        for (int i = 0; i < 4; i++) {
          int signs = Quants.evenSigns(signsAndScale >>> (7 * i));
          point(Bytes.u8(src, at + i), signs, codes, 32 * run + POINT * i);
        }
        scales[run] = Quants.odd(signsAndScale >>> 28);
      }
      return src.get(Bytes.SHORT, block);
    }
  }

  private static final class Xs extends Iq2Format {
    Xs() {
      super(74, 16, "iq2_xs", 512);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int i = 0; i < 32; i++) {
        int both = Bytes.u16(src, block + 2 + 2L * i);
        point(both & 511, Quants.evenSigns(both >>> 9), codes, POINT * i);
      }
      nibbleScales(src, block + 66, scales);
      return src.get(Bytes.SHORT, block);
    }
  }

  private static final class S extends Iq2Format {
    S() {
      super(82, 16, "iq2_s", 1024);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int i = 0; i < 32; i++) {
        int upper = (Bytes.u8(src, block + 66 + i / 4) >>> (2 * (i % 4))) & 3;
        int index = Bytes.u8(src, block + 2 + i) | (upper << 8);
        point(index, Bytes.u8(src, block + 34 + i), codes, POINT * i);
      }
      nibbleScales(src, block + 74, scales);
      return src.get(Bytes.SHORT, block);
    }
  }

  private static void nibbleScales(MemorySegment src, long at, byte[] scales) {
    for (int run = 0; run < scales.length; run++) {
      scales[run] = Quants.odd(Bytes.nibble(src, at, run));
    }
  }
}
