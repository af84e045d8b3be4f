package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * The 1-bit codebook formats. A point of the one codebook has eight coordinates out of −1, 0 and 1,
 * to all of which an eighth is added or from all of which it is taken.
 *
 * <pre>
 *   IQ1_S, 50 bytes   d: 2   qs: 32   8 × (4 × upper bits of an index: 3 bits, s: 3 bits, minus: 1 bit)
 *   IQ1_M, 56 bytes   qs: 32   32 × (upper bits of an index: 3 bits, minus: 1 bit)
 *                     4 × (4 × s: 3 bits, 4 bits of d, the lowest first)
 * </pre>
 *
 * <p>{@code x = d/8 · (2s + 1) · (8 · coordinate ± 1)}, with s for 32 numbers in IQ1_S and for 16
 * in IQ1_M. The lower eight bits of an index are in {@code qs}.
 */
public abstract sealed class Iq1Format extends CodebookFormat {
  /** The format IQ1_S. */
  public static final Iq1Format S = new S();

  /** The format IQ1_M. */
  public static final Iq1Format M = new M();

  private static final int POINT = 8;

  /** The bit of a code above the two that tell the coordinate: an eighth is added. */
  private static final int PLUS = 4;

  private static final class Book {
    static final Codebook BOOK = Codebook.of("iq1_s", 2048, 2);
  }

  private Iq1Format(int blockBytes, int runColumns) {
    super(
        blockBytes,
        runColumns,
        1 / 8f,
        (byte) -9,
        (byte) -1,
        (byte) 7,
        (byte) 0,
        (byte) -7,
        (byte) 1,
        (byte) 9,
        (byte) 0);
  }

  static void point(int index, boolean minus, byte[] codes, int at) {
    for (int j = 0; j < POINT; j++) {
      int code = Book.BOOK.coordinate(index, j);
      codes[at + j] = (byte) (minus ? code : code | PLUS);
    }
  }

  private static final class S extends Iq1Format {
    S() {
      super(50, 32);
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int run = 0; run < 8; run++) {
        int qh = Bytes.u16(src, block + 34 + 2L * run);
        for (int i = 0; i < 4; i++) {
          int index = Bytes.u8(src, block + 2 + 4L * run + i) | (((qh >>> (3 * i)) & 7) << 8);
          point(index, qh >>> 15 != 0, codes, 32 * run + POINT * i);
        }
        scales[run] = Quants.odd((qh >>> 12) & 7);
      }
      return src.get(Bytes.SHORT, block);
    }
  }

  private static final class M extends Iq1Format {
    M() {
      super(56, 16);
    }

    private static short scale(MemorySegment src, long block) {
      int d = 0;
      for (int i = 0; i < 4; i++) {
        d |= Bytes.u16(src, block + 48 + 2L * i) >>> 12 << (4 * i);
      }
      return (short) d;
    }

    @Override
    public short read(MemorySegment src, long block, byte[] codes, byte[] scales) {
      for (int i = 0; i < 32; i++) {
        int qh = Bytes.nibble(src, block + 32, i);
        point(Bytes.u8(src, block + i) | ((qh & 7) << 8), qh >>> 3 != 0, codes, POINT * i);
      }
      for (int run = 0; run < 16; run++) {
        scales[run] =
            Quants.odd((Bytes.u16(src, block + 48 + 2L * (run / 4)) >>> (3 * (run % 4))) & 7);
      }
      return scale(src, block);
    }
  }
}
