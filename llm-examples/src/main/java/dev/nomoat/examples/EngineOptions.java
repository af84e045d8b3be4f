package dev.nomoat.examples;

import dev.nomoat.ActivationPrecision;
import dev.nomoat.CacheType;
import dev.nomoat.LanguageModel;
import dev.nomoat.LoadOptions;
import dev.nomoat.WeightPacking;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The model, and how it is loaded. */
final class EngineOptions {
  @Mixin private final ModelFile file = new ModelFile();

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description =
          "Threads that compute; 0, the default: one for each processor. Fewer are quicker where"
              + " other programs are busy.")
  private int threads = LoadOptions.defaults().threads();

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      description =
          "Tokens that prompt and answer may take; 0, the default: what the model allows.")
  private int context = LoadOptions.defaults().contextLength();

  @Option(
      names = "--cache-type",
      paramLabel = "f32|f16|q8_0|q4_0",
      description = "Numbers of the key/value cache (default: ${DEFAULT-VALUE}).")
  private CacheType cacheType = LoadOptions.defaults().cacheType();

  @Option(
      names = "--draft",
      paramLabel = "FILE",
      description =
          "A much smaller model with the same vocabulary, which guesses tokens ahead: the same"
              + " text, usually sooner.")
  private @Nullable Path draft;

  @Option(
      names = "--activations",
      paramLabel = "fast|full",
      description =
          "fast: 8-bit activations where the weights have few bits; full: 32-bit everywhere"
              + " (default: ${DEFAULT-VALUE}).")
  private ActivationPrecision activations = LoadOptions.defaults().activations();

  @Option(
      names = "--pack",
      paramLabel = "as_stored|q8_0|q4_0|q4_k",
      description =
          "Quantise full-precision weights while they are loaded, as those of a Hugging Face"
              + " folder (default: ${DEFAULT-VALUE}).")
  private WeightPacking packing = LoadOptions.defaults().packing();

  /** Refuses to go on without a model of the user's, where the story model will not do. */
  void requireModel(String reason) {
    if (!file.given()) {
      throw new UsageException("-m is needed: " + reason);
    }
  }

  boolean hasDraft() {
    return draft != null;
  }

  /** The model's file or folder. */
  Path path() throws IOException {
    return file.path();
  }

  /** Loads the model; the caller closes it. */
  LanguageModel load(Streams streams) throws IOException {
    return load(streams, context);
  }

  /** {@link #load(Streams)} where {@code --context} is absent and {@code tokens} suffice. */
  LanguageModel loadFor(Streams streams, int tokens) throws IOException {
    return load(streams, context == 0 ? tokens : context);
  }

  private LanguageModel load(Streams streams, int contextLength) throws IOException {
    LoadOptions options;
    try {
      options =
          LoadOptions.defaults()
              .withThreads(threads)
              .withContextLength(contextLength)
              .withCacheType(cacheType)
              .withActivations(activations)
              .withPacking(packing);
      options = draft == null ? options : options.withDraft(draft);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    Path path = file.path();
    LoadOptions chosen = options;
    return ProgressBar.during(
        streams, "loading", bar -> LanguageModel.load(path, chosen.withListener(bar)));
  }
}
