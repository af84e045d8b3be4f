package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.WarmUp;
import dev.nomoat.model.WeightLoader;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.quant.Kernels;
import dev.nomoat.schedule.DraftModel;
import dev.nomoat.schedule.WorkerTeam;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * Loads the draft model of a large one.
 *
 * @param options how the large model is loaded
 * @param budget what its cache may take
 * @param team who computes
 * @param arena where weights and cache go
 */
record DraftLoader(LoadOptions options, CacheBudget budget, WorkerTeam team, Arena arena) {
  /**
   * Loads it.
   *
   * @param file the draft model
   * @param large what the large model's file says
   * @param tokenizer of the large model
   * @throws IllegalArgumentException when the two have different vocabularies
   * @throws UnsupportedModelException when one of them generates no text, or has recurrent state,
   *     which cannot be taken back
   */
  DraftModel load(Path file, ModelInfo large, Tokenizer tokenizer) throws IOException {
    requirePositions(large);
    try (ModelSource source = Families.open(file)) {
      ModelPlan plan = ModelPlan.of(source, 0, options.packing());
      ModelInfo info = ModelInfo.of(source, plan);
      requirePositions(info);
      Tokenizer own = source.tokenizer();
      int common =
          Math.min(
              Math.min(large.vocabularySize(), info.vocabularySize()),
              Math.min(own.vocabularySize(), tokenizer.vocabularySize()));
      requireSame(file, common, own, tokenizer);
      Kernels kernels = Kernels.best();
      boolean eightBit = options.activations() == ActivationPrecision.FAST;
      WarmUp.run(plan, options.cacheType(), kernels, eightBit);
      Decoder decoder =
          new Decoder(
              plan.config(),
              WeightLoader.load(plan, arena, team, (done, total) -> {}),
              team,
              kernels,
              eightBit);
      PagePool pool =
          new PagePool(
              plan.config().cacheShape(options.cacheType()),
              plan.config().stateShape(),
              arena,
              frames(info.footprint(options.cacheType()), large.footprint(options.cacheType())),
              0);
      return new DraftModel(decoder, pool, info.contextLength(), common);
    }
  }

  /** As many as sequences take of which the large model's cache has room for as many. */
  private int frames(CacheFootprint own, CacheFootprint large) {
    int tokens = budget.contextLength();
    long frames = budget.frames() * own.frames(tokens) / large.frames(tokens);
    return (int) Math.min(frames, Integer.MAX_VALUE);
  }

  private static void requirePositions(ModelInfo info) {
    if (info.encoder() || info.reranker() || info.stateBytes() > 0) {
      throw new UnsupportedModelException(
          "speculative decoding",
          "%s, of architecture %s, %s"
              .formatted(
                  info.file(),
                  info.architecture(),
                  info.stateBytes() > 0 ? "has recurrent state" : "generates no text"));
    }
  }

  private static void requireSame(Path file, int count, Tokenizer own, Tokenizer large) {
    for (int id = 0; id < count; id++) {
      String text = own.token(id).text();
      String expected = large.token(id).text();
      if (!text.equals(expected)) {
        throw new IllegalArgumentException(
            "the draft model %s has another vocabulary: its token %d is \"%s\", not \"%s\""
                .formatted(file, id, text, expected));
      }
    }
  }
}
