package dev.nomoat.examples;

import dev.nomoat.convert.ConversionResult;
import dev.nomoat.convert.ConvertOptions;
import dev.nomoat.convert.ModelConverter;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm convert}: a Hugging Face folder becomes a GGUF file. */
@Command(description = "Makes a GGUF file of a Hugging Face folder.")
final class ConvertCommand implements Callable<Integer> {
  private final Streams streams;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "Numbers of the matrices: f32, f16, bf16, q8_0 or another block format; for mixes use llm"
              + " quantize behind (default: as they are stored).")
  private @Nullable TensorType type;

  @Option(
      names = "--tensor-type",
      paramLabel = "REGEX=TYPE",
      description =
          "Numbers of the tensors whose names have REGEX in them: ffn_down=q8_0 say. The first that"
              + " matches counts.")
  private Map<String, TensorType> overrides = new LinkedHashMap<>();

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description = "What GGUF calls the way in which text is split (default: found by itself).")
  private @Nullable String preTokenizer;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that encode; 0, the default: as many as there are processors.")
  private int threads;

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder with the model.")
  private Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
  private Path target = Path.of("");

  ConvertCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    ConvertOptions options = options();
    if (!Files.isDirectory(folder)) {
      throw new UsageException(folder + " is not a folder with a model");
    }
    ConversionResult result =
        ProgressBar.during(
            streams,
            "converting",
            bar -> ModelConverter.convert(folder, target, options.withListener(bar)));
    streams.show(
        String.format(
            Locale.ROOT,
            "%s: %d tensors, %d bytes%n",
            result.file(),
            result.tensors(),
            result.bytes()));
    return 0;
  }

  private ConvertOptions options() {
    try {
      ConvertOptions options = ConvertOptions.defaults().withThreads(threads);
      if (type != null) {
        options = options.withType(type);
      }
      for (Map.Entry<String, TensorType> override : overrides.entrySet()) {
        options = options.withType(override.getKey(), override.getValue());
      }
      return preTokenizer == null ? options : options.withPreTokenizer(preTokenizer);
    } catch (PatternSyntaxException e) {
      throw new UsageException("--tensor-type: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }
}
