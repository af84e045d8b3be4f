package dev.nomoat.convert;

import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether another tokenizer makes the same tokens of texts: of some that are full of what
 * tokenizers treat differently, and of the texts of all tokens.
 */
final class TokenizerCheck {
  private static final Logger LOG = LoggerFactory.getLogger(TokenizerCheck.class);

  /** Of so many tokens of the vocabulary, one may be made in one way only. */
  private static final int ODD_ONE_OUT = 1000;

  private static final int SHOWN = 40;
  private static final char SPACE_MARK = '\u2581';

  private static final List<String> TEXTS =
      List.of(
          "x",
          "Hello world",
          "two  spaces   three    four and an end",
          "tabs\tand\t\tlines\nand\n\nempty\n\n\nones\r\n \n  \nend",
          "I'm sure she'd say we'll've what they're, don't you? IT'S WE'RE",
          "1 22 333 4444 55555 666666 7777777 88888888 3.14159 1,000,000",
          "x = a[i] + (b - c) * {d: 0x1F} / 2; // !!! ??? ...",
          "snake_case camelCase HTTPServer kebab-case a.b.c a@b.de #tag $5 50% <tag/>",
          "na\u00EFve fa\u00E7ade \u00FCber \u00C5ngstr\u00F6m \u00D1and\u00FA",
          "\u041F\u0440\u0438\u0432\u0435\u0442, \u043C\u0438\u0440! \u0393\u03B5\u03B9\u03AC",
          "\u4F60\u597D\uFF0C\u4E16\u754C\u3002 \u3053\u3093\u306B\u3061\u306F \uC548\uB155",
          "\u0645\u0631\u062D\u0628\u0627 \u0928\u092E\u0938\u094D\u0924\u0947 "
              + "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35",
          "\uD83D\uDE00 \uD83D\uDE80\uD83D\uDE80 \u2764\uFE0F 5 \u2264 6 \u20AC \u00BD"
              + " \u201Cq\u201D \u2014");

  private final Tokenizer wanted;

  /**
   * Begins a comparison.
   *
   * @param wanted the tokenizer to compare with
   */
  TokenizerCheck(Tokenizer wanted) {
    this.wanted = wanted;
  }

  /**
   * Compares a tokenizer.
   *
   * @param other a tokenizer of the same vocabulary
   * @return what it does differently; empty if nothing
   */
  Optional<String> difference(Tokenizer other) {
    for (String text : TEXTS) {
      int[] ids = wanted.encode(text);
      int[] others = other.encode(text);
      if (!Arrays.equals(ids, others)) {
        return Optional.of(describe(text, ids, others));
      }
    }
    int[] ids = wanted.encodePrompt("x", SpecialTokens.PLAIN_TEXT);
    int[] others = other.encodePrompt("x", SpecialTokens.PLAIN_TEXT);
    if (!Arrays.equals(ids, others)) {
      return Optional.of(describe("x as a prompt", ids, others));
    }
    return vocabulary(other);
  }

  private Optional<String> vocabulary(Tokenizer other) {
    int odd = 0;
    String first = "";
    for (int id = 0; id < wanted.vocabularySize(); id++) {
      if (wanted.token(id).type() != TokenType.NORMAL) {
        continue;
      }
      // within a text: what is at its beginning is a matter of its own
      String text = "a " + wanted.decode(id).replace(SPACE_MARK, ' ').strip();
      int[] ids = wanted.encode(text);
      int[] others = other.encode(text);
      if (!Arrays.equals(ids, others) && odd++ == 0) {
        first = describe(text, ids, others);
      }
    }
    if (odd > wanted.vocabularySize() / ODD_ONE_OUT) {
      return Optional.of("%s, and so on for %d tokens".formatted(first, odd));
    }
    if (odd > 0) {
      LOG.warn("GGUF cannot say all that the tokenizer does: {} ({} tokens)", first, odd);
    }
    return Optional.empty();
  }

  private static String describe(String text, int[] ids, int[] others) {
    int from = Math.max(0, Arrays.mismatch(ids, others) - 2);
    return "\"%s\" has the tokens %s in the folder, %s in GGUF, from the %d. one on"
        .formatted(text.strip(), shown(ids, from), shown(others, from), from + 1);
  }

  private static String shown(int[] ids, int from) {
    int to = Math.min(ids.length, from + SHOWN);
    return Arrays.toString(Arrays.copyOfRange(ids, Math.min(from, ids.length), to));
  }
}
