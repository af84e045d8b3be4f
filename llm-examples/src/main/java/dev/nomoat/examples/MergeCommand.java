package dev.nomoat.examples;

import dev.nomoat.convert.GgufSets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code llm merge}: a model in one file again. */
@Command(description = "Merges a set of GGUF files into one.")
final class MergeCommand implements Callable<Integer> {
  private final Streams streams;

  @Parameters(paramLabel = "FIRST.gguf", description = "The first file, NAME-00001-of-00003.gguf.")
  private Path first = Path.of("");

  @Parameters(paramLabel = "OUT.gguf", description = "The file to write.")
  private Path output = Path.of("");

  MergeCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    return ProgressBar.during(
        streams,
        "merging",
        bar -> {
          GgufSets.merge(first, output, bar);
          return 0;
        });
  }
}
