package dev.nomoat.quant;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Weights of shape [rows, cols] in the order in which the kernels read them: groups of {@link
 * #GROUP} rows interleaved.
 *
 * <p>Made empty, then filled group by group with {@link #pack}, from any number of threads when
 * each packs other groups. Once filled it is not written again, and any number of threads may read
 * it. The memory belongs to the allocator: the matrix is valid as long as that is.
 */
public final class PackedMatrix {
  /** Rows that are interleaved, and so the unit of work. */
  public static final int GROUP = PackedLayout.GROUP;

  private final PackedLayout layout;
  private final int rows;
  private final int cols;
  private final long groupBytes;
  private final MemorySegment data;

  private PackedMatrix(PackedLayout layout, int rows, int cols, MemorySegment data) {
    this.layout = layout;
    this.rows = rows;
    this.cols = cols;
    this.groupBytes = layout.groupBytes();
    this.data = data;
  }

  /**
   * Whether matrices of a type can be packed and multiplied.
   *
   * @param type type of the weights
   * @return true when {@link #allocate} takes it
   */
  public static boolean supports(TensorType type) {
    return PackedLayout.of(type, type.blockElements()).isPresent();
  }

  /**
   * Memory that a packed matrix takes.
   *
   * @param type type of the weights
   * @param rows number of rows, positive
   * @param cols number of columns, a positive multiple of the type's block
   * @return bytes
   * @throws IllegalArgumentException when the type has no products or the shape does not fit it
   */
  public static long byteSize(TensorType type, int rows, int cols) {
    long group = layout(type, rows, cols).groupBytes();
    if (group > Long.MAX_VALUE / groups(rows)) {
      throw new IllegalArgumentException("%s [%d, %d] is too large".formatted(type, rows, cols));
    }
    return groups(rows) * group;
  }

  /**
   * Reserves memory for a matrix.
   *
   * @param type type of the weights
   * @param rows number of rows, positive
   * @param cols number of columns, a positive multiple of the type's block
   * @param allocator where the memory comes from; it decides how long the matrix lives
   * @return a matrix to be filled
   * @throws IllegalArgumentException when the type has no products or the shape does not fit it
   */
  public static PackedMatrix allocate(
      TensorType type, int rows, int cols, SegmentAllocator allocator) {
    PackedLayout layout = layout(type, rows, cols);
    return new PackedMatrix(layout, rows, cols, allocator.allocate(byteSize(type, rows, cols), 64));
  }

  private static PackedLayout layout(TensorType type, int rows, int cols) {
    if (rows <= 0) {
      throw new IllegalArgumentException("rows must be positive, not " + rows);
    }
    type.rowBytes(cols);
    return PackedLayout.of(type, cols)
        .orElseThrow(() -> new IllegalArgumentException("no products for weights of type " + type));
  }

  private static int groups(int rows) {
    return Math.ceilDiv(rows, GROUP);
  }

  /**
   * Packs one group.
   *
   * @param group which, 0 to {@link #groups()} − 1
   * @param source rows {@code group · GROUP} and following, as in a file: up to {@link #GROUP},
   *     fewer only at the end
   * @return the row of the first scale or weight that is not finite, or −1 when all are finite
   * @throws IllegalArgumentException when the source is not exactly the rows of that group
   */
  public int pack(int group, Matrix source) {
    checkGroups(group, group + 1);
    int first = group * GROUP;
    int count = Math.min(GROUP, rows - first);
    if (source.type() != layout.type() || source.cols() != cols || source.rows() != count) {
      throw new IllegalArgumentException(
          "group %d of %s takes %d rows, not %s".formatted(group, this, count, source));
    }
    int bad = layout.pack(bytes(source.data()), count, data, group * groupBytes);
    return bad < 0 ? -1 : first + bad;
  }

  /** Bytes of rows, which are not copied when they are the beginning of an array. */
  private static byte[] bytes(MemorySegment rows) {
    return rows.address() == 0 && rows.heapBase().orElse(null) instanceof byte[] array
        ? array
        : rows.toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Reads one row back as numbers; the values are those of {@link BlockCodec#decode}.
   *
   * @param row which row
   * @param target receives {@link #cols()} numbers
   * @param offset where in the target
   * @param workspace scratch
   * @throws IndexOutOfBoundsException when the row or the target range does not exist
   */
  public void readRow(int row, float[] target, int offset, Workspace workspace) {
    Objects.checkIndex(row, rows);
    Objects.checkFromIndexSize(offset, cols, target.length);
    long group = row / GROUP * groupBytes;
    int lane = row % GROUP;
    for (int k = 0; k < cols; k += Workspace.PANEL) {
      int to = Math.min(cols, k + Workspace.PANEL);
      float[] panel = workspace.weights;
      layout.readWeights(
          data, group, k, to, lane, lane + 1, panel, workspace.scale, workspace.minimum);
      for (int i = 0; i < to - k; i++) {
        target[offset + k + i] = panel[i * GROUP + lane];
      }
    }
  }

  /**
   * Type of the weights.
   *
   * @return the tensor type
   */
  public TensorType type() {
    return layout.type();
  }

  /**
   * Number of rows: the length of a product.
   *
   * @return rows
   */
  public int rows() {
    return rows;
  }

  /**
   * Number of columns: the length of an activation.
   *
   * @return columns
   */
  public int cols() {
    return cols;
  }

  /**
   * Number of groups of {@link #GROUP} rows, the last one filled up.
   *
   * @return groups
   */
  public int groups() {
    return groups(rows);
  }

  /**
   * Rows, rounded up to whole groups: what the products of one token take in an output.
   *
   * @return {@code groups() · GROUP}
   */
  public int paddedRows() {
    return groups() * GROUP;
  }

  /**
   * Memory that the matrix takes.
   *
   * @return bytes
   */
  public long byteSize() {
    return data.byteSize();
  }

  /**
   * Whether products with this matrix use 8-bit activations unless full precision is asked for.
   *
   * @return true for the types of at most 6 bits
   */
  public boolean quantizesActivations() {
    return layout instanceof IntegerLayout;
  }

  PackedLayout layout() {
    return layout;
  }

  MemorySegment data() {
    return data;
  }

  long groupOffset(int group) {
    return group * groupBytes;
  }

  void checkGroups(int from, int to) {
    Objects.checkFromToIndex(from, to, groups());
  }

  @Override
  public String toString() {
    return "%s [%d, %d]".formatted(layout.type(), rows, cols);
  }
}
