package dev.nomoat.model;

import dev.nomoat.LoadListener;
import dev.nomoat.ModelFormatException;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Reads the weights of a plan and packs them, the team's threads side by side. Files are read
 * through their channels, not through a mapping, so their pages do not stay resident beside the
 * packed copy and a file that shrinks is an exception.
 */
public final class WeightLoader {
  private static final float[] NONE = {};

  private final ModelPlan plan;
  private final List<ModelPlan.Matrix> sources;
  private final Arena arena;
  private final WorkerTeam team;
  private final Progress progress;
  private final AtomicInteger allocated = new AtomicInteger();
  private final Map<ModelPlan.Matrix, PackedMatrix> targets = new ConcurrentHashMap<>();
  private final List<Job> jobs = new ArrayList<>();
  private final byte[][] buffers;

  /** A group of rows to be packed. */
  private record Job(ModelPlan.Matrix source, PackedMatrix target, int group) {}

  private static final class Progress {
    private final LoadListener listener;
    private final long total;
    private long done;

    Progress(LoadListener listener, long total) {
      this.listener = listener;
      this.total = total;
    }

    synchronized void add(long bytes) {
      done += bytes;
      listener.progress(done, total);
    }
  }

  /**
   * Makes a loader.
   *
   * @param plan what to load, of an open file
   * @param arena where the packed weights go; decides how long they live
   * @param team who packs
   * @param listener hears of the progress
   */
  public WeightLoader(ModelPlan plan, Arena arena, WorkerTeam team, LoadListener listener) {
    this.plan = plan;
    this.sources = plan.matrices();
    this.arena = arena;
    this.team = team;
    this.buffers = new byte[team.threads()][];
    Arrays.fill(buffers, new byte[0]);
    long total = sources.stream().mapToLong(ModelPlan.Matrix::byteSize).sum();
    progress = new Progress(listener, total);
  }

  /**
   * Reserves memory for one matrix after the other, which takes time because it is cleared. Any
   * number of threads may do so at once; {@link #load} reserves what is left.
   *
   * @param more whether to go on, asked before each
   */
  public void allocate(BooleanSupplier more) {
    while (more.getAsBoolean()) {
      int index = allocated.getAndIncrement();
      if (index >= sources.size()) {
        return;
      }
      ModelPlan.Matrix m = sources.get(index);
      targets.put(m, PackedMatrix.allocate(m.tensor().type(), m.rows(), m.cols(), arena));
    }
  }

  /**
   * Loads the weights; once.
   *
   * @return the weights
   * @throws IOException when reading fails
   * @throws ModelFormatException when the file has shrunk or a weight is not finite
   */
  public Weights<PackedMatrix, float[]> load() throws IOException {
    team.run(team.threads(), (index, worker) -> allocate(() -> true));
    try {
      Weights<PackedMatrix, float[]> weights = plan.weights().map(this::matrix, this::vector);
      checkDivisors(weights);
      team.run(jobs.size(), (index, worker) -> pack(jobs.get(index), worker));
      return weights;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private PackedMatrix matrix(ModelPlan.Matrix source) {
    PackedMatrix target = Objects.requireNonNull(targets.get(source));
    for (int group = 0; group < target.groups(); group++) {
      jobs.add(new Job(source, target, group));
    }
    return target;
  }

  private void pack(Job job, int worker) {
    SourceTensor tensor = job.source().tensor();
    int cols = job.source().cols();
    int inMatrix = job.group() * PackedMatrix.GROUP;
    int rows = Math.min(PackedMatrix.GROUP, job.source().rows() - inMatrix);
    long first = job.source().firstRow() + inMatrix;
    long rowBytes = tensor.type().rowBytes(cols);
    int bytes = Math.toIntExact(rows * rowBytes);
    if (buffers[worker].length < bytes) {
      buffers[worker] = new byte[bytes];
    }
    MemorySegment buffer = MemorySegment.ofArray(buffers[worker]).asSlice(0, bytes);
    try {
      tensor.read(first, rows, buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int bad = job.target().pack(job.group(), new Matrix(tensor.type(), rows, cols, buffer));
    if (bad >= 0) {
      long row = job.source().firstRow() + bad;
      throw notFinite(tensor, row, "row " + row + " of tensor " + tensor.name());
    }
    progress.add(bytes);
  }

  private float[] vector(ModelPlan.Vector source) {
    SourceTensor tensor = source.tensor();
    float[] all;
    try {
      all = tensor.numbers(0, Math.toIntExact(tensor.rows()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (float v : all) {
      if (!Float.isFinite(v)) {
        throw notFinite(tensor, 0, "tensor " + tensor.name());
      }
    }
    return Arrays.copyOfRange(all, source.first(), source.first() + source.length());
  }

  private void checkDivisors(Weights<PackedMatrix, float[]> weights) {
    for (int rope = 0; rope < weights.ropeDivisors().size(); rope++) {
      for (float v : weights.ropeDivisors().get(rope).orElse(NONE)) {
        if (v <= 0) {
          SourceTensor tensor = plan.weights().ropeDivisors().get(rope).orElseThrow().tensor();
          throw new ModelFormatException(
              tensor.file(),
              tensor.offset(0),
              "positive numbers in tensor " + tensor.name(),
              Float.toString(v));
        }
      }
    }
  }

  private static ModelFormatException notFinite(SourceTensor tensor, long row, String where) {
    return new ModelFormatException(
        tensor.file(), tensor.offset(row), "finite weights in " + where, "NaN or infinity");
  }
}
