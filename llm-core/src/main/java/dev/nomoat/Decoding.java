package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.WarmUp;
import dev.nomoat.model.WeightLoader;
import dev.nomoat.model.Weights;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * What evaluates a model: its weights, a decoder, and a cache.
 *
 * @param decoder evaluates
 * @param pool where caches of sequences take their memory
 * @param weights the decoder's
 */
record Decoding(Decoder decoder, PagePool pool, Weights<PackedMatrix, float[]> weights) {
  /** Has the code compiled that a model will need. */
  static void warmUp(ModelPlan plan, LoadOptions options) {
    WarmUp.run(plan, options.cacheType(), Kernels.best(), eightBit(options));
  }

  /**
   * Loads a model.
   *
   * @param plan what to load
   * @param loader loads its weights
   * @param options how
   * @param frames of the cache
   * @param states recurrent states of the cache, where sequences have some
   * @param team who computes
   * @param arena where the cache goes
   */
  static Decoding load(
      ModelPlan plan,
      WeightLoader loader,
      LoadOptions options,
      int frames,
      int states,
      WorkerTeam team,
      Arena arena)
      throws IOException {
    Weights<PackedMatrix, float[]> weights = loader.load();
    return new Decoding(
        new Decoder(plan.config(), weights, team, Kernels.best(), eightBit(options)),
        new PagePool(
            plan.config().cacheShape(options.cacheType()),
            plan.config().stateShape(),
            arena,
            frames,
            states),
        weights);
  }

  private static boolean eightBit(LoadOptions options) {
    return options.activations() == ActivationPrecision.FAST;
  }
}
