package dev.nomoat.model.huggingface;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.model.source.QuantizedRows;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A matrix of 4-bit integers, eight to a 32-bit word, of which so many in a row share a scale and a
 * zero point: GPTQ, AWQ and compressed-tensors, which differ in the order of the integers.
 */
final class GroupedInts extends QuantizedRows {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Integers of a word. */
  static final int WORD = 8;

  /** Where the integers of neighbouring columns are in a word of AWQ. */
  private static final int[] AWQ_PLACE = {0, 4, 1, 5, 2, 6, 3, 7};

  /** The zero point of those without one of their own. */
  static final int MIDDLE = 8;

  /** How the integers of a matrix of rows and columns are arranged. */
  enum Order {
    /** Words of eight columns of a row; transposed: [cols / 8, rows]. */
    GPTQ,
    /** Words of eight rows of a column, in an order of their own; transposed: [cols, rows / 8]. */
    AWQ,
    /** Words of eight columns of a row: [rows, cols / 8]. */
    PLAIN
  }

  private final String name;
  private final Order order;
  private final long rows;
  private final long cols;
  private final SourceTensor words;
  private final SourceTensor scales;
  private final Optional<SourceTensor> zeros;
  private final int zeroShift;
  private final int group;
  private final Slabs slabs;

  /**
   * Puts the tensors together; their shapes have been checked.
   *
   * @param words the integers
   * @param scales of GPTQ and AWQ [cols / group, rows], else [rows, cols / group]
   * @param zeros zero points, [cols / group, rows / 8], without them it is 8
   * @param zeroShift what is added to zero points
   * @param group columns that share a scale, a multiple of 32
   */
  GroupedInts(
      String name,
      Order order,
      long rows,
      long cols,
      SourceTensor words,
      SourceTensor scales,
      Optional<SourceTensor> zeros,
      int zeroShift,
      int group,
      Slabs slabs) {
    this.name = name;
    this.order = order;
    this.rows = rows;
    this.cols = cols;
    this.words = words;
    this.scales = scales;
    this.zeros = zeros;
    this.zeroShift = zeroShift;
    this.group = group;
    this.slabs = slabs;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public TensorType type() {
    return zeros.isPresent() ? TensorType.Q5_0 : TensorType.Q4_0;
  }

  @Override
  public List<Long> shape() {
    return List.of(rows, cols);
  }

  @Override
  public Path file() {
    return words.file();
  }

  @Override
  public long offset(long row) {
    return words.offset(0);
  }

  @Override
  protected Rows open(long firstRow, int count) throws IOException {
    MemorySegment integers = all(words);
    float[] factors = numbers(scales);
    Optional<MemorySegment> points =
        zeros.isPresent() ? Optional.of(all(zeros.get())) : Optional.empty();
    return (row, values, blockScales) -> {
      int groups = Math.toIntExact(cols / group);
      for (int g = 0; g < groups; g++) {
        int zero = points.isPresent() ? zero(points.get(), g, row) : MIDDLE;
        for (int c = g * group; c < (g + 1) * group; c++) {
          values[c] = (byte) (integer(integers, row, c) - zero);
        }
        long at = order == Order.PLAIN ? row * groups + g : g * rows + row;
        float scale = factors[Math.toIntExact(at)];
        for (int block = g * group / BLOCK; block < (g + 1) * group / BLOCK; block++) {
          blockScales[block] = scale;
        }
      }
    };
  }

  private int integer(MemorySegment integers, long row, int col) {
    return switch (order) {
      case GPTQ -> nibble(integers, col / WORD * rows + row, col % WORD);
      case AWQ -> nibble(integers, (col * rows + row) / WORD, AWQ_PLACE[(int) (row % WORD)]);
      case PLAIN -> nibble(integers, (row * cols + col) / WORD, col % WORD);
    };
  }

  private int zero(MemorySegment points, int g, long row) {
    int in = (int) (row % WORD);
    int place = order == Order.AWQ ? AWQ_PLACE[in] : in;
    return nibble(points, (g * rows + row) / WORD, place) + zeroShift;
  }

  private static int nibble(MemorySegment words, long word, int place) {
    return (words.get(INT, 4 * word) >>> (4 * place)) & 15;
  }

  private MemorySegment all(SourceTensor tensor) throws IOException {
    return MemorySegment.ofArray(slabs.get(tensor, 0, Math.toIntExact(tensor.rows())));
  }

  private float[] numbers(SourceTensor tensor) throws IOException {
    if (!BlockCodec.supports(tensor.type())) {
      throw new UnsupportedModelException(
          file(), tensor.offset(0), "scales of type " + tensor.type(), "tensor " + name);
    }
    float[] numbers = new float[Math.toIntExact(tensor.elements())];
    BlockCodec.of(tensor.type()).decode(all(tensor), 0, numbers, 0, numbers.length);
    return numbers;
  }
}
