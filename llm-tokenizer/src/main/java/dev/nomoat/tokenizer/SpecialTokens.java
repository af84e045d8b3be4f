package dev.nomoat.tokenizer;

/**
 * What becomes of text that looks like a control token. User-defined tokens are honoured either
 * way.
 */
public enum SpecialTokens {
  /** It stays text. The one choice for text from users. */
  PLAIN_TEXT,
  /** It becomes the token. For text that the application or a chat template wrote. */
  PARSE
}
