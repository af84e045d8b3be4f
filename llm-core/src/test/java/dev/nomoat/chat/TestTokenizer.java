package dev.nomoat.chat;

import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.TokenizerSpec;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.util.ArrayList;
import java.util.List;

/** A small byte-level tokenizer, with merges within words and of line breaks. */
final class TestTokenizer {
  static final int BOS = 0;
  static final int START = 1;
  static final int END = 2;

  private TestTokenizer() {}

  static Tokenizer create(boolean addsBos) {
    return create(addsBos, TokenType.CONTROL);
  }

  /** A tokenizer whose ChatML tokens are of the given type. */
  static Tokenizer create(boolean addsBos, TokenType chatMl) {
    List<VocabularyEntry> vocabulary = new ArrayList<>();
    vocabulary.add(new VocabularyEntry("<|endoftext|>", TokenType.CONTROL));
    vocabulary.add(new VocabularyEntry("<|im_start|>", chatMl));
    vocabulary.add(new VocabularyEntry("<|im_end|>", chatMl));
    for (int b = 0; b < 256; b++) {
      vocabulary.add(new VocabularyEntry(symbol(b), TokenType.NORMAL));
    }
    List<Merge> merges = new ArrayList<>();
    String newline = symbol('\n');
    for (String[] pair :
        new String[][] {
          {newline, newline}, {"u", "s"}, {"us", "er"}, {"e", "r"}, {"H", "e"}, {"l", "l"}
        }) {
      merges.add(new Merge(pair[0], pair[1]));
    }
    // What the merges make must be tokens too.
    for (String token : List.of(newline + newline, "us", "er", "user", "He", "ll")) {
      vocabulary.add(new VocabularyEntry(token, TokenType.NORMAL));
    }
    var algorithm = new ByteLevelBpe(PreTokenizer.GPT2, merges, false);
    return Tokenizer.of(TokenizerSpec.of(algorithm, vocabulary).withBos(BOS, addsBos));
  }

  /** The printable character that stands for a byte in byte-level vocabularies. */
  private static String symbol(int b) {
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean itself = (i >= '!' && i <= '~') || (i >= 0xa1 && i <= 0xac) || i >= 0xae;
      int symbol = itself ? i : next++;
      if (i == b) {
        return Character.toString(symbol);
      }
    }
    throw new AssertionError(b);
  }
}
