package dev.nomoat.model;

import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.Workspace;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.Optional;

/**
 * Multiplies one input by several matrices in one loop of the team. Belongs to one decoder;
 * allocates nothing once it has seen as many matrices.
 */
final class Projections {
  /** Bytes of weights that a chunk reads at least, so that taking it costs little beside. */
  private static final long CHUNK_BYTES = 32 << 10;

  private final WorkerTeam team;
  private final Kernels kernels;
  private final Workspace[] workspaces;
  private final WorkerTeam.Chunk chunk = this::multiplyChunk;

  private PackedMatrix[] matrices = new PackedMatrix[4];
  private float[][] outputs = new float[4][];
  private int[] firstToken = new int[4];
  private int[] tokens = new int[4];
  private int[] groupsOfChunk = new int[4];
  private int[] endChunk = new int[4];
  private int count;
  private ProjectionInput input;
  private Optional<InputObserver> observer = Optional.empty();

  Projections(WorkerTeam team, Kernels kernels, Workspace[] workspaces, ProjectionInput input) {
    this.team = team;
    this.kernels = kernels;
    this.workspaces = workspaces;
    this.input = input;
  }

  /** Sets who sees what the matrices are multiplied by. */
  void observe(Optional<InputObserver> observer) {
    this.observer = observer;
  }

  /** Starts a list of products with one input. */
  Projections of(ProjectionInput input) {
    this.input = input;
    count = 0;
    return this;
  }

  /**
   * Adds a product.
   *
   * @param w weights
   * @param y output, a token takes {@link PackedMatrix#paddedRows()} numbers
   */
  Projections add(PackedMatrix w, float[] y) {
    return add(w, y, 0, input.activations().tokens());
  }

  /** Adds a product with some of the tokens. */
  Projections add(PackedMatrix w, float[] y, int first, int howMany) {
    if (count == matrices.length) {
      matrices = Arrays.copyOf(matrices, 2 * count);
      outputs = Arrays.copyOf(outputs, 2 * count);
      firstToken = Arrays.copyOf(firstToken, 2 * count);
      tokens = Arrays.copyOf(tokens, 2 * count);
      groupsOfChunk = Arrays.copyOf(groupsOfChunk, 2 * count);
      endChunk = Arrays.copyOf(endChunk, 2 * count);
    }
    int perChunk = Math.clamp(CHUNK_BYTES / (w.byteSize() / w.groups()), 1, w.groups());
    int before = count == 0 ? 0 : endChunk[count - 1];
    matrices[count] = w;
    outputs[count] = y;
    firstToken[count] = first;
    tokens[count] = howMany;
    groupsOfChunk[count] = perChunk;
    endChunk[count] = before + Math.ceilDiv(w.groups(), perChunk);
    count++;
    return this;
  }

  /** Computes the products; false when the team was told to abort. */
  boolean run() {
    if (observer.isPresent()) {
      show(observer.get());
    }
    return team.run(endChunk[count - 1], chunk);
  }

  /**
   * Shows inputs of a matrix that is used in another way than by a product with them.
   *
   * @param matrix the matrix
   * @param rows holds its inputs
   * @param stride from one to the next, the first at 0
   * @param many how many there are
   */
  void show(PackedMatrix matrix, float[] rows, int stride, int many) {
    if (observer.isPresent()) {
      for (int row = 0; row < many; row++) {
        observer.get().accept(matrix, rows, row * stride, 1);
      }
    }
  }

  private void show(InputObserver observer) {
    for (int i = 0; i < count; i++) {
      int from = firstToken[i] * matrices[i].cols();
      observer.accept(matrices[i], input.values(), from, tokens[i]);
    }
  }

  private void multiplyChunk(int index, int worker) {
    int i = 0;
    for (int end = count - 1; i < end; ) {
      int middle = (i + end) >>> 1;
      if (index >= endChunk[middle]) {
        i = middle + 1;
      } else {
        end = middle;
      }
    }
    PackedMatrix w = matrices[i];
    int first = (index - (i == 0 ? 0 : endChunk[i - 1])) * groupsOfChunk[i];
    int end = Math.min(w.groups(), first + groupsOfChunk[i]);
    kernels.multiply(
        w,
        first,
        end,
        input.activations(),
        firstToken[i],
        tokens[i],
        input.usesEightBit(w),
        outputs[i],
        w.paddedRows(),
        workspaces[worker]);
  }
}
