package dev.nomoat.file.safetensors;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An open safetensors file, or set of files with an index: what tensors there are, and their bytes.
 *
 * <p>Opening checks every header and the index, and that they agree; see the package for what that
 * promises.
 *
 * <p>Immutable and thread-safe. It owns the open files. Tensor descriptions and metadata are plain
 * values and outlive it.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = SINGLE + SafetensorsIndex.SUFFIX;

  private final Path source;
  private final long end;
  private final Map<String, String> metadata;
  private final List<OpenFile> parts;
  private final Map<String, SafetensorsTensor> tensors;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SafetensorsFile(
      Path source,
      long end,
      Map<String, String> metadata,
      List<OpenFile> parts,
      Map<String, SafetensorsTensor> tensors) {
    this.source = source;
    this.end = end;
    this.metadata = metadata;
    this.parts = List.copyOf(parts);
    this.tensors = tensors;
  }

  /**
   * Opens a file, or a set of files by its index.
   *
   * <p>Of a folder that has both, the single file is opened, as Hugging Face transformers does.
   *
   * @param path a safetensors file; an index, {@code *.index.json}, whose files lie beside it; or a
   *     folder with {@code model.safetensors} or {@code model.safetensors.index.json}. Symbolic
   *     links are followed, and the files of an index are looked for beside the link.
   * @return the open file or set; the caller closes it
   * @throws ModelFormatException if a file contradicts the format, has an element type that is not
   *     of it, or does not agree with the index; if a file of a set is missing; or if a folder has
   *     neither file
   * @throws IOException if a file cannot be read
   */
  public static SafetensorsFile open(Path path) throws IOException {
    Path source = Files.isDirectory(path) ? inFolder(path) : path;
    List<OpenFile> parts = new ArrayList<>();
    try {
      return SafetensorsIndex.isIndex(source)
          ? openSet(SafetensorsIndex.read(source), parts)
          : openSingle(source, parts);
    } catch (Throwable e) {
      try {
        OpenFile.closeAll(parts);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static Path inFolder(Path folder) {
    for (String name : List.of(SINGLE, INDEX)) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new ModelFormatException(
        folder, 0, "a folder with %s or %s".formatted(SINGLE, INDEX), "neither");
  }

  private static SafetensorsFile openSingle(Path source, List<OpenFile> parts) throws IOException {
    parts.add(OpenFile.open(source));
    SafetensorsParser.Head head = SafetensorsParser.parse(parts.getFirst(), 0);
    Map<String, SafetensorsTensor> tensors = LinkedHashMap.newLinkedHashMap(head.tensors().size());
    head.tensors().forEach(d -> tensors.put(d.tensor().name(), d.tensor()));
    return new SafetensorsFile(source, head.end(), head.metadata(), parts, tensors);
  }

  private static SafetensorsFile openSet(SafetensorsIndex index, List<OpenFile> parts)
      throws IOException {
    Map<String, SafetensorsTensor> tensors = LinkedHashMap.newLinkedHashMap(index.entries().size());
    Map<String, String> metadata = Map.of();
    for (Path member : index.files()) {
      OpenFile file = index.open(member);
      parts.add(file);
      SafetensorsParser.Head head = SafetensorsParser.parse(file, parts.size() - 1);
      for (SafetensorsParser.Described described : head.tensors()) {
        index.checkTensor(file, described);
        tensors.put(described.tensor().name(), described.tensor());
      }
      if (parts.size() == 1) {
        metadata = head.metadata();
      }
    }
    index.checkComplete(tensors);
    return new SafetensorsFile(index.path(), index.end(), metadata, parts, tensors);
  }

  /**
   * The files that were opened, without the index.
   *
   * @return their paths, those of a set in the order of their names, immutable; index {@link
   *     SafetensorsTensor#part()} is the file that holds a tensor
   */
  public List<Path> files() {
    return parts.stream().map(OpenFile::path).toList();
  }

  /**
   * The free texts of the header, {@code __metadata__}, such as {@code format} with {@code pt}.
   *
   * @return texts by their names, of a set those of the first file; empty if there are none;
   *     immutable and valid after close too
   */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * All tensors, in the order of their bytes, and of the files in a set.
   *
   * @return an immutable list, valid after close too
   */
  public List<SafetensorsTensor> tensors() {
    return List.copyOf(tensors.values());
  }

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return its description, or empty if there is none of this name
   */
  public Optional<SafetensorsTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /**
   * Finds a tensor that must be there.
   *
   * @param name its name
   * @return its description
   * @throws ModelFormatException if there is none of this name; the fault is at the end of the
   *     header, or of the index of a set
   */
  public SafetensorsTensor requireTensor(String name) {
    return tensor(name)
        .orElseThrow(
            () ->
                new ModelFormatException(
                    source,
                    end,
                    "a tensor " + Utf8.quote(name),
                    tensors.size() + " tensors without it"));
  }

  /**
   * Copies bytes of a tensor. Any number of threads may read at once.
   *
   * <p>Interrupting a thread that reads closes the channel for all, as {@link FileChannel} does;
   * then every later read fails with an {@link IOException}.
   *
   * @param tensor a tensor of this file or set
   * @param fromByte the first byte to copy, from the start of the tensor
   * @param target filled from the file; native memory or a view of a byte array, writable
   * @throws IllegalArgumentException if the tensor is not of this file, the range does not lie
   *     inside it, or {@code target} is of another kind
   * @throws IllegalStateException if this file is closed, also while reading
   * @throws ModelFormatException if the file has become shorter since it was opened
   * @throws IOException if reading fails
   */
  public void read(SafetensorsTensor tensor, long fromByte, MemorySegment target)
      throws IOException {
    OpenFile part = part(tensor);
    try {
      part.readTensor(tensor.name(), tensor.offset(), tensor.byteSize(), fromByte, target);
    } catch (ClosedChannelException e) {
      if (closed.get()) {
        throw closedException(e);
      }
      throw e;
    }
  }

  private OpenFile part(SafetensorsTensor tensor) {
    if (closed.get()) {
      throw closedException(null);
    }
    if (!tensor.equals(tensors.get(tensor.name()))) {
      throw new IllegalArgumentException("tensor " + tensor.name() + " is not of " + source);
    }
    return parts.get(tensor.part());
  }

  private IllegalStateException closedException(@Nullable Throwable cause) {
    return new IllegalStateException(source + " is closed", cause);
  }

  /**
   * Closes the files; reads that run at this moment end with an {@link IllegalStateException}.
   * Closing again does nothing.
   *
   * @throws IOException if a file cannot be closed
   */
  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      OpenFile.closeAll(parts);
    }
  }
}
