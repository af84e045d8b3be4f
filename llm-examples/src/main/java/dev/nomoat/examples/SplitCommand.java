package dev.nomoat.examples;

import dev.nomoat.convert.GgufSets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm split}: a model in several files. */
@Command(description = "Splits a GGUF file into a set: OUT-00001-of-00003.gguf and so on.")
final class SplitCommand implements Callable<Integer> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([MG])", Pattern.CASE_INSENSITIVE);

  private final Streams streams;

  @Parameters(paramLabel = "IN.gguf", description = "The model.")
  private Path input = Path.of("");

  @Parameters(paramLabel = "OUT", description = "What the names of the files begin with.")
  private Path stem = Path.of("");

  @Option(
      names = "--max-tensors",
      paramLabel = "N",
      description = "Tensors in a file, at most (default: 128, unless --max-size is given).")
  private @Nullable Integer tensors;

  @Option(
      names = "--max-size",
      paramLabel = "N(M|G)",
      description = "Megabytes or gigabytes of tensors in a file, at most.")
  private @Nullable String size;

  SplitCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    GgufSets.Limit limit = limit();
    List<Path> files =
        ProgressBar.during(streams, "splitting", bar -> GgufSets.split(input, stem, limit, bar));
    StringBuilder names = new StringBuilder();
    files.forEach(file -> names.append(file).append(System.lineSeparator()));
    streams.show(names.toString());
    return 0;
  }

  private GgufSets.Limit limit() {
    int most = tensors != null ? tensors : size == null ? 128 : Integer.MAX_VALUE;
    try {
      return new GgufSets.Limit(most, size == null ? Long.MAX_VALUE : bytes(size));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private static long bytes(String size) {
    Matcher matcher = SIZE.matcher(size);
    if (!matcher.matches()) {
      throw new UsageException("--max-size takes a number and M or G, not " + size);
    }
    long unit = matcher.group(2).toUpperCase(Locale.ROOT).equals("M") ? 1_000_000 : 1_000_000_000;
    return Long.parseLong(matcher.group(1)) * unit;
  }
}
