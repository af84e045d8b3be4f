package dev.nomoat.examples;

import dev.nomoat.TensorInfo;
import dev.nomoat.convert.ModelDiff;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code llm diff}: where two models differ. */
@Command(
    description =
        "Prints where two models differ: - for what only the first has, + for what only the second"
            + " has, ~ for what both have otherwise. Tensors are compared as numbers.")
final class DiffCommand implements Callable<Integer> {
  /** Characters that are shown of a value. */
  private static final int LONGEST = 60;

  /** Of those, before the first difference of values that begin alike. */
  private static final int BEFORE = 20;

  private final Streams streams;

  @Parameters(paramLabel = "A", description = "A GGUF file, or a Hugging Face folder.")
  private Path first = Path.of("");

  @Parameters(paramLabel = "B", description = "Another.")
  private Path second = Path.of("");

  DiffCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    ModelDiff diff = ModelDiff.of(first, second);
    StringBuilder report = new StringBuilder();
    diff.metadata()
        .forEach(
            change ->
                line(
                    report,
                    change.key(),
                    change.first().map(text -> shortened(text, change.second())),
                    change.second().map(text -> shortened(text, change.first())),
                    ""));
    diff.tensors()
        .forEach(
            change ->
                line(
                    report,
                    change.name(),
                    change.first().map(DiffCommand::shown),
                    change.second().map(DiffCommand::shown),
                    change.numbers().map(DiffCommand::shown).orElse("")));
    report.append(diff.metadata().size()).append(" keys and ");
    report.append(diff.tensors().size()).append(" tensors differ, ");
    report.append(diff.sameTensors()).append(" tensors are the same");
    streams.show(report.append(System.lineSeparator()).toString());
    return 0;
  }

  private static void line(
      StringBuilder report,
      String name,
      Optional<String> first,
      Optional<String> second,
      String numbers) {
    String sign = first.isEmpty() ? "+ " : second.isEmpty() ? "- " : "~ ";
    report.append(sign).append(name).append("  ").append(first.orElse(""));
    report.append(first.isPresent() && second.isPresent() ? " -> " : "").append(second.orElse(""));
    report.append(numbers).append(System.lineSeparator());
  }

  private static String shown(TensorInfo tensor) {
    return tensor.type() + " " + tensor.shape();
  }

  private static String shown(ModelDiff.Difference numbers) {
    return numbers.changed() == 0
        ? "  the same numbers"
        : String.format(
            Locale.ROOT,
            "  relative rms %.3g, largest %.3g, %d numbers",
            numbers.relative(),
            numbers.largest(),
            numbers.changed());
  }

  /** A part of a value, in which it differs from the other. */
  private static String shortened(String value, Optional<String> other) {
    String line = oneLine(value);
    int differs = Math.max(0, Arrays.mismatch(line.toCharArray(), chars(other)));
    int from = differs < LONGEST ? 0 : differs - BEFORE;
    int to = Math.min(line.length(), from + LONGEST);
    return (from > 0 ? "..." : "") + line.substring(from, to) + (to < line.length() ? "..." : "");
  }

  private static char[] chars(Optional<String> other) {
    return other.map(DiffCommand::oneLine).orElse("").toCharArray();
  }

  private static String oneLine(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }
}
