package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.json.JsonPlace;

/**
 * Counts the steps of a part of {@code tokenizer.json}, nested ones too, and how much longer each
 * may make a text: both multiply what a short text takes in time and memory.
 */
final class StepLimits {
  private static final int MOST_STEPS = 64;

  /** How many times as long all steps together may make a text; models' make it some ten times. */
  private static final long MOST_GROWTH = 1 << 12;

  private int steps;
  private long growth = 1;

  /**
   * Counts a step that makes no text longer, or that does so only once however often it is there.
   *
   * @throws dev.nomoat.tokenizer.json.JsonException if there are too many
   */
  void add(JsonPlace step) {
    steps++;
    if (steps > MOST_STEPS) {
      throw step.fault("one of at most %d steps".formatted(MOST_STEPS));
    }
  }

  /**
   * Notes that a step makes texts longer.
   *
   * @param step the step
   * @param factor how many times as long at most
   * @throws dev.nomoat.tokenizer.json.JsonException if all together make them too long
   */
  void grow(JsonPlace step, long factor) {
    growth *= Math.clamp(factor, 1, MOST_GROWTH + 1);
    if (growth > MOST_GROWTH) {
      throw step.fault(
          "one of steps that make a text at most %d times as long".formatted(MOST_GROWTH));
    }
  }
}
