package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An open GGUF file, or set of files that a model was split into: its metadata, and where its
 * tensors lie.
 *
 * <p>Opening checks the whole head of the file, and that every tensor lies inside it; see the
 * package for what that promises.
 *
 * <p>Immutable and thread-safe. It owns the mapped files: {@link #close} ends every segment that
 * {@link #data} lent. Metadata and tensor descriptions are plain values and outlive it.
 */
public final class GgufFile implements AutoCloseable {
  private final int version;
  private final GgufMetadata metadata;
  private final List<Part> parts;
  private final Map<String, GgufTensor> tensors;
  private final Arena arena;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** One file of the set; {@code mapping} covers all of it. */
  private record Part(OpenFile file, MemorySegment mapping) {}

  private GgufFile(
      int version,
      GgufMetadata metadata,
      List<Part> parts,
      Map<String, GgufTensor> tensors,
      Arena arena) {
    this.version = version;
    this.metadata = metadata;
    this.parts = List.copyOf(parts);
    this.tensors = tensors;
    this.arena = arena;
  }

  /**
   * Opens a file, and with the first file of a set the others beside it.
   *
   * @param file a GGUF file of version 2 or 3; of a split model the first file, {@code
   *     name-00001-of-00003.gguf}
   * @return the open file; the caller closes it
   * @throws ModelFormatException if a file of the set contradicts the format, is missing, or is not
   *     the first of its set
   * @throws dev.nomoat.UnsupportedModelException if the file has another version, is big-endian, or
   *     has a tensor of an unknown type
   * @throws IOException if a file cannot be read
   */
  public static GgufFile open(Path file) throws IOException {
    List<OpenFile> files = new ArrayList<>();
    try {
      files.add(OpenFile.open(file));
      GgufParser.Head first = GgufParser.parse(files.getFirst(), 0);
      List<GgufParser.Head> heads = new ArrayList<>(List.of(first));
      Map<String, GgufTensor> tensors = LinkedHashMap.newLinkedHashMap(first.tensors().size());
      first.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
      GgufSplit split = GgufSplit.of(file, first.metadata());
      for (int part = 1; part < split.count(); part++) {
        files.add(split.open(part));
        GgufParser.Head head = GgufParser.parse(files.getLast(), part);
        split.checkPart(part, head.metadata());
        addTensors(tensors, head, files.getLast());
        heads.add(head);
      }
      split.checkTensorCount(first.metadata(), tensors.size());
      return map(heads, files, tensors);
    } catch (Throwable e) {
      try {
        OpenFile.closeAll(files);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static void addTensors(
      Map<String, GgufTensor> tensors, GgufParser.Head head, OpenFile member) {
    for (GgufTensor tensor : head.tensors()) {
      if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
        throw member.fault(
            tensor.offset(),
            "a tensor that is in no other file of the set",
            Utf8.quote(tensor.name()) + " again");
      }
    }
  }

  // The file that is returned closes the arena.
  @SuppressWarnings("MustBeClosedChecker")
  private static GgufFile map(
      List<GgufParser.Head> heads, List<OpenFile> files, Map<String, GgufTensor> tensors)
      throws IOException {
    Arena arena = Arena.ofShared();
    try {
      List<Part> parts = new ArrayList<>();
      for (OpenFile file : files) {
        parts.add(new Part(file, map(file, arena)));
      }
      GgufParser.Head first = heads.getFirst();
      return new GgufFile(first.version(), first.metadata(), parts, tensors, arena);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
  }

  private static MemorySegment map(OpenFile file, Arena arena) throws IOException {
    try {
      return file.channel().map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
    } catch (IOException e) {
      long size = file.channel().size();
      if (size < file.size()) {
        throw new ModelFormatException(
            file.path(), size, "a file of " + file.size() + " bytes", "a shorter one", e);
      }
      throw e;
    }
  }

  /**
   * The version of the format.
   *
   * @return 2 or 3; of a set, that of the first file
   */
  public int version() {
    return version;
  }

  /**
   * The files that were opened.
   *
   * @return their paths in order, immutable; index {@link GgufTensor#part()} is the file that holds
   *     a tensor
   */
  public List<Path> files() {
    return parts.stream().map(part -> part.file.path()).toList();
  }

  /**
   * The key-value pairs; of a set, those of the first file, which describes the model.
   *
   * @return the metadata, valid after close too
   */
  public GgufMetadata metadata() {
    return metadata;
  }

  /**
   * All tensors, in the order of the file, and of the files in a set.
   *
   * @return an immutable list, valid after close too
   */
  public List<GgufTensor> tensors() {
    return List.copyOf(tensors.values());
  }

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return its description, or empty if there is none of this name
   */
  public Optional<GgufTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /**
   * Finds a tensor that must be there.
   *
   * @param name its name
   * @return its description
   * @throws ModelFormatException if there is none of this name
   */
  public GgufTensor requireTensor(String name) {
    return tensor(name)
        .orElseThrow(
            () ->
                new ModelFormatException(
                    metadata.file(),
                    metadata.end(),
                    "a tensor " + Utf8.quote(name),
                    tensors.size() + " tensors without it"));
  }

  /**
   * Lends a view of a tensor's bytes in the mapped file.
   *
   * <p>If somebody shortens the file meanwhile, access to the lost bytes ends in an {@link
   * InternalError}; {@link #read} has no such risk.
   *
   * @param tensor a tensor of this file
   * @return a read-only segment of {@link GgufTensor#byteSize()} bytes, valid until this file is
   *     closed, for any thread
   * @throws IllegalArgumentException if the tensor is not of this file
   * @throws IllegalStateException if this file is closed
   */
  public MemorySegment data(GgufTensor tensor) {
    return part(tensor).mapping.asSlice(tensor.offset(), tensor.byteSize());
  }

  /**
   * Copies bytes of a tensor, without the mapping. Any number of threads may read at once.
   *
   * <p>Interrupting a thread that reads closes the channel for all, as {@link FileChannel} does;
   * then every later read fails with an {@link IOException}.
   *
   * @param tensor a tensor of this file
   * @param from the first byte to copy, from the start of the tensor
   * @param target filled from the file; native memory or a view of a byte array, writable
   * @throws IllegalArgumentException if the tensor is not of this file, the range does not lie
   *     inside it, or {@code target} is of another kind
   * @throws IllegalStateException if this file is closed, also while reading
   * @throws ModelFormatException if the file has become shorter since it was opened
   * @throws IOException if reading fails
   */
  public void read(GgufTensor tensor, long from, MemorySegment target) throws IOException {
    Part part = part(tensor);
    try {
      part.file.readTensor(tensor.name(), tensor.offset(), tensor.byteSize(), from, target);
    } catch (ClosedChannelException e) {
      if (closed.get()) {
        throw closedException(e);
      }
      throw e;
    }
  }

  private Part part(GgufTensor tensor) {
    if (closed.get()) {
      throw closedException(null);
    }
    if (!tensor.equals(tensors.get(tensor.name()))) {
      throw new IllegalArgumentException(
          "tensor " + tensor.name() + " is not of " + metadata.file());
    }
    return parts.get(tensor.part());
  }

  private IllegalStateException closedException(@Nullable Throwable cause) {
    return new IllegalStateException(metadata.file() + " is closed", cause);
  }

  /**
   * Closes the files and ends every segment that {@link #data} lent: touching one afterwards is an
   * {@link IllegalStateException}. Closing again does nothing.
   *
   * @throws IllegalStateException if a channel is at this moment reading or writing a segment that
   *     was lent; nothing is closed then
   * @throws IOException if a file cannot be closed
   */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      arena.close();
    } catch (IllegalStateException e) {
      closed.set(false);
      throw e;
    }
    OpenFile.closeAll(parts.stream().map(Part::file).toList());
  }
}
