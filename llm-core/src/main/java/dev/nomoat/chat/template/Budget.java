package dev.nomoat.chat.template;

/** Counts what a run of a template uses up. */
final class Budget {
  private static final int COMPARISONS_OF_A_STEP = 128;
  private static final int STEPS_OF_A_PIECE = 16;

  private final Limits limits;
  private long steps;
  private int depth;

  Budget(Limits limits) {
    this.limits = limits;
  }

  /** Takes some steps, before the work is done. */
  void spend(long count) {
    steps += count;
    if (steps > limits.steps()) {
      throw new Fault("the template takes more than %d steps".formatted(limits.steps()));
    }
  }

  /** Takes the steps of searching a text for another, which may compare at every place. */
  void search(Text text, Text wanted) {
    spend(1 + (long) text.length() * wanted.length() / COMPARISONS_OF_A_STEP);
  }

  /** Takes the steps of pieces of text, or numbers, that are made and kept in memory. */
  void keepPieces(long count) {
    spend(count * STEPS_OF_A_PIECE);
  }

  /** Refuses text that is about to become too long. */
  void checkText(long length) {
    if (length > limits.text()) {
      throw new Fault("a text of more than %d characters".formatted(limits.text()));
    }
  }

  /** Goes one level deeper; to be followed by {@link #leave}. */
  void enter() {
    if (++depth > limits.depth()) {
      throw new Fault("evaluation nests deeper than %d levels".formatted(limits.depth()));
    }
    spend(1);
  }

  void leave() {
    depth--;
  }
}
