package dev.nomoat.benchmarks.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs {@code llm bench} and a {@code llama-bench} in alternation on the same files and prints a
 * table of both speeds and their ratios.
 */
@Command(
    name = "endtoend",
    mixinStandardHelpOptions = true,
    description = {
      "Runs llm bench and llama-bench in turns on the same files, and prints the medians as a"
          + " table.",
      "A ratio is Nomoat's speed divided by llama.cpp's. The read rate of decode is the size of"
          + " the",
      "file times the tokens per second, beside the rate at which as many threads read plain"
          + " memory."
    })
public final class EndToEnd implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--llama-bench",
      required = true,
      paramLabel = "COMMAND",
      description = "llama.cpp's llama-bench, with words of its own separated by spaces.")
  private String reference = "";

  @Option(
      names = "--llm",
      paramLabel = "COMMAND",
      description = "Nomoat's program, likewise (default: ${DEFAULT-VALUE}).")
  private String program = "llm-examples/bin/llm";

  @Option(names = "-m", required = true, paramLabel = "FILE", description = "A model; repeatable.")
  private List<Path> files = List.of();

  @Option(names = "-r", paramLabel = "N", description = "Turns (default: ${DEFAULT-VALUE}).")
  private int rounds = 5;

  @Option(names = "-p", paramLabel = "N", description = "Prefill (default: ${DEFAULT-VALUE}).")
  private int promptTokens = 512;

  @Option(names = "-n", paramLabel = "N", description = "Decode (default: ${DEFAULT-VALUE}).")
  private int generatedTokens = 64;

  @Option(
      names = "-d",
      paramLabel = "N",
      description = "Tokens before decode starts (default: ${DEFAULT-VALUE}).")
  private int depth;

  @Option(names = "-t", paramLabel = "N", description = "Threads (default: ${DEFAULT-VALUE}).")
  private int threads = 2;

  /** Tokens per second. */
  private record Speeds(double prefill, double decode) {}

  /** Makes the command. */
  public EndToEnd() {}

  /**
   * Runs the comparison.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EndToEnd()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (rounds < 1 || promptTokens < 1 || generatedTokens < 1 || depth < 0 || threads < 1) {
      throw new ParameterException(line, "-r, -p, -n and -t must be at least 1, -d at least 0");
    }
    PrintWriter out = line.getOut();
    out.printf(
        "| file | prefill of %d | ratio | decode of %d%s | ratio | read rate | of %d threads' |%n",
        promptTokens, generatedTokens, depth == 0 ? "" : " behind " + depth, threads);
    out.println("| --- | --- | --- | --- | --- | --- | --- |");
    ReadRate memory = new ReadRate(threads);
    for (Path file : files) {
      List<Speeds> ours = new ArrayList<>();
      List<Speeds> theirs = new ArrayList<>();
      double[] rates = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        ours.add(nomoat(file));
        theirs.add(reference(file));
        rates[i] = memory.measure();
      }
      double rate = median(ours, Speeds::decode) * Files.size(file);
      out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %.1f GB/s | %.0f %% of %.1f |%n",
          file.getFileName(),
          cell(ours, theirs, Speeds::prefill),
          cell(ours, theirs, Speeds::decode),
          rate / 1e9,
          100 * rate / median(rates),
          median(rates) / 1e9);
      out.flush();
    }
    return 0;
  }

  private static String cell(
      List<Speeds> ours, List<Speeds> theirs, ToDoubleFunction<Speeds> which) {
    double a = median(ours, which);
    double b = median(theirs, which);
    double[] ratios = new double[ours.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = which.applyAsDouble(ours.get(i)) / which.applyAsDouble(theirs.get(i));
    }
    return String.format(Locale.ROOT, "%.1f / %.1f | %.2f", a, b, median(ratios));
  }

  private static double median(List<Speeds> runs, ToDoubleFunction<Speeds> which) {
    return median(runs.stream().mapToDouble(which).toArray());
  }

  /** The middle of some numbers, the mean of both middle ones if they are even in number. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private Speeds nomoat(Path file) throws IOException, InterruptedException {
    JsonNode json = run(program + " bench --json", file, promptTokens, generatedTokens, depth);
    return new Speeds(
        number(json.at("/prefill/tokensPerSecond")), number(json.at("/decode/tokensPerSecond")));
  }

  /** Two runs, because its depth would also stand before the prefill. */
  private Speeds reference(Path file) throws IOException, InterruptedException {
    String command = reference + " -o json";
    return new Speeds(
        number(run(command, file, promptTokens, 0, 0).at("/0/avg_ts")),
        number(run(command, file, 0, generatedTokens, depth).at("/0/avg_ts")));
  }

  private static double number(JsonNode node) throws IOException {
    if (!node.isNumber()) {
      throw new IOException("no speed in the output of a benchmark");
    }
    return node.doubleValue();
  }

  private JsonNode run(String command, Path file, int prompt, int generated, int behind)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(command.strip().split(" +")));
    words.addAll(List.of("-r", "1", "-t", Integer.toString(threads), "-m", file.toString()));
    words.addAll(List.of("-p", Integer.toString(prompt)));
    words.addAll(List.of("-n", Integer.toString(generated)));
    words.addAll(List.of("-d", Integer.toString(behind)));
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    byte[] output = process.getInputStream().readAllBytes();
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("status %d from: %s".formatted(status, String.join(" ", words)));
    }
    return JSON.readTree(output);
  }
}
