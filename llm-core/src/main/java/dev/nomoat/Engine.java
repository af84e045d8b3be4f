package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.model.MatrixNames;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.WeightLoader;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.quant.Kernels;
import dev.nomoat.schedule.DraftModel;
import dev.nomoat.schedule.Scheduler;
import dev.nomoat.schedule.WorkerTeam;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a loaded model is made of, and owns: memory and threads.
 *
 * @param info what its file says
 * @param classifier its head for scoring texts, if it has one
 * @param tokenizer its tokenizer
 * @param arena memory of weights and cache
 * @param pool the cache
 * @param scheduler who evaluates
 * @param contextLength tokens that a sequence may hold
 * @param sampling how tokens are chosen where a request does not say
 * @param drafted whether there is a draft model
 * @param names which matrices the packed ones are
 */
record Engine(
    ModelInfo info,
    Optional<ModelConfig.Classifier> classifier,
    Tokenizer tokenizer,
    Arena arena,
    PagePool pool,
    Scheduler scheduler,
    int contextLength,
    SamplingOptions sampling,
    boolean drafted,
    MatrixNames names)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LanguageModel.class);

  /** Loads a model, as {@link LanguageModel#load(Path, LoadOptions)} says. */
  static Engine load(Path file, LoadOptions options) throws IOException {
    Objects.requireNonNull(options, "options");
    long start = System.nanoTime();
    LoadEvent event = new LoadEvent();
    event.begin();
    try (ModelSource source = Families.open(file)) {
      ModelPlan plan = ModelPlan.of(source, options.contextLength(), options.packing());
      ModelInfo info = ModelInfo.of(source, plan);
      CacheBudget budget = CacheBudget.of(info, options);
      SamplingOptions sampling = source.sampling();
      int contextLength = budget.contextLength();
      if (contextLength > info.contextLength()) {
        if (plan.config().has(ModelConfig.Part.POSITIONS)) {
          throw new IllegalArgumentException(
              "a context of %d tokens: the model has learned %d positions"
                  .formatted(contextLength, info.contextLength()));
        }
        LOG.warn(
            "{}: a context of {} tokens is longer than the {} that the model was trained for",
            file,
            contextLength,
            info.contextLength());
      }
      if (options.contextLength() == 0 && contextLength < info.contextLength()) {
        LOG.info(
            "{}: a context of {} tokens, not the model's {}: the cache has no room for more",
            file,
            contextLength,
            info.contextLength());
      }
      int threads =
          options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
      Engine engine = build(source, plan, info, options, budget, sampling, threads);
      LOG.info(
          "loaded {} in {} ms, {} kernels, {} threads",
          file,
          (System.nanoTime() - start) / 1_000_000,
          Kernels.best().description(),
          threads);
      event.file = file.toString();
      event.architecture = info.architecture();
      event.threads = threads;
      event.commit();
      return engine;
    }
  }

  @SuppressWarnings("MustBeClosed") // the model owns and closes what is opened here
  private static Engine build(
      ModelSource source,
      ModelPlan plan,
      ModelInfo info,
      LoadOptions options,
      CacheBudget budget,
      SamplingOptions sampling,
      int threads)
      throws IOException {
    String name = "nomoat-" + info.architecture();
    WorkerTeam team = new WorkerTeam(name, threads);
    Arena arena = Arena.ofShared();
    try {
      AtomicReference<Tokenizer> tokenizer = new AtomicReference<>();
      WeightLoader loader = new WeightLoader(plan, arena, team, options.listener());
      AtomicBoolean warm = new AtomicBoolean();
      team.run(
          Math.max(3, threads),
          (index, worker) -> {
            switch (index) {
              case 0 -> warmUp(plan, options, warm);
              case 1 -> tokenizer.set(tokenizer(source));
              default -> loader.allocate(() -> !warm.get());
            }
          });
      Decoding decoding =
          Decoding.load(plan, loader, options, budget.frames(), budget.states(), team, arena);
      PagePool pool = decoding.pool();
      Tokenizer read = Objects.requireNonNull(tokenizer.get());
      Optional<DraftModel> draft = Optional.empty();
      if (options.draft().isPresent()) {
        DraftLoader drafts = new DraftLoader(options, budget, team, arena);
        draft = Optional.of(drafts.load(options.draft().get(), info, read));
      }
      Scheduler scheduler =
          new Scheduler(name, decoding.decoder(), draft, team, pool, options.maxQueued());
      return new Engine(
          info,
          plan.config().head().classifier(),
          read,
          arena,
          pool,
          scheduler,
          budget.contextLength(),
          sampling,
          draft.isPresent(),
          new MatrixNames(plan, decoding.weights()));
    } catch (Throwable e) {
      team.close();
      arena.close();
      if (e instanceof UncheckedIOException unchecked) {
        throw unchecked.getCause();
      }
      throw e;
    }
  }

  /**
   * How tokens are guessed ahead for a request.
   *
   * @throws IllegalArgumentException when that takes a draft model, and there is none
   */
  Speculation speculation(GenerationRequest request) {
    Speculation wanted =
        request.speculation().orElse(drafted ? Speculation.DRAFT : Speculation.OFF);
    if (wanted == Speculation.DRAFT && !drafted) {
      throw new IllegalArgumentException("the model was loaded without a draft model");
    }
    return wanted;
  }

  private static void warmUp(ModelPlan plan, LoadOptions options, AtomicBoolean warm) {
    try {
      Decoding.warmUp(plan, options);
    } finally {
      warm.set(true);
    }
  }

  private static Tokenizer tokenizer(ModelSource source) {
    try {
      return source.tokenizer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends all work, then frees the memory. */
  @Override
  public void close() {
    scheduler.close();
    arena.close();
    LOG.info("closed {}", info.file());
  }
}
