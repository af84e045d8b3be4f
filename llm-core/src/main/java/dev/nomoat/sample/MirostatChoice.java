package dev.nomoat.sample;

import dev.nomoat.Mirostat;

/** Cuts the candidates that are too surprising, draws, and moves the limit towards the target. */
final class MirostatChoice implements Choice {
  private static final double LOG_2 = StrictMath.log(2);

  private final double tau;
  private final double eta;
  private final SplitMix64 random;
  private double mu; // the limit, in bits

  MirostatChoice(Mirostat options, SplitMix64 random) {
    this.tau = options.tau();
    this.eta = options.eta();
    this.random = random;
    this.mu = 2 * tau;
  }

  @Override
  public int choose(Candidates candidates) {
    double total = cut(candidates);
    int token = candidates.at(random.nextDouble() * total);
    observe(candidates, total, token);
    return token;
  }

  /** Drops what is more surprising than the limit, but never all; returns what the rest weighs. */
  double cut(Candidates candidates) {
    double least = StrictMath.log(candidates.weigh()) - mu * LOG_2;
    if (least > 0) {
      candidates.keepMostLikely(1);
    } else {
      candidates.keepFrom(candidates.maxLogit() + least);
    }
    return candidates.weigh();
  }

  /** Moves the limit, for a token that was drawn from candidates of this weight. */
  void observe(Candidates candidates, double total, int token) {
    double surprise =
        (StrictMath.log(total) - ((double) candidates.logitOf(token) - candidates.maxLogit()))
            / LOG_2;
    mu -= eta * (surprise - tau);
  }
}
