package dev.nomoat.tokenizer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** How text becomes tokens, apart from the vocabulary itself. */
public sealed interface TokenizerAlgorithm {

  /**
   * Byte-level BPE: the text is split into pieces and the bytes of each are merged by a list of
   * merges. The vocabulary is written in an alphabet of 256 characters, one for each byte.
   *
   * <p>A byte that is no token, because the vocabulary leaves out those that UTF-8 never has, gives
   * no id.
   *
   * @param preTokenizer splits the text
   * @param merges what merges, the first of the list first
   * @param ignoreMerges whether a piece that is itself a token becomes that token, even if the
   *     merges would not make it
   */
  record ByteLevelBpe(PreTokenizer preTokenizer, List<Merge> merges, boolean ignoreMerges)
      implements TokenizerAlgorithm {
    /** Copies the list. */
    public ByteLevelBpe {
      Objects.requireNonNull(preTokenizer, "preTokenizer");
      merges = List.copyOf(merges);
    }
  }

  /**
   * Byte-level BPE without a list of merges, of tiktoken: the text is split into pieces; a piece
   * that is a token is that token, and in others the neighbours merge that are together the token
   * of the lowest id. The vocabulary is written as for {@link ByteLevelBpe}, and has every byte.
   *
   * @param preTokenizer splits the text
   */
  record RankedBpe(PreTokenizer preTokenizer) implements TokenizerAlgorithm {
    /** Checks that it is there. */
    public RankedBpe {
      Objects.requireNonNull(preTokenizer, "preTokenizer");
    }
  }

  /**
   * BPE from code points by a merge list, within words or, where spaces are marks, within lines.
   * What is in no token is spelt by byte tokens; what these cannot spell gives no id.
   *
   * @param merges what merges, the first of the list first
   * @param spaces what becomes of spaces
   * @param takesWholeNewlines whether newlines in a row that are together a token are that token,
   *     even if the merges would not make it
   */
  record CharacterBpe(List<Merge> merges, Spaces spaces, boolean takesWholeNewlines)
      implements TokenizerAlgorithm {
    /** What becomes of spaces. */
    public enum Spaces {
      /** They are written as U+2581; newlines in a row merge by themselves. */
      MARKED,
      /** White space is left out, and parts the words. */
      DROPPED,
      /** White space is left out, and text is made lower case. */
      DROPPED_AND_LOWERCASE
    }

    /** Copies the list. */
    public CharacterBpe {
      merges = List.copyOf(merges);
      Objects.requireNonNull(spaces, "spaces");
    }
  }

  /**
   * SentencePiece BPE: code points are merged into the token with the highest score, the leftmost
   * of equals, until no merge makes a token; what is in no token is spelt by byte tokens.
   *
   * @param addSpacePrefix whether a space is put before the text, and before what follows a special
   *     token
   */
  record SentencePieceBpe(boolean addSpacePrefix) implements TokenizerAlgorithm {}

  /**
   * Unigram: of all ways to cut the text into tokens the one whose scores have the highest sum.
   * User-defined tokens score 0.
   *
   * @param charsmap the precompiled character map of SentencePiece that rewrites the text; empty
   *     for none
   * @param addSpacePrefix whether a space is put before the text
   * @param removeExtraSpaces whether spaces at the ends are taken away and runs become one
   */
  record Unigram(ByteBuffer charsmap, boolean addSpacePrefix, boolean removeExtraSpaces)
      implements TokenizerAlgorithm {
    /** Copies the map. */
    public Unigram {
      charsmap = ByteBuffer.allocate(charsmap.remaining()).put(charsmap.duplicate()).flip();
      charsmap = charsmap.asReadOnlyBuffer();
    }
  }

  /**
   * WordPiece: words and single punctuation marks, covered by the longest token that starts with
   * U+2581 and then by the longest ones that do not. Text is cleaned as BERT does: controls go, and
   * Chinese characters are words.
   *
   * @param lowercase whether text is made lower case
   * @param stripAccents whether marks that take no space are taken away
   */
  record WordPiece(boolean lowercase, boolean stripAccents) implements TokenizerAlgorithm {}

  /**
   * Two tokens that merge into the one whose text is theirs together.
   *
   * @param left the text of the left one
   * @param right the text of the right one
   */
  record Merge(String left, String right) {
    /** Checks that both are there. */
    public Merge {
      Objects.requireNonNull(left, "left");
      Objects.requireNonNull(right, "right");
    }
  }
}
