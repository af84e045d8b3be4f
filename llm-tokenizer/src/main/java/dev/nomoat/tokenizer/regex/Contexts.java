package dev.nomoat.tokenizer.regex;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the look-behinds of a pattern can tell apart: letters that are in the same of their sets are
 * the same context, and so is the start of the text. There is one context if none looks behind.
 * Immutable.
 */
final class Contexts {
  /** By letter, after that of the start of the text. */
  private final int[] contexts;

  /** By context: a letter of it. */
  private final List<Integer> letters = new ArrayList<>(List.of(LiveSets.NO_LETTER));

  Contexts(Automaton automaton, Alphabet alphabet) {
    contexts = new int[alphabet.size() + 1];
    if (automaton.looksBehind()) {
      BitSet sets = automaton.setsBehind();
      Map<BitSet, Integer> known = new HashMap<>();
      for (int letter = 0; letter < alphabet.size(); letter++) {
        BitSet in = alphabet.setsOf(letter);
        in.and(sets);
        Integer context = known.putIfAbsent(in, letters.size());
        if (context == null) {
          context = letters.size();
          letters.add(letter);
        }
        contexts[letter + 1] = context;
      }
    }
  }

  int size() {
    return letters.size();
  }

  /** The context after a letter or {@link LiveSets#NO_LETTER}. */
  int of(int letter) {
    return contexts[letter + 1];
  }

  int letter(int context) {
    return letters.get(context);
  }
}
