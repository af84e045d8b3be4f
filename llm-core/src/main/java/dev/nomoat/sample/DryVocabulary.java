package dev.nomoat.sample;

import dev.nomoat.tokenizer.Tokenizer;
import java.util.List;

/**
 * The tokens of a model for DRY. Remembers the breakers that were asked for last, because most
 * requests have the same. Thread-safe.
 */
public final class DryVocabulary {
  private record Known(List<String> texts, DryBreakers breakers) {}

  private final Tokenizer tokenizer;
  private final int tokens;
  private volatile Known last = new Known(List.of(), DryBreakers.NONE);

  /**
   * Remembers nothing.
   *
   * @param tokenizer says what tokens stand for
   * @param tokens how many of its tokens there are in the model
   */
  public DryVocabulary(Tokenizer tokenizer, int tokens) {
    this.tokenizer = tokenizer;
    this.tokens = tokens;
  }

  /**
   * Looks texts up.
   *
   * @param texts none of them empty
   * @return the tokens that they can be part of
   */
  public DryBreakers breakers(List<String> texts) {
    Known known = last;
    if (!known.texts().equals(texts)) {
      known = new Known(texts, DryBreakers.of(texts, tokenizer, tokens));
      last = known;
    }
    return known.breakers();
  }
}
