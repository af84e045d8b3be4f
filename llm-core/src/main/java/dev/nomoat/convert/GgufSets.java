package dev.nomoat.convert;

import dev.nomoat.LoadListener;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufSplit;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.source.GgufStoredTensor;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Splits GGUF files into sets, and merges sets. Has no state; any thread may use it. */
public final class GgufSets {
  private GgufSets() {}

  /**
   * Where a file is cut. Every file of the set holds one tensor at least.
   *
   * @param tensors how many tensors a file of the set may hold
   * @param bytes how many bytes of tensors a file of the set may hold
   */
  public record Limit(int tensors, long bytes) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is not positive
     */
    public Limit {
      if (tensors <= 0 || bytes <= 0) {
        throw new IllegalArgumentException(
            "a file of a set holds at least one tensor and one byte, not %d and %d"
                .formatted(tensors, bytes));
      }
    }

    /**
     * A number of tensors.
     *
     * @param tensors in each file, at most
     * @return the limit
     */
    public static Limit ofTensors(int tensors) {
      return new Limit(tensors, Long.MAX_VALUE);
    }

    /**
     * A number of bytes.
     *
     * @param bytes in the tensors of each file, at most; a larger tensor gets a file of its own
     * @return the limit
     */
    public static Limit ofBytes(long bytes) {
      return new Limit(Integer.MAX_VALUE, bytes);
    }
  }

  /**
   * Splits a file into a set: {@code STEM-00001-of-00003.gguf} and so on. The first file has the
   * metadata.
   *
   * @param input a GGUF file, or the first of a set that is cut anew; not modified
   * @param stem the path of the set without {@code -00001-of-00003.gguf}
   * @param limit where to cut
   * @param listener hears of the progress
   * @return the files of the set, in order
   * @throws IllegalArgumentException if that makes more than 65,535 files, or the path names no
   *     file
   * @throws dev.nomoat.ModelFormatException if the input is damaged
   * @throws FileAlreadyExistsException if a file of the set is there already, or somebody else
   *     writes the same set and was faster
   * @throws IOException if reading or writing fails; nothing is left of the set then
   */
  public static List<Path> split(Path input, Path stem, Limit limit, LoadListener listener)
      throws IOException {
    if (stem.toString().isEmpty() || stem.getFileName() == null) {
      throw new IllegalArgumentException("\"" + stem + "\" is no beginning of the names of files");
    }
    if (Files.isDirectory(stem)) {
      throw new IllegalArgumentException(
          stem + " is a folder, and not the beginning of the names of files");
    }
    try (GgufFile model = GgufFile.open(input)) {
      List<List<GgufTensor>> parts = parts(model.tensors(), limit);
      if (parts.size() > GgufSplit.MOST_FILES) {
        throw new IllegalArgumentException(
            "%d files, and a set has %d at most".formatted(parts.size(), GgufSplit.MOST_FILES));
      }
      GgufSplit set = GgufSplit.named(stem, parts.size());
      List<Path> files = IntStream.range(0, parts.size()).mapToObj(set::file).toList();
      for (Path file : files) {
        if (Files.exists(file)) {
          throw new FileAlreadyExistsException(file.toString());
        }
      }
      write(model, parts, set, listener);
      return files;
    }
  }

  private static List<List<GgufTensor>> parts(List<GgufTensor> tensors, Limit limit) {
    List<List<GgufTensor>> parts = new ArrayList<>();
    List<GgufTensor> part = new ArrayList<>();
    long bytes = 0;
    for (GgufTensor tensor : tensors) {
      boolean full = part.size() == limit.tensors() || tensor.byteSize() > limit.bytes() - bytes;
      if (full && !part.isEmpty()) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(tensor);
      bytes += tensor.byteSize();
    }
    parts.add(part);
    return parts;
  }

  private static void write(
      GgufFile model, List<List<GgufTensor>> parts, GgufSplit set, LoadListener listener)
      throws IOException {
    int written = 0;
    try (EncoderTeam team = new EncoderTeam(1, bytes(model), listener)) {
      for (; written < set.count(); written++) {
        GgufWriter writer = new GgufWriter();
        if (written == 0) {
          putMetadata(writer, model);
        }
        set.put(writer, written, model.tensors().size());
        addTensors(writer, model, parts.get(written), team);
        writer.create(set.file(written));
      }
    } finally {
      if (written < set.count()) {
        for (int part = 0; part < written; part++) {
          Files.deleteIfExists(set.file(part));
        }
      }
    }
  }

  /**
   * Merges a set into one file.
   *
   * @param first the first file of the set; not modified
   * @param output where to write; replaced when it is there, but only by a complete file
   * @param listener hears of the progress
   * @throws IllegalArgumentException if the output is a file of the set, or there is no set
   * @throws dev.nomoat.ModelFormatException if a file is missing or damaged
   * @throws IOException if reading or writing fails; nothing is left under the name of the output
   *     that was not there
   */
  public static void merge(Path first, Path output, LoadListener listener) throws IOException {
    try (GgufFile model = GgufFile.open(first)) {
      if (!GgufSplit.isPart(model.metadata())) {
        throw new IllegalArgumentException(first + " is no set of files");
      }
      Outputs.refuseInput(output, model.files());
      try (EncoderTeam team = new EncoderTeam(1, bytes(model), listener)) {
        GgufWriter writer = new GgufWriter();
        putMetadata(writer, model);
        addTensors(writer, model, model.tensors(), team);
        writer.write(output);
      }
    }
  }

  private static long bytes(GgufFile model) {
    return model.tensors().stream().mapToLong(GgufTensor::byteSize).sum();
  }

  private static void putMetadata(GgufWriter writer, GgufFile model) {
    for (String key : model.metadata().keys()) {
      if (!GgufSplit.isKey(key)) {
        writer.put(key, model.metadata().get(key).orElseThrow());
      }
    }
  }

  private static void addTensors(
      GgufWriter writer, GgufFile model, List<GgufTensor> tensors, EncoderTeam team) {
    for (GgufTensor tensor : tensors) {
      GgufStoredTensor stored = new GgufStoredTensor(model, tensor);
      writer.tensor(
          tensor.name(),
          tensor.type(),
          tensor.shape(),
          new TensorEncoder(stored, tensor.type(), Optional.empty(), team));
    }
  }
}
