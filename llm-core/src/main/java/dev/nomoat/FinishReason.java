package dev.nomoat;

/** Why a generation ended. */
public enum FinishReason {
  /** The model said that it is done, by one of its end-of-generation tokens. */
  END_OF_GENERATION,
  /** The text is complete by the request's grammar, and nothing may follow it. */
  GRAMMAR_COMPLETE,
  /** One of the request's stop strings appeared. */
  STOP_STRING,
  /** The request's limit on tokens was reached. */
  MAX_TOKENS,
  /** Prompt and generated tokens fill the context. */
  CONTEXT_FULL,
  /** The request's time was over. */
  TIME_LIMIT,
  /** The generation was cancelled or closed. */
  CANCELLED,
  /** The model was closed meanwhile. */
  MODEL_CLOSED
}
