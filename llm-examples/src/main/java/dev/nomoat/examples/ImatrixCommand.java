package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.measure.ImportanceMatrix;
import dev.nomoat.measure.MeasureOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm imatrix}: which columns of a model's matrices count how much. */
@Command(
    description =
        "Measures on a text which columns of a model's matrices count how much, for llm quantize"
            + " --imatrix.")
final class ImatrixCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();
  @Mixin private final TextFile text = new TextFile();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT.gguf",
      required = true,
      description = "The file to write.")
  private Path output = Path.of("");

  ImatrixCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    MeasureOptions options = text.options(streams);
    OutputFile.check(output, text.path(), engine.path());
    try (LanguageModel model = engine.loadFor(streams, options.chunkSize())) {
      ImportanceMatrix matrix =
          ImportanceMatrix.measure(model, text.tokens(model), text.name(), options);
      matrix.write(output);
      streams.show(
          "%d tensors measured on %d chunks of %d tokens%n"
              .formatted(matrix.tensors().size(), matrix.chunks(), matrix.chunkSize()));
    }
    return 0;
  }
}
