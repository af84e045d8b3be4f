package dev.nomoat.model;

import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.Workspace;
import dev.nomoat.schedule.WorkerTeam;

/**
 * Multiplies one input by up to three matrices in one loop of the team. Belongs to one decoder;
 * allocates nothing once made.
 */
final class Projections {
  /** Bytes of weights that a chunk reads at least, so that taking it costs little beside. */
  private static final long CHUNK_BYTES = 32 << 10;

  private static final int MOST = 3;

  private final WorkerTeam team;
  private final Kernels kernels;
  private final Workspace[] workspaces;
  private final WorkerTeam.Chunk chunk = this::multiplyChunk;

  private final PackedMatrix[] matrices = new PackedMatrix[MOST];
  private final float[][] outputs = new float[MOST][];
  private final int[] groupsOfChunk = new int[MOST];
  private final int[] endChunk = new int[MOST];
  private int count;
  private ProjectionInput input;

  Projections(WorkerTeam team, Kernels kernels, Workspace[] workspaces, ProjectionInput input) {
    this.team = team;
    this.kernels = kernels;
    this.workspaces = workspaces;
    this.input = input;
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
    int perChunk = Math.clamp(CHUNK_BYTES / (w.byteSize() / w.groups()), 1, w.groups());
    int before = count == 0 ? 0 : endChunk[count - 1];
    matrices[count] = w;
    outputs[count] = y;
    groupsOfChunk[count] = perChunk;
    endChunk[count] = before + Math.ceilDiv(w.groups(), perChunk);
    count++;
    return this;
  }

  /** Computes the products; false when the team was told to abort. */
  boolean run() {
    return team.run(endChunk[count - 1], chunk);
  }

  private void multiplyChunk(int index, int worker) {
    int i = 0;
    while (index >= endChunk[i]) {
      i++;
    }
    PackedMatrix w = matrices[i];
    int first = (index - (i == 0 ? 0 : endChunk[i - 1])) * groupsOfChunk[i];
    int end = Math.min(w.groups(), first + groupsOfChunk[i]);
    kernels.multiply(
        w,
        first,
        end,
        input.activations(),
        input.usesEightBit(w),
        outputs[i],
        w.paddedRows(),
        workspaces[worker]);
  }
}
