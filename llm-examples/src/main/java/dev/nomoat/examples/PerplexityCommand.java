package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.LoadOptions;
import dev.nomoat.measure.Divergence;
import dev.nomoat.measure.MeasureOptions;
import dev.nomoat.measure.Perplexity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm perplexity}: how well a model foresees a text, alone or beside another. */
@Command(
    description = {
      "Prints how well a model foresees a text: among how many equally likely tokens each one was.",
      "The text is cut into chunks; the second half of each counts."
    })
final class PerplexityCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();
  @Mixin private final TextFile text = new TextFile();

  @Option(
      names = "--kl-base",
      paramLabel = "BASE",
      description =
          "A model that is right, such as the one that -m was quantised from: print how far the"
              + " predictions are from its, too.")
  private @Nullable Path base;

  PerplexityCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    MeasureOptions options = text.options(streams);
    try (LanguageModel model = engine.loadFor(streams, options.chunkSize())) {
      int[] tokens = text.tokens(model);
      streams.show(
          base == null
              ? line("perplexity", Perplexity.of(model, tokens, options))
              : compare(model, base, tokens, options));
    }
    return 0;
  }

  private static String compare(
      LanguageModel model, Path baseFile, int[] tokens, MeasureOptions options) throws IOException {
    LoadOptions load = LoadOptions.defaults().withContextLength(options.chunkSize());
    try (LanguageModel base = LanguageModel.load(baseFile, load)) {
      Divergence d = Divergence.of(model, base, tokens, options);
      StringBuilder report = new StringBuilder();
      report.append(line("perplexity", d.model()));
      report.append(line("of the base", d.base()));
      row(report, "ratio", six(d.model().value() / d.base().value()));
      row(report, "KL divergence", six(d.mean()) + " ± " + six(d.error()));
      row(report, "  median", six(d.quantile(0.5)));
      row(report, "  90 %", six(d.quantile(0.9)));
      row(report, "  99 %", six(d.quantile(0.99)));
      row(report, "  99.9 %", six(d.quantile(0.999)));
      row(report, "  largest", six(d.quantile(1)));
      row(report, "same top token", percent(d.sameTop()));
      row(report, "change of p", percent(d.meanChange()) + ", rms " + percent(d.rmsChange()));
      return report.toString();
    }
  }

  private static String line(String name, Perplexity perplexity) {
    StringBuilder line = new StringBuilder();
    String value =
        String.format(
            Locale.ROOT,
            "%.4f ± %.4f, %d tokens in %d chunks",
            perplexity.value(),
            perplexity.error(),
            perplexity.tokens(),
            perplexity.chunks());
    row(line, name, value);
    return line.toString();
  }

  private static void row(StringBuilder report, String name, String value) {
    report.append(String.format(Locale.ROOT, "%-16s%s%n", name, value));
  }

  private static String six(double number) {
    return String.format(Locale.ROOT, "%.6f", number);
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.3f %%", 100 * part);
  }
}
