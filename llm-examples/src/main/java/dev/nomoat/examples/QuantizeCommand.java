package dev.nomoat.examples;

import dev.nomoat.convert.ModelQuantizer;
import dev.nomoat.convert.QuantizationMix;
import dev.nomoat.convert.QuantizeOptions;
import dev.nomoat.convert.QuantizedTensor;
import dev.nomoat.measure.ImportanceMatrix;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm quantize}: a model with fewer bits per weight. */
@Command(description = "Writes a GGUF file with fewer bits per weight.")
final class QuantizeCommand implements Callable<Integer> {
  private final Streams streams;

  @Parameters(paramLabel = "IN.gguf", description = "The model, or the first file of a set.")
  private Path input = Path.of("");

  @Parameters(paramLabel = "OUT.gguf", description = "The file to write.")
  private Path output = Path.of("");

  @Parameters(
      paramLabel = "TYPE",
      description = "How many bits, and where: ${COMPLETION-CANDIDATES}.")
  private QuantizationMix mix = QuantizationMix.Q4_K_M;

  @Option(
      names = "--imatrix",
      paramLabel = "FILE",
      description =
          "Which columns count how much, as llm imatrix measures it, or an imatrix.dat of"
              + " llama.cpp: less loss.")
  private @Nullable Path importance;

  @Option(
      names = "--tensor-type",
      paramLabel = "REGEX=TYPE",
      description =
          "A format for the tensors whose names have REGEX in them: attn_v=q8_0 say. The first that"
              + " matches counts.")
  private Map<String, TensorType> types = new LinkedHashMap<>();

  @Option(
      names = "--pure",
      description = "All matrices in the same format, embeddings and output head too.")
  private boolean pure;

  @Option(
      names = "--requantize",
      description = "Allow to quantise what is quantised already, which loses more.")
  private boolean requantize;

  @Option(names = "--dry-run", description = "Only print what would be done.")
  private boolean dryRun;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that encode; 0, the default: one for each processor.")
  private int threads;

  QuantizeCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    QuantizeOptions options = options();
    if (Files.isDirectory(input)) {
      throw new UsageException(input + " is a folder: make a GGUF file of it with llm convert");
    }
    if (importance != null) {
      OutputFile.check(output, importance);
      options = options.withImportance(ImportanceMatrix.read(importance));
    }
    List<QuantizedTensor> tensors = dryRun ? ModelQuantizer.plan(input, options) : write(options);
    StringBuilder report = new StringBuilder();
    if (dryRun) {
      for (QuantizedTensor tensor : tensors) {
        report.append(
            String.format(
                Locale.ROOT,
                "%-32s %-16s %-5s %s%n",
                tensor.name(),
                tensor.shape(),
                tensor.from(),
                tensor.to() == tensor.from() ? "" : "-> " + tensor.to()));
      }
    }
    tensors.stream()
        .filter(tensor -> tensor.to() != tensor.wanted())
        .forEach(
            tensor ->
                streams.note(
                    "%s is %s, not %s: its rows have %d numbers"
                        .formatted(
                            tensor.name(),
                            tensor.to(),
                            tensor.wanted(),
                            tensor.shape().getLast())));
    long bytes = tensors.stream().mapToLong(QuantizedTensor::byteSize).sum();
    long numbers = tensors.stream().mapToLong(QuantizedTensor::elements).sum();
    report.append(
        String.format(
            Locale.ROOT,
            "%d tensors, %s, %.2f bits per weight%n",
            tensors.size(),
            Sizes.shown(bytes),
            8.0 * bytes / numbers));
    streams.show(report.toString());
    return 0;
  }

  private List<QuantizedTensor> write(QuantizeOptions options) throws IOException {
    return ProgressBar.during(
        streams,
        "quantising",
        bar -> ModelQuantizer.quantize(input, output, options.withListener(bar)));
  }

  private QuantizeOptions options() {
    try {
      QuantizeOptions options =
          QuantizeOptions.of(mix).withPure(pure).withRequantize(requantize).withThreads(threads);
      for (Map.Entry<String, TensorType> type : types.entrySet()) {
        options = options.withType(type.getKey(), type.getValue());
      }
      return options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }
}
