package dev.nomoat.benchmarks.formats;

import dev.nomoat.ActivationPrecision;
import dev.nomoat.LanguageModel;
import dev.nomoat.LoadOptions;
import dev.nomoat.convert.ModelDiff;
import dev.nomoat.convert.ModelQuantizer;
import dev.nomoat.convert.QuantizationMix;
import dev.nomoat.convert.QuantizeOptions;
import dev.nomoat.measure.MeasureOptions;
import dev.nomoat.measure.Perplexity;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes a table of the number formats: whether decoding gives the bits of the reference, how exact
 * encoding is beside it, how fast products are, and how good the story model is in the format.
 */
@Command(
    name = "formats",
    mixinStandardHelpOptions = true,
    description =
        "Prints a table of the number formats of weights. Run it in the project's folder.")
public final class FormatsTable implements Callable<Integer> {
  private static final Path STORY = Path.of("llm-core/src/test/resources/dev/nomoat/story");
  private static final Path GOLDENS = Path.of("llm-quant/src/test/resources/dev/nomoat/quant");
  private static final int CHUNK = 512;

  @Option(
      names = "--reference",
      paramLabel = "DIR",
      description = {
        "A folder with the story model as llama-quantize --pure makes it of story-bf16.gguf:",
        "story-TYPE.gguf, TYPE in lower case. Without it the columns that compare stay empty."
      })
  private @Nullable Path reference;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "A text to measure on (default: ${DEFAULT-VALUE}).")
  private Path text = STORY.resolve("stories-long.txt");

  /** Made by the program. */
  private FormatsTable() {}

  /**
   * Runs the program.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new FormatsTable()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Path full = STORY.resolve("story-bf16.gguf");
    double exact = perplexity(full);
    System.out.println(
        """
        | type | bits per weight | decode | encode error | of llama.cpp's | GB/s | perplexity | of \
        llama.cpp's file |
        | --- | --- | --- | --- | --- | --- | --- | --- |\
        """);
    for (TensorType type : TensorType.values()) {
      if (PackedMatrix.supports(type)) {
        System.out.println(row(type, full));
      }
    }
    System.out.printf(Locale.ROOT, "%nPerplexity of the full weights: %.4f%n", exact);
    return 0;
  }

  private String row(TensorType type, Path full) throws IOException {
    double bits = 8.0 * type.blockBytes() / type.blockElements();
    OptionalDouble error = OptionalDouble.empty();
    OptionalDouble perplexity = OptionalDouble.empty();
    OptionalDouble ratio = OptionalDouble.empty();
    OptionalDouble theirs = OptionalDouble.empty();
    Optional<Path> file = referenceFile(type);
    if (file.isPresent()) {
      theirs = OptionalDouble.of(perplexity(file.get()));
    }
    Optional<QuantizationMix> mix = mix(type);
    if (mix.isPresent()) {
      Path ours = Files.createTempFile("story-", ".gguf");
      try {
        ModelQuantizer.quantize(full, ours, QuantizeOptions.of(mix.get()).withPure(true));
        error = OptionalDouble.of(error(full, ours));
        perplexity = OptionalDouble.of(perplexity(ours));
        if (file.isPresent()) {
          double of = error(full, file.get());
          ratio = of == 0 ? ratio : OptionalDouble.of(error.getAsDouble() / of);
        }
      } finally {
        Files.delete(ours);
      }
    }
    return String.format(
        Locale.ROOT,
        "| %s | %.4g | %s | %s | %s | %.1f | %s | %s |",
        type,
        bits,
        decode(type),
        shown("%.5f", error),
        shown("%.4f", ratio),
        ProductRate.of(type),
        shown("%.4f", perplexity),
        shown("%.4f", theirs));
  }

  private static String shown(String format, OptionalDouble number) {
    return number.isPresent() ? String.format(Locale.ROOT, format, number.getAsDouble()) : "";
  }

  private Optional<Path> referenceFile(TensorType type) {
    return Optional.ofNullable(reference)
        .map(folder -> folder.resolve("story-" + type.name().toLowerCase(Locale.ROOT) + ".gguf"))
        .filter(Files::exists);
  }

  /** A mix of this type, for a pure file; there is one for each that can be encoded. */
  private static Optional<QuantizationMix> mix(TensorType type) {
    return Arrays.stream(QuantizationMix.values()).filter(mix -> mix.type() == type).findFirst();
  }

  /** The relative error of all matrices together. */
  private static double error(Path full, Path file) throws IOException {
    double squares = 0;
    double numbers = 0;
    for (ModelDiff.ChangedTensor tensor : ModelDiff.of(full, file).tensors()) {
      ModelDiff.Difference difference = tensor.numbers().orElseThrow();
      double count = tensor.first().orElseThrow().shape().stream().reduce(1L, (a, b) -> a * b);
      double square = count * difference.rms() * difference.rms();
      squares += square;
      numbers += square == 0 ? 0 : square / (difference.relative() * difference.relative());
    }
    return squares == 0 ? 0 : Math.sqrt(squares / numbers);
  }

  private double perplexity(Path model) throws IOException {
    LoadOptions options =
        LoadOptions.defaults().withContextLength(CHUNK).withActivations(ActivationPrecision.FULL);
    try (LanguageModel loaded = LanguageModel.load(model, options)) {
      int[] ids = MeasureOptions.tokens(loaded.tokenizer(), Files.readString(text));
      return Perplexity.of(loaded, ids, MeasureOptions.defaults().withChunkSize(CHUNK)).value();
    }
  }

  /** Whether blocks decode to the bits of the reference. */
  private static String decode(TensorType type) throws IOException {
    Path file = GOLDENS.resolve(type + ".decode");
    if (!Files.exists(file)) {
      return type == TensorType.F32 ? "exact" : "";
    }
    byte[] golden = Files.readAllBytes(file);
    int blocks = golden.length / (type.blockBytes() + type.blockElements() * Float.BYTES);
    float[] numbers = new float[blocks * type.blockElements()];
    BlockCodec.of(type).decode(MemorySegment.ofArray(golden), 0, numbers, 0, numbers.length);
    ByteBuffer expected = ByteBuffer.wrap(golden).order(ByteOrder.LITTLE_ENDIAN);
    int wrong = 0;
    for (int i = 0; i < numbers.length; i++) {
      int bits = expected.getInt(blocks * type.blockBytes() + i * Float.BYTES);
      wrong += bits == Float.floatToRawIntBits(numbers[i]) ? 0 : 1;
    }
    return wrong == 0 ? "exact" : wrong + " of " + numbers.length + " wrong";
  }
}
