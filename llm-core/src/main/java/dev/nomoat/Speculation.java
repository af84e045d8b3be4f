package dev.nomoat;

/**
 * How tokens are guessed ahead, so that the model can check several in one pass over its weights
 * (speculative decoding; Leviathan et al., 2023). Each token is drawn from the model's own logits
 * as ever, and guesses that differ from it are dropped: the tokens are the same in every mode, to
 * the bit, and only the time differs. Models with recurrent state keep a copy of it meanwhile, to
 * go back to: a request whose tokens are guessed takes as much of it as two others.
 */
public enum Speculation {
  /** Not at all. */
  OFF,
  /**
   * By looking up where the last few tokens stood before, in the prompt or in what was generated.
   * It costs next to nothing, and helps where text repeats itself: summaries, edited code, answers
   * that quote their sources.
   */
  LOOKUP,
  /**
   * By the small model that was loaded as {@link LoadOptions#draft}. Should it fail while it
   * guesses, requests go on without it.
   */
  DRAFT
}
