package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher.Rule;
import java.util.EnumSet;
import java.util.Set;

/**
 * A token that Hugging Face's files add to a model's own: it is found in the text before the model
 * sees that.
 *
 * @param id its id
 * @param text what is found; not empty
 * @param special whether it is only found if asked for
 * @param normalized whether it is found in normalised text
 * @param rules what goes with it
 */
record AddedToken(int id, String text, boolean special, boolean normalized, Set<Rule> rules) {

  /**
   * Reads a token as {@code added_tokens} and {@code added_tokens_decoder} have it.
   *
   * @param id its id, which the place need not have
   * @param place what is said about it
   */
  static AddedToken read(int id, JsonPlace place) {
    Set<Rule> rules = EnumSet.noneOf(Rule.class);
    if (place.flag("lstrip", false)) {
      rules.add(Rule.STRIPS_LEFT);
    }
    if (place.flag("rstrip", false)) {
      rules.add(Rule.STRIPS_RIGHT);
    }
    if (place.flag("single_word", false)) {
      rules.add(Rule.SINGLE_WORD);
    }
    boolean special = place.flag("special", false);
    return new AddedToken(
        id, place.get("content").text(), special, place.flag("normalized", !special), rules);
  }

  /** The type that the token gives to the vocabulary's entry. */
  TokenType type() {
    return special ? TokenType.CONTROL : TokenType.USER_DEFINED;
  }
}
