package dev.nomoat.tokenizer;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random strings that tokenizers stumble over: all planes, all white space, controls, contractions,
 * long runs.
 */
public final class RandomText {
  private static final List<String> PARTS =
      List.of(
          " ",
          "  ",
          "\t",
          "\n",
          "\r",
          "\r\n",
          "\n\n",
          "\u000b",
          "\f",
          "\u001c",
          "\u001f",
          "\u0085",
          "\u00a0",
          "\u1680",
          "\u180e",
          "\u2000",
          "\u200a",
          "\u200b",
          "\u2028",
          "\u2029",
          "\u202f",
          "\u205f",
          "\u3000",
          "\ufeff",
          "'s",
          "'S",
          "'t",
          "'T",
          "'re",
          "'Re",
          "'RE",
          "'ve",
          "'vE",
          "'m",
          "'ll",
          "'lL",
          "'d",
          "'D",
          "'\u017f",
          "'\u017fa",
          "'",
          "''",
          "'r",
          "'l",
          "'v",
          "'le",
          "a",
          "Zz",
          "the",
          "\u00df",
          "\u0130",
          "\u01c5",
          "\u02b0",
          "\u05d0",
          "\u0905\u0902",
          "\u4f60\u597d",
          "\uac00",
          "e\u0301",
          "0",
          "12",
          "1234",
          "\u00b2",
          "\u00bd",
          "\u0663",
          "\u2167",
          "\ud835\udfd8",
          ".",
          "...",
          "!?",
          "_",
          "$",
          "+",
          "\u20ac",
          "\ud83d\ude00",
          "\ud83d\udc69\u200d\ud83d\udc67",
          "\u0000",
          "\u0007",
          "\u007f",
          "\u009f",
          "\u00ad",
          "\ufffd",
          "\u2581",
          "\u2581\u2581",
          "\ud800",
          "\udc00",
          "\ue000",
          "\ufdd0");

  private RandomText() {}

  /**
   * A string of up to the given number of parts, each a known trouble, a random code point, or a
   * run of one of these.
   */
  public static String next(RandomGenerator random, int maxParts) {
    var text = new StringBuilder();
    for (int parts = random.nextInt(maxParts + 1); parts > 0; parts--) {
      String part =
          random.nextInt(3) > 0
              ? PARTS.get(random.nextInt(PARTS.size()))
              : Character.toString(codePoint(random));
      text.repeat(part, random.nextInt(12) == 0 ? random.nextInt(40) : 1);
    }
    return text.toString();
  }

  private static int codePoint(RandomGenerator random) {
    return random.nextInt(
        switch (random.nextInt(4)) {
          case 0 -> 0x80;
          case 1 -> 0x800;
          case 2 -> 0x10000;
          default -> 0x110000;
        });
  }
}
