package dev.nomoat.sample;

/** The end of the chain: picks one of the candidates that the steps left. */
sealed interface Choice permits Choice.Greedy, Choice.Draw, MirostatChoice {
  /**
   * Picks a candidate.
   *
   * @param candidates at least one, with a logit above -∞
   * @return its token id
   */
  int choose(Candidates candidates);

  /** Takes the most likely candidate, the lowest id among equals. */
  record Greedy() implements Choice {
    @Override
    public int choose(Candidates candidates) {
      return candidates.mostLikely();
    }
  }

  /**
   * Draws a candidate at random with its probability. Takes one number of {@code random} each time,
   * even if there is but one candidate.
   *
   * @param random gives the numbers
   */
  record Draw(SplitMix64 random) implements Choice {
    @Override
    public int choose(Candidates candidates) {
      double total = candidates.weigh();
      return candidates.at(random.nextDouble() * total);
    }
  }
}
