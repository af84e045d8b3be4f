package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.pretokenize.Splitter;
import dev.nomoat.tokenizer.vocab.CachingEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.TokenSink;

/** Byte-level BPE: splits the text into pieces and merges the bytes of each by a merge list. */
public final class ByteLevelEncoder implements SegmentEncoder {
  private final Splitter splitter;
  private final MergeRule merges;
  private final TokenIndex index;

  /** By byte: its token, or -1. */
  private final int[] byteIds;

  private final boolean ignoreMerges;
  private final WholePieces wholePieces;
  private final SegmentEncoder parts = new CachingEncoder(Merging::new);

  /**
   * Makes the encoder.
   *
   * @param splitter splits the text
   * @param merges what merges
   * @param index finds a piece in the vocabulary
   * @param byteIds by byte, its token, or -1 if there is none; such bytes are left out of the ids
   * @param ignoreMerges whether a piece that is a token is that token, even if the merges would not
   *     make it
   * @param vocab the number of tokens
   */
  public ByteLevelEncoder(
      Splitter splitter,
      MergeRule merges,
      TokenIndex index,
      int[] byteIds,
      boolean ignoreMerges,
      int vocab) {
    this.splitter = splitter;
    this.merges = merges;
    this.index = index;
    this.byteIds = byteIds.clone();
    this.ignoreMerges = ignoreMerges;
    this.wholePieces = new WholePieces(vocab);
  }

  @Override
  public TextSink open(TokenSink sink) {
    TextSink merging = parts.open(sink);
    return splitter.open(
        (text, from, to) -> {
          int id = index.find(text, from, to);
          if (id >= 0 && (ignoreMerges || wholePieces.isKnownWhole(id))) {
            sink.accept(id, from, to);
          } else {
            merging.accept(text, from, to);
          }
        });
  }

  private final class Merging implements TextSink {
    private final TokenSink sink;
    private final PieceMerger merger = new PieceMerger(merges);

    Merging(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      merger.clear();
      for (int at = from; at < to; at++) {
        int symbol = byteIds[text[at] & 0xFF];
        if (symbol >= 0) {
          merger.add(symbol, at);
        }
      }
      int symbols = merger.merge(text, to);
      int whole = index.find(text, from, to);
      if (whole >= 0) {
        wholePieces.note(whole, symbols == 1 && merger.id(0) == whole);
      }
      for (int i = 0; i < symbols; i++) {
        sink.accept(merger.id(i), merger.start(i), merger.start(i + 1));
      }
    }
  }
}
