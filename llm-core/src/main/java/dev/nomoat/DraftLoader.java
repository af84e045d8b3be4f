package dev.nomoat;

import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.WeightLoader;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
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
   * @throws UnsupportedModelException when one of them generates no text, or the draft model has
   *     recurrent state
   */
  DraftModel load(Path file, ModelInfo large, Tokenizer tokenizer) throws IOException {
    requireText(large);
    try (ModelSource source = Families.open(file)) {
      ModelPlan plan = ModelPlan.of(source, 0, options.packing());
      ModelInfo info = ModelInfo.of(source, plan);
      requireText(info);
      if (info.stateBytes() > 0) {
        throw unsupported(info, "has recurrent state, which a draft model must not have");
      }
      Tokenizer own = source.tokenizer();
      int common =
          Math.min(
              Math.min(large.vocabularySize(), info.vocabularySize()),
              Math.min(own.vocabularySize(), tokenizer.vocabularySize()));
      requireSame(file, common, own, tokenizer);
      Decoding.warmUp(plan, options);
      Decoding decoding =
          Decoding.load(
              plan,
              new WeightLoader(plan, arena, team, (done, total) -> {}),
              options,
              frames(info.footprint(options.cacheType()), large.footprint(options.cacheType())),
              0,
              team,
              arena);
      return new DraftModel(decoding.decoder(), decoding.pool(), info.contextLength(), common);
    }
  }

  /** As many as sequences take of which the large model's cache has room for as many. */
  private int frames(CacheFootprint own, CacheFootprint large) {
    int tokens = budget.contextLength();
    long ofLarge = large.frames(tokens);
    long frames =
        ofLarge == 0
            ? budget.states() * own.frames(tokens) // all it has is recurrent state
            : budget.frames() * own.frames(tokens) / ofLarge;
    return (int) Math.min(frames, Integer.MAX_VALUE);
  }

  private static void requireText(ModelInfo info) {
    if (info.encoder() || info.reranker()) {
      throw unsupported(info, "generates no text");
    }
  }

  private static UnsupportedModelException unsupported(ModelInfo info, String why) {
    return new UnsupportedModelException(
        "speculative decoding",
        "%s, of architecture %s, %s".formatted(info.file(), info.architecture(), why));
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
