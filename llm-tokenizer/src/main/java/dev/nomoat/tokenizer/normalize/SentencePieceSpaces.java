package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * The normaliser of SentencePiece: an optional character map, and its rules for spaces, which it
 * writes as U+2581.
 */
public final class SentencePieceSpaces implements Normalizer {
  private static final byte[] MARK = Utf8.encode("\u2581");

  private final @Nullable Charsmap charsmap;
  private final boolean addPrefix;
  private final boolean removeExtra;

  /**
   * Makes the normaliser.
   *
   * @param charsmap rewrites characters; null for none
   * @param addPrefix whether a space is put before the text
   * @param removeExtra whether spaces at the ends are taken away, and runs become one
   */
  public SentencePieceSpaces(@Nullable Charsmap charsmap, boolean addPrefix, boolean removeExtra) {
    this.charsmap = charsmap;
    this.addPrefix = addPrefix;
    this.removeExtra = removeExtra;
  }

  @Override
  public void apply(TextBuffer text) {
    if (charsmap != null) {
      charsmap.apply(text);
    }
    byte[] bytes = text.bytes();
    int from = text.from();
    int to = text.to();
    if (removeExtra) {
      while (from < to && bytes[from] == ' ') {
        from++;
      }
      while (from < to && bytes[to - 1] == ' ') {
        to--;
      }
    }
    if (addPrefix && from < to) {
      text.write(MARK, 0, MARK.length, from, from);
    }
    int kept = from;
    for (int at = from; at < to; at++) {
      if (bytes[at] == ' ') {
        text.copy(kept, at);
        int run = at + 1;
        while (removeExtra && run < to && bytes[run] == ' ') {
          run++;
        }
        text.write(MARK, 0, MARK.length, at, run);
        kept = run;
        at = run - 1;
      }
    }
    text.copy(kept, to);
    text.flip();
  }
}
