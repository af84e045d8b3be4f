package dev.nomoat.model;

import dev.nomoat.LoadListener;
import dev.nomoat.ModelFormatException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.BlockCodec;
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
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads the weights of a plan and packs them, the team's threads side by side. The file is read
 * through its channel, not through a mapping, so its pages do not stay resident beside the packed
 * copy and a file that shrinks is an exception.
 */
public final class WeightLoader {
  private final GgufFile file;
  private final Arena arena;
  private final WorkerTeam team;
  private final Progress progress;
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

  private WeightLoader(ModelPlan plan, Arena arena, WorkerTeam team, LoadListener listener) {
    this.file = plan.file();
    this.arena = arena;
    this.team = team;
    this.buffers = new byte[team.threads()][];
    Arrays.fill(buffers, new byte[0]);
    long total = plan.matrices().stream().mapToLong(m -> m.tensor().byteSize()).sum();
    progress = new Progress(listener, total);
  }

  /**
   * Loads the weights.
   *
   * @param plan what to load, of an open file
   * @param arena where the packed weights go; decides how long they live
   * @param team who packs
   * @param listener hears of the progress
   * @return the weights
   * @throws IOException when reading fails
   * @throws ModelFormatException when the file has shrunk or a weight is not finite
   */
  public static Weights load(ModelPlan plan, Arena arena, WorkerTeam team, LoadListener listener)
      throws IOException {
    return new WeightLoader(plan, arena, team, listener).load(plan);
  }

  private Weights load(ModelPlan plan) throws IOException {
    allocate(plan.matrices());
    PackedMatrix embedding = matrix(plan.embedding());
    List<Weights.Block> blocks = new ArrayList<>();
    for (ModelPlan.Block block : plan.blocks()) {
      blocks.add(
          new Weights.Block(
              vector(block.attentionNorm()),
              matrix(block.query()),
              matrix(block.key()),
              matrix(block.value()),
              matrix(block.attentionOutput()),
              vector(block.feedForwardNorm()),
              matrix(block.gate()),
              matrix(block.up()),
              matrix(block.down())));
    }
    Optional<ModelPlan.Matrix> output = plan.output();
    PackedMatrix head = output.isPresent() ? matrix(output.get()) : embedding;
    float[] outputNorm = vector(plan.outputNorm());
    float[] factors =
        plan.ropeFactors().isPresent() ? divisors(plan.ropeFactors().get()) : new float[0];
    try {
      team.run(jobs.size(), (index, worker) -> pack(jobs.get(index), worker));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new Weights(embedding, blocks, outputNorm, head, factors);
  }

  /** Together, because memory is cleared when it is allocated. */
  private void allocate(List<ModelPlan.Matrix> sources) {
    team.run(
        sources.size(),
        (index, worker) -> {
          ModelPlan.Matrix m = sources.get(index);
          targets.put(m, PackedMatrix.allocate(m.tensor().type(), m.rows(), m.cols(), arena));
        });
  }

  private PackedMatrix matrix(ModelPlan.Matrix source) {
    PackedMatrix target = Objects.requireNonNull(targets.get(source));
    for (int group = 0; group < target.groups(); group++) {
      jobs.add(new Job(source, target, group));
    }
    return target;
  }

  private void pack(Job job, int worker) {
    GgufTensor tensor = job.source().tensor();
    int cols = job.source().cols();
    int first = job.group() * PackedMatrix.GROUP;
    int rows = Math.min(PackedMatrix.GROUP, job.source().rows() - first);
    long rowBytes = tensor.type().rowBytes(cols);
    int bytes = Math.toIntExact(rows * rowBytes);
    if (buffers[worker].length < bytes) {
      buffers[worker] = new byte[bytes];
    }
    MemorySegment buffer = MemorySegment.ofArray(buffers[worker]).asSlice(0, bytes);
    try {
      file.read(tensor, first * rowBytes, buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int bad = job.target().pack(job.group(), new Matrix(tensor.type(), rows, cols, buffer));
    if (bad >= 0) {
      throw notFinite(tensor, bad * rowBytes, "row " + bad + " of tensor " + tensor.name());
    }
    progress.add(bytes);
  }

  private float[] vector(ModelPlan.Vector source) throws IOException {
    GgufTensor tensor = source.tensor();
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.byteSize())]);
    file.read(tensor, 0, bytes);
    float[] result = new float[source.length()];
    BlockCodec.of(tensor.type()).decode(bytes, 0, result, 0, result.length);
    for (float v : result) {
      if (!Float.isFinite(v)) {
        throw notFinite(tensor, 0, "tensor " + tensor.name());
      }
    }
    return result;
  }

  private float[] divisors(ModelPlan.Vector source) throws IOException {
    float[] result = vector(source);
    for (float v : result) {
      if (v <= 0) {
        throw new ModelFormatException(
            file.files().get(source.tensor().part()),
            source.tensor().offset(),
            "positive numbers in tensor " + source.tensor().name(),
            Float.toString(v));
      }
    }
    return result;
  }

  private ModelFormatException notFinite(GgufTensor tensor, long at, String where) {
    return new ModelFormatException(
        file.files().get(tensor.part()),
        tensor.offset() + at,
        "finite weights in " + where,
        "NaN or infinity");
  }
}
