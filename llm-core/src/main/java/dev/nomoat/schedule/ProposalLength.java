package dev.nomoat.schedule;

/**
 * How many tokens are worth proposing for a sequence, by what became of the last ones: more as long
 * as all are right; after wrong ones fewer, and for a while none.
 */
final class ProposalLength {
  private static final int FIRST = 4;
  private static final int MOST = 16;
  private static final int LONGEST_PAUSE = 16;

  private int next = FIRST;
  private int pause; // steps without a proposal after the last one
  private int left; // of them

  /** How many to propose in a new step, at most. */
  int next() {
    if (left > 0) {
      left--;
      return 0;
    }
    return next;
  }

  /** Takes note of how many of the proposed tokens were right; at least one was proposed. */
  void judge(int proposed, int right) {
    next = right == proposed ? Math.min(MOST, 2 * next) : Math.max(1, right + 1);
    pause = right > 0 ? 0 : Math.min(LONGEST_PAUSE, 2 * pause + 1);
    left = pause;
  }
}
