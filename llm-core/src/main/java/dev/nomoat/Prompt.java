package dev.nomoat;

import dev.nomoat.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What a model is asked to continue: text, or tokens. Immutable. */
public sealed interface Prompt {
  /**
   * Text, which the model's own tokenizer encodes. A beginning-of-sequence token is added where the
   * model asks for one.
   *
   * @param text the text
   * @param specialTokens what becomes of text in it that spells a control token
   */
  record Text(String text, SpecialTokens specialTokens) implements Prompt {
    /** Refuses missing parts. */
    public Text {
      Objects.requireNonNull(text, "text");
      Objects.requireNonNull(specialTokens, "specialTokens");
    }
  }

  /**
   * Exactly these tokens: nothing is added.
   *
   * @param ids places in the vocabulary, from 0
   */
  record Tokens(List<Integer> ids) implements Prompt {
    /**
     * Copies the ids, so that the prompt cannot change.
     *
     * @throws IllegalArgumentException if an id is negative
     */
    public Tokens {
      ids = List.copyOf(ids);
      for (int id : ids) {
        Require.notNegative(id, "a token id");
      }
    }

    /**
     * The ids as an array.
     *
     * @return a new array, the caller's own
     */
    public int[] toArray() {
      return ids.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /**
   * Plain text: what looks like a control token in it stays text, so it is safe for text from
   * anywhere.
   *
   * @param text the text
   * @return the prompt
   */
  static Prompt text(String text) {
    return new Text(text, SpecialTokens.PLAIN_TEXT);
  }

  /**
   * Text in which the names of control tokens stand for the tokens. For text that the application
   * itself wrote: somebody else's could pose as the system or as the model.
   *
   * @param text the text
   * @return the prompt
   */
  static Prompt withSpecialTokens(String text) {
    return new Text(text, SpecialTokens.PARSE);
  }

  /**
   * Exactly these tokens: nothing is added.
   *
   * @param ids places in the vocabulary, from 0
   * @return the prompt
   * @throws IllegalArgumentException if an id is negative
   */
  static Prompt tokens(int... ids) {
    return new Tokens(Arrays.stream(ids).boxed().toList());
  }
}
