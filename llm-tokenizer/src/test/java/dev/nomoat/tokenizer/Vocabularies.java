package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.TokenizerAlgorithm.ByteLevelBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import java.util.ArrayList;
import java.util.List;

/** Small vocabularies for tests. */
final class Vocabularies {
  private Vocabularies() {}

  static VocabularyEntry normal(String text) {
    return new VocabularyEntry(text, TokenType.NORMAL);
  }

  static VocabularyEntry normal(String text, float score) {
    return new VocabularyEntry(text, TokenType.NORMAL, score);
  }

  static VocabularyEntry control(String text) {
    return new VocabularyEntry(text, TokenType.CONTROL);
  }

  static VocabularyEntry userDefined(String text) {
    return new VocabularyEntry(text, TokenType.USER_DEFINED);
  }

  /** The 256 bytes in the byte alphabet: id = byte. */
  static List<VocabularyEntry> alphabet() {
    List<VocabularyEntry> entries = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      entries.add(normal(String.valueOf(ByteAlphabet.toChar(value))));
    }
    return entries;
  }

  /** The 256 byte tokens {@code <0x00>} to {@code <0xFF>}. */
  static List<VocabularyEntry> byteTokens() {
    List<VocabularyEntry> entries = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      entries.add(new VocabularyEntry("<0x%02X>".formatted(value), TokenType.BYTE));
    }
    return entries;
  }

  /**
   * Byte-level BPE of the 256 bytes, then what the merges make in their order, then the further
   * tokens.
   */
  static TokenizerSpec byteLevel(
      PreTokenizer preTokenizer,
      boolean ignoreMerges,
      List<Merge> merges,
      VocabularyEntry... further) {
    List<VocabularyEntry> vocabulary = alphabet();
    for (Merge merge : merges) {
      vocabulary.add(normal(merge.left() + merge.right()));
    }
    vocabulary.addAll(List.of(further));
    return TokenizerSpec.of(new ByteLevelBpe(preTokenizer, merges, ignoreMerges), vocabulary);
  }

  /** Merges written as {@code "h e"}. */
  static List<Merge> merges(String... merges) {
    List<Merge> list = new ArrayList<>();
    for (String merge : merges) {
      int space = merge.indexOf(' ', 1);
      list.add(new Merge(merge.substring(0, space), merge.substring(space + 1)));
    }
    return list;
  }
}
