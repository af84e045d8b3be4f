package dev.nomoat.quant;

import java.util.Optional;

/**
 * A number format that a tensor can be stored in, identified as in ggml and GGUF files.
 *
 * <p>A row of a tensor is a sequence of blocks. A block holds {@link #blockElements()} consecutive
 * numbers in {@link #blockBytes()} bytes; a plain type, such as {@link #F32}, has blocks of one
 * number. A block never spans two rows.
 *
 * <p>Being listed here means that the size of a tensor is known, not that its numbers can be
 * decoded.
 *
 * <p>Source of ids and sizes: {@code enum ggml_type} and the block structures of <a
 * href="https://github.com/ggml-org/ggml">ggml</a>.
 */
public enum TensorType {
  /** IEEE 754 binary32. */
  F32(0, 1, 4),
  /** IEEE 754 binary16. */
  F16(1, 1, 2),
  /** 32 signed 4-bit numbers with one F16 scale. */
  Q4_0(2, 32, 18),
  /** 32 unsigned 4-bit numbers with an F16 scale and an F16 minimum. */
  Q4_1(3, 32, 20),
  /** 32 signed 5-bit numbers with one F16 scale. */
  Q5_0(6, 32, 22),
  /** 32 unsigned 5-bit numbers with an F16 scale and an F16 minimum. */
  Q5_1(7, 32, 24),
  /** 32 signed 8-bit numbers with one F16 scale. */
  Q8_0(8, 32, 34),
  /** 32 signed 8-bit numbers with an F16 scale and an F16 scaled sum. */
  Q8_1(9, 32, 36),
  /** 2-bit numbers in a super-block of 256, with 4-bit sub-scales and minima. */
  Q2_K(10, 256, 84),
  /** 3-bit numbers in a super-block of 256, with 6-bit sub-scales. */
  Q3_K(11, 256, 110),
  /** 4-bit numbers in a super-block of 256, with 6-bit sub-scales and minima. */
  Q4_K(12, 256, 144),
  /** 5-bit numbers in a super-block of 256, with 6-bit sub-scales and minima. */
  Q5_K(13, 256, 176),
  /** 6-bit numbers in a super-block of 256, with 8-bit sub-scales. */
  Q6_K(14, 256, 210),
  /** 8-bit numbers in a super-block of 256, with an F32 scale and sums of 16. */
  Q8_K(15, 256, 292),
  /** 2.06 bits a number: points of a codebook, super-blocks of 256. */
  IQ2_XXS(16, 256, 66),
  /** 2.31 bits a number: points of a codebook, super-blocks of 256. */
  IQ2_XS(17, 256, 74),
  /** 3.06 bits a number: points of a codebook, super-blocks of 256. */
  IQ3_XXS(18, 256, 98),
  /** 1.56 bits a number: points of a codebook, super-blocks of 256. */
  IQ1_S(19, 256, 50),
  /** 32 indices of 4 bits into a table of 16 non-linear levels, with one F16 scale. */
  IQ4_NL(20, 32, 18),
  /** 3.44 bits a number: points of a codebook, super-blocks of 256. */
  IQ3_S(21, 256, 110),
  /** 2.56 bits a number: points of a codebook, super-blocks of 256. */
  IQ2_S(22, 256, 82),
  /** The levels of {@link #IQ4_NL} in a super-block of 256, with 6-bit sub-scales. */
  IQ4_XS(23, 256, 136),
  /** Signed 8-bit integer. */
  I8(24, 1, 1),
  /** Signed 16-bit integer. */
  I16(25, 1, 2),
  /** Signed 32-bit integer. */
  I32(26, 1, 4),
  /** Signed 64-bit integer. */
  I64(27, 1, 8),
  /** IEEE 754 binary64. */
  F64(28, 1, 8),
  /** 1.75 bits a number: points of a codebook, super-blocks of 256. */
  IQ1_M(29, 256, 56),
  /** The upper 16 bits of IEEE 754 binary32. */
  BF16(30, 1, 2),
  /** Ternary numbers, five to a byte, super-blocks of 256 with one F16 scale. */
  TQ1_0(34, 256, 54),
  /** Ternary numbers of 2 bits, super-blocks of 256 with one F16 scale. */
  TQ2_0(35, 256, 66),
  /** 32 numbers of 4 bits (E2M1) with one power-of-two scale (E8M0): OCP microscaling FP4. */
  MXFP4(39, 32, 17),
  /** 64 numbers of 4 bits (E2M1) with four 8-bit scales (E4M3), one for each 16. */
  NVFP4(40, 64, 36);

  private static final TensorType[] ALL = values();

  private final int id;
  private final int blockElements;
  private final int blockBytes;

  TensorType(int id, int blockElements, int blockBytes) {
    this.id = id;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /**
   * The number that stands for this type in a file.
   *
   * @return the ggml type id
   */
  public int id() {
    return id;
  }

  /**
   * How many numbers a block holds.
   *
   * @return the numbers in a block, 1 for a plain type
   */
  public int blockElements() {
    return blockElements;
  }

  /**
   * How many bytes a block takes.
   *
   * @return the size of a block in bytes
   */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The size of one row.
   *
   * @param cols the numbers in the row
   * @return the size of the row in bytes
   * @throws IllegalArgumentException if {@code cols} is not a positive multiple of {@link
   *     #blockElements()}, or if the size does not fit a {@code long}
   */
  public long rowBytes(long cols) {
    if (cols <= 0 || cols % blockElements != 0) {
      throw new IllegalArgumentException(
          "a row of %s holds a positive multiple of %d elements, not %d"
              .formatted(this, blockElements, cols));
    }
    long blocks = cols / blockElements;
    if (blocks > Long.MAX_VALUE / blockBytes) {
      throw new IllegalArgumentException(
          "a row of %d elements of %s is too large".formatted(cols, this));
    }
    return blocks * blockBytes;
  }

  /**
   * The size of a matrix.
   *
   * @param rows its rows, positive
   * @param cols the numbers in a row
   * @return the size in bytes
   * @throws IllegalArgumentException if the shape does not fit the type, or the size a {@code long}
   */
  long bytes(int rows, int cols) {
    long row = rowBytes(cols);
    if (row > Long.MAX_VALUE / rows) {
      throw new IllegalArgumentException("%s [%d, %d] is too large".formatted(this, rows, cols));
    }
    return rows * row;
  }

  /**
   * Finds a type by its id.
   *
   * @param id a ggml type id, as read from a file
   * @return the type, or empty if the id is unknown or its type was removed from ggml
   */
  public static Optional<TensorType> ofId(int id) {
    for (TensorType type : ALL) {
      if (type.id == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /**
   * Names any id for an error message, also one that {@link #ofId} does not know.
   *
   * @param id a ggml type id, as read from a file
   * @return for example {@code "Q4_0"}, {@code "Q4_2 (removed)"} or {@code "unknown type 77"}
   */
  public static String describeId(int id) {
    return ofId(id)
        .map(TensorType::name)
        .orElseGet(
            () ->
                switch (id) {
                  case 4 -> "Q4_2 (removed)";
                  case 5 -> "Q4_3 (removed)";
                  case 31 -> "Q4_0_4_4 (removed)";
                  case 32 -> "Q4_0_4_8 (removed)";
                  case 33 -> "Q4_0_8_8 (removed)";
                  case 36 -> "IQ4_NL_4_4 (removed)";
                  case 37 -> "IQ4_NL_4_8 (removed)";
                  case 38 -> "IQ4_NL_8_8 (removed)";
                  default -> "unknown type " + Integer.toUnsignedString(id);
                });
  }
}
