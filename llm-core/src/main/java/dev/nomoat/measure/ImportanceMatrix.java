package dev.nomoat.measure;

import dev.nomoat.LanguageModel;
import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.source.GgufStoredTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * How much the columns of each matrix of a model count: the mean squares of what the matrix is
 * multiplied by, measured on some text. Quantising can then be most exact where it matters.
 *
 * <p>Files are those of llama.cpp: GGUF with the tensors {@code NAME.in_sum2}, shape [matrices,
 * columns], and {@code NAME.counts}, shape [matrices, 1]; a tensor of experts holds a matrix for
 * each. The older {@code imatrix.dat} is read as well; as that does not tell how many matrices a
 * tensor has, all of them count as one.
 *
 * <p>Immutable.
 */
public final class ImportanceMatrix {
  private static final String SUMS = ".in_sum2";
  private static final String COUNTS = ".counts";

  /** The value of {@code general.type} in files of this kind. */
  private static final String FILE_KIND = "imatrix";

  private static final String DATASETS_KEY = "imatrix.datasets";
  private static final String CHUNKS_KEY = "imatrix.chunk_count";
  private static final String CHUNK_SIZE_KEY = "imatrix.chunk_size";

  /** More than that no file counts exactly. */
  private static final float MOST_INPUTS = 1L << 62;

  private final Map<String, MeasuredColumns> columns;
  private final List<String> datasets;
  private final int chunks;
  private final int chunkSize;

  ImportanceMatrix(
      Map<String, MeasuredColumns> columns, List<String> datasets, int chunks, int chunkSize) {
    this.columns = new TreeMap<>(columns);
    this.datasets = List.copyOf(datasets);
    this.chunks = chunks;
    this.chunkSize = chunkSize;
  }

  /**
   * Measures a model on a text. Interrupting the thread ends that after the chunk at hand, with
   * what was measured until then.
   *
   * @param model the model, best in full precision
   * @param text the tokens of a text; see {@link MeasureOptions#tokens}
   * @param dataset what the text is called, for those who will ask
   * @param options how the text is cut
   * @return what was measured
   * @throws IllegalArgumentException if the text is shorter than a chunk
   * @throws dev.nomoat.ContextOverflowException if a chunk is longer than the model's context
   * @throws dev.nomoat.GenerationException if evaluating fails
   * @throws IllegalStateException if the model is closed, before or meanwhile
   * @throws dev.nomoat.UnsupportedModelException if the model is an encoder
   */
  public static ImportanceMatrix measure(
      LanguageModel model, int[] text, String dataset, MeasureOptions options) {
    TextChunks chunks = new TextChunks(model, text, options);
    Map<String, ColumnSums> sums = new TreeMap<>();
    int done =
        chunks.forEach(
            tokens ->
                model.observe(
                    tokens,
                    (tensor, matrix, matrices, inputs, offset, count, columns) -> {
                      if (tensor.startsWith("blk.")) {
                        sums.computeIfAbsent(tensor, _ -> new ColumnSums(tensor, matrices, columns))
                            .add(matrix, inputs, offset, count);
                      }
                    }));
    Map<String, MeasuredColumns> columns = new TreeMap<>();
    sums.forEach((tensor, sum) -> columns.put(tensor, sum.columns()));
    return new ImportanceMatrix(columns, List.of(dataset), done, options.chunkSize());
  }

  /**
   * Reads a file.
   *
   * @param file a GGUF file of importance, or an {@code imatrix.dat}
   * @return what was measured
   * @throws ModelFormatException if the file is damaged, or of another kind
   * @throws IOException if it cannot be read
   */
  public static ImportanceMatrix read(Path file) throws IOException {
    try (OpenFile open = OpenFile.open(file)) {
      return ImportanceDat.isGguf(open) ? readGguf(file) : ImportanceDat.read(open);
    }
  }

  private static ImportanceMatrix readGguf(Path file) throws IOException {
    try (GgufFile gguf = GgufFile.open(file)) {
      String kind = gguf.metadata().requireString("general.type");
      if (!kind.equals(FILE_KIND)) {
        throw gguf.metadata().fault("general.type", FILE_KIND);
      }
      Map<String, MeasuredColumns> columns = new LinkedHashMap<>();
      for (GgufTensor tensor : gguf.tensors()) {
        String name = tensor.name();
        if (name.endsWith(SUMS)) {
          String matrix = name.substring(0, name.length() - SUMS.length());
          columns.put(matrix, read(gguf, tensor, gguf.requireTensor(matrix + COUNTS)));
        }
      }
      List<String> datasets =
          gguf.metadata().strings(DATASETS_KEY).map(a -> List.of(a.toTexts())).orElse(List.of());
      int chunks = count(gguf, CHUNKS_KEY);
      int chunkSize = count(gguf, CHUNK_SIZE_KEY);
      return new ImportanceMatrix(columns, datasets, chunks, chunkSize);
    }
  }

  private static int count(GgufFile gguf, String key) {
    int count = gguf.metadata().integer(key).orElse(0);
    if (count < 0) {
      throw gguf.metadata().fault(key, "a number, 0 or above");
    }
    return count;
  }

  private static MeasuredColumns read(GgufFile gguf, GgufTensor sums, GgufTensor counts)
      throws IOException {
    float[] numbers = numbers(gguf, counts);
    long[] whole = new long[numbers.length];
    Arrays.setAll(whole, i -> (long) numbers[i]);
    try {
      for (int i = 0; i < whole.length; i++) {
        if (!(numbers[i] >= 0 && numbers[i] <= MOST_INPUTS) || whole[i] != numbers[i]) {
          throw new IllegalArgumentException("%s inputs".formatted(numbers[i]));
        }
      }
      if (whole.length != sums.rows()) {
        throw new IllegalArgumentException(
            "%d counts for sums of shape %s".formatted(whole.length, sums.shape()));
      }
      return new MeasuredColumns(numbers(gguf, sums), whole);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          gguf.files().get(sums.part()),
          sums.offset(),
          "sums of squares and their counts in tensor " + sums.name(),
          String.valueOf(e.getMessage()),
          e);
    }
  }

  private static float[] numbers(GgufFile gguf, GgufTensor tensor) throws IOException {
    if (tensor.type() != TensorType.F32 || tensor.elements() > Integer.MAX_VALUE / 8) {
      throw new ModelFormatException(
          gguf.files().get(tensor.part()),
          tensor.offset(),
          "F32 numbers in tensor " + tensor.name(),
          "%s %s".formatted(tensor.type(), tensor.shape()));
    }
    return new GgufStoredTensor(gguf, tensor).numbers(0, Math.toIntExact(tensor.rows()));
  }

  /**
   * Writes a file, complete or not at all.
   *
   * @param file where to; replaced when it is there
   * @throws IOException if writing fails
   */
  public void write(Path file) throws IOException {
    GgufWriter writer = new GgufWriter();
    writer.put("general.type", GgufValue.text(FILE_KIND));
    writer.put(DATASETS_KEY, GgufStringArray.of(datasets));
    writer.put(CHUNKS_KEY, GgufValue.uint32(chunks));
    writer.put(CHUNK_SIZE_KEY, GgufValue.uint32(chunkSize));
    columns.forEach(
        (name, measured) -> {
          long matrices = measured.matrices();
          List<Long> shape = List.of(matrices, (long) measured.columns());
          tensor(writer, name + SUMS, shape, measured.sums());
          tensor(writer, name + COUNTS, List.of(matrices, 1L), measured.counts());
        });
    writer.write(file);
  }

  private static void tensor(GgufWriter writer, String name, List<Long> shape, float[] numbers) {
    byte[] bytes = new byte[numbers.length * Float.BYTES];
    MemorySegment segment = MemorySegment.ofArray(bytes);
    BlockCodec.of(TensorType.F32).encode(numbers, 0, segment, 0, numbers.length);
    writer.tensor(name, TensorType.F32, shape, segment);
  }

  /**
   * What was measured of a tensor: for each matrix and column the mean square of what the matrix
   * was multiplied by.
   *
   * @param tensor its name in the model
   * @return shape [matrices, columns], 1 where a matrix was never used; empty when the tensor was
   *     not measured
   */
  public Optional<float[]> of(String tensor) {
    return Optional.ofNullable(columns.get(tensor)).map(MeasuredColumns::means);
  }

  /**
   * How many columns the matrices of a tensor have.
   *
   * @param tensor its name in the model
   * @return the columns; empty when the tensor was not measured
   */
  public OptionalInt columns(String tensor) {
    MeasuredColumns measured = columns.get(tensor);
    return measured == null ? OptionalInt.empty() : OptionalInt.of(measured.columns());
  }

  /**
   * The tensors that were measured.
   *
   * @return their names, sorted
   */
  public List<String> tensors() {
    return List.copyOf(columns.keySet());
  }

  /**
   * The texts on which it was measured.
   *
   * @return their names, as whoever measured gave them
   */
  public List<String> datasets() {
    return datasets;
  }

  /**
   * How many chunks of text were evaluated.
   *
   * @return chunks
   */
  public int chunks() {
    return chunks;
  }

  /**
   * How long a chunk was.
   *
   * @return tokens; 0 where the file did not tell
   */
  public int chunkSize() {
    return chunkSize;
  }
}
