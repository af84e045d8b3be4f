package dev.nomoat.quant;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.simd.FitLoops;
import dev.nomoat.quant.simd.Halves;
import dev.nomoat.quant.simd.InnerLoops;
import dev.nomoat.quant.simd.ScalarFitLoops;
import dev.nomoat.quant.simd.ScalarLoops;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Products of packed weights with activations, by the best implementation that this JVM offers.
 *
 * <p>For every row and token the result is the same to the last bit whatever the implementation,
 * the width of the vectors, the number of tokens in the batch and the way that groups are shared
 * among threads.
 *
 * <p>Safe for any number of threads, each with its own {@link Workspace} and its own part of the
 * output.
 */
public final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final Kernels SCALAR = new Kernels(new ScalarLoops(), new ScalarFitLoops());

  /** The best kernels, found when first asked for. */
  private static final class Best {
    static final Kernels KERNELS = probe();
  }

  private final InnerLoops loops;
  private final FitLoops fitLoops;

  private Kernels(InnerLoops loops, FitLoops fitLoops) {
    this.loops = loops;
    this.fitLoops = fitLoops;
  }

  /**
   * The fastest kernels: vectors when the module {@code jdk.incubator.vector} is present, else
   * scalar, which is logged once as a warning that names the flag to add.
   *
   * @return kernels shared by all callers
   */
  public static Kernels best() {
    return Best.KERNELS;
  }

  /**
   * The scalar kernels: slower, the same results.
   *
   * @return kernels shared by all callers
   */
  public static Kernels scalar() {
    return SCALAR;
  }

  InnerLoops loops() {
    return loops;
  }

  /** The loops for the encoders of blocks. */
  FitLoops fitLoops() {
    return fitLoops;
  }

  /**
   * Has the JVM's compiler translate what products with weights of some types need, by running tiny
   * ones: for that long they are hundreds of times slower than afterwards.
   *
   * @param types types of weights that have products
   * @param eightBit whether weights that allow it are multiplied with 8-bit activations
   * @param limit when to give up
   * @return false when products were still slow then: the machine is very busy, or this JVM does
   *     not translate vectors into instructions
   */
  public boolean warmUp(Collection<TensorType> types, boolean eightBit, Duration limit) {
    return KernelWarmUp.run(this, types, eightBit, limit);
  }

  private static Kernels probe() {
    // nothing may touch a class that mentions the vector module before this
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      LOG.warn(
          "The Vector API is missing, so scalar code runs, many times slower: start java with"
              + " --add-modules {}",
          VECTOR_MODULE);
      return SCALAR;
    }
    return VectorProbe.loops()
        .map(loops -> new Kernels(loops, VectorProbe.fitLoops()))
        .orElse(SCALAR);
  }

  /**
   * What runs, for people.
   *
   * @return such as "scalar" or "vector, 512 bits"
   */
  public String description() {
    return loops.description();
  }

  /**
   * Multiplies groups of rows with tokens: {@code y[t · yStride + row] = Σ_k w[row, k] · x[t, k]}.
   *
   * <p>All 64 rows of a group are written, those beyond the matrix as zeros, so a token needs
   * {@link PackedMatrix#paddedRows()} numbers.
   *
   * @param w weights, shape [rows, cols]
   * @param firstGroup first group of rows
   * @param endGroup end group of rows
   * @param x activations, shape [tokens, cols], prepared in the form that is asked for
   * @param eightBit whether to use the 8-bit form of the activations; only for weights that say so
   * @param y receives the products
   * @param yStride from one token to the next in {@code y}, at least {@link
   *     PackedMatrix#paddedRows()}
   * @param workspace scratch of the calling thread
   * @throws IllegalArgumentException when shapes do not fit
   * @throws IndexOutOfBoundsException when a group does not exist
   */
  public void multiply(
      PackedMatrix w,
      int firstGroup,
      int endGroup,
      Activations x,
      boolean eightBit,
      float[] y,
      int yStride,
      Workspace workspace) {
    multiply(w, firstGroup, endGroup, x, 0, x.tokens(), eightBit, y, yStride, workspace);
  }

  /**
   * Multiplies groups of rows with some of the tokens, and leaves the products of the others alone.
   *
   * @param w weights, shape [rows, cols]
   * @param firstGroup first group of rows
   * @param endGroup end group of rows
   * @param x activations, shape [tokens, cols], prepared in the form that is asked for
   * @param firstToken the first token
   * @param tokens how many tokens, positive
   * @param eightBit whether to use the 8-bit form of the activations; only for weights that say so
   * @param y receives the products: {@code y[t · yStride + row]} for token t of all
   * @param yStride from one token to the next in {@code y}, at least {@link
   *     PackedMatrix#paddedRows()}
   * @param workspace scratch of the calling thread
   * @throws IllegalArgumentException when shapes do not fit
   * @throws IndexOutOfBoundsException when a group or a token does not exist
   */
  public void multiply(
      PackedMatrix w,
      int firstGroup,
      int endGroup,
      Activations x,
      int firstToken,
      int tokens,
      boolean eightBit,
      float[] y,
      int yStride,
      Workspace workspace) {
    w.checkGroups(firstGroup, endGroup);
    Objects.checkFromIndexSize(firstToken, tokens, x.tokens());
    if (x.cols() != w.cols()) {
      throw new IllegalArgumentException(
          "weights %s do not fit activations [%d, %d]".formatted(w, x.tokens(), x.cols()));
    }
    if (eightBit && !w.quantizesActivations()) {
      throw new IllegalArgumentException(
          "weights of type %s take no 8-bit activations".formatted(w.type()));
    }
    if (eightBit && w.layout() instanceof IntegerLayout layout && !x.isWanted(layout.form())) {
      throw new IllegalArgumentException(
          "the activations were not prepared for weights of type " + w.type());
    }
    if (yStride < w.paddedRows()) {
      throw new IllegalArgumentException(
          "stride %d is less than %d rows".formatted(yStride, w.paddedRows()));
    }
    Objects.checkFromIndexSize(
        (long) firstToken * yStride, (tokens - 1L) * yStride + w.paddedRows(), y.length);
    for (int group = firstGroup; group < endGroup; group++) {
      if (eightBit && w.layout() instanceof IntegerLayout layout) {
        Products.eightBit(loops, layout, w, group, x, firstToken, tokens, y, yStride, workspace);
      } else {
        Products.direct(loops, w, group, x, firstToken, tokens, y, yStride, workspace);
      }
    }
  }

  /**
   * Multiplies numbers in memory order [columns, 64] with tokens and adds the products: {@code
   * y[t][row] = fma(panel[k][row], x[t][k], y[t][row])} for k ascending. Attention is made of it.
   *
   * @param panel 64 rows side by side for each column
   * @param panelAt where the first column begins
   * @param columns how many columns
   * @param x one number for each column and token
   * @param xAt where the first token's numbers begin
   * @param xStride from one token to the next
   * @param tokens how many tokens
   * @param y 64 products for each token, added to
   * @param yAt where the first token's products begin
   * @param yStride from one token to the next
   * @throws IndexOutOfBoundsException when an array is too short
   */
  public void accumulate(
      float[] panel,
      int panelAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride) {
    if (tokens <= 0) {
      return;
    }
    Objects.checkFromIndexSize(panelAt, (long) columns * PackedMatrix.GROUP, panel.length);
    Objects.checkFromIndexSize(xAt, (tokens - 1L) * xStride + columns, x.length);
    Objects.checkFromIndexSize(yAt, (tokens - 1L) * yStride + PackedMatrix.GROUP, y.length);
    loops.accumulate(panel, panelAt, columns, x, xAt, xStride, tokens, y, yAt, yStride);
  }

  /**
   * Turns F16 numbers into f32, exactly.
   *
   * @param source memory that holds them, little-endian
   * @param offset where they begin, in bytes
   * @param target receives them
   * @param at where
   * @param count how many
   * @throws IndexOutOfBoundsException when the memory or the array is too short
   */
  public void decodeHalves(MemorySegment source, long offset, float[] target, int at, int count) {
    Objects.checkFromIndexSize(offset, 2L * count, source.byteSize());
    Objects.checkFromIndexSize(at, count, target.length);
    Halves.decode(source, offset, target, at, count);
  }

  /**
   * Decodes the 64 vectors of a panel, which are its columns.
   *
   * @param format of the panel
   * @param panel memory that holds it
   * @param offset where it begins, in bytes
   * @param numbers length of a vector
   * @param target receives {@code [numbers, 64]}; of a vector that was never written undefined
   *     numbers, which change no other's
   * @param at where
   * @throws IndexOutOfBoundsException when the memory or the array is too short
   */
  public void decodeColumns(
      PanelFormat format, MemorySegment panel, long offset, int numbers, float[] target, int at) {
    Objects.checkFromIndexSize(offset, format.bytes(numbers), panel.byteSize());
    Objects.checkFromIndexSize(at, (long) numbers * PanelFormat.VECTORS, target.length);
    long run = offset;
    for (int first = 0; first < numbers; first += PanelFormat.RUN) {
      int count = Math.min(PanelFormat.RUN, numbers - first);
      int to = at + first * PanelFormat.VECTORS;
      loops.decodeColumns(format.bits(), panel, run, count, target, to);
      run += format.runBytes(count);
    }
  }

  /**
   * Decodes the first vectors of a panel, which are its rows, in chunks of 64 numbers: number i of
   * a row is {@code target[at + (i / 64 · 64 + row) · 64 + i % 64]}.
   *
   * @param format of the panel
   * @param panel memory that holds it
   * @param offset where it begins, in bytes
   * @param numbers length of a vector
   * @param rows how many vectors, at most 64
   * @param target receives {@code [chunks, 64, 64]}; rows that are not asked for, and what fills up
   *     the last chunk, are left alone
   * @param at where
   * @throws IndexOutOfBoundsException when the memory or the array is too short, or there are not
   *     so many rows
   */
  public void decodeRows(
      PanelFormat format,
      MemorySegment panel,
      long offset,
      int numbers,
      int rows,
      float[] target,
      int at) {
    int chunk = PackedMatrix.GROUP;
    Objects.checkFromIndexSize(offset, format.bytes(numbers), panel.byteSize());
    Objects.checkFromToIndex(0, rows, PanelFormat.VECTORS);
    long room = Math.ceilDiv(numbers, chunk) * (long) chunk * PanelFormat.VECTORS;
    Objects.checkFromIndexSize(at, room, target.length);
    long run = offset;
    for (int first = 0; first < numbers; first += PanelFormat.RUN) {
      int count = Math.min(PanelFormat.RUN, numbers - first);
      int to = at + first / chunk * chunk * PanelFormat.VECTORS + first % chunk;
      loops.decodeRows(format.bits(), panel, run, count, rows, target, to);
      run += format.runBytes(count);
    }
  }
}
