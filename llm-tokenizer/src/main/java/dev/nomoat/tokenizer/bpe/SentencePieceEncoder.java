package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.pretokenize.RunSplitter;
import dev.nomoat.tokenizer.vocab.ByteTokens;
import dev.nomoat.tokenizer.vocab.CachingEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;

/**
 * SentencePiece BPE: merges the code points of the text by the scores of the tokens they make, and
 * spells what is in no token by byte tokens.
 *
 * <p>SentencePiece writes a space as U+2581. Here tokens and text have a plain space instead, one
 * byte for three; a U+2581 in the text, which is the same as a space there, must have been
 * replaced.
 */
public final class SentencePieceEncoder implements SegmentEncoder {
  /**
   * What becomes of characters that are in no token.
   *
   * @param bytes spells code points that are in no token
   * @param id what takes the place of characters that cannot be spelt by bytes
   * @param space what is spelt for a space
   */
  public record Unknown(ByteTokens bytes, int id, String space) {}

  /** Splits where no merge crosses. */
  public static final RunSplitter WORDS = new RunSplitter(new byte[] {' '});

  private final ScoredPieces pieces;
  private final ByteTokens byteTokens;
  private final int unknownId;
  private final byte[] spelledSpace;
  private final boolean addSpacePrefix;
  private final boolean splitsWords;
  private final WholePieces wholePieces;
  private final SegmentEncoder parts = new CachingEncoder(Merging::new);

  /**
   * Makes the encoder.
   *
   * @param pieces what merges
   * @param unknown what becomes of characters that are in no token
   * @param addSpacePrefix whether a space is put before every segment
   * @param splitsWords whether each of {@link #WORDS} can be merged alone: no token crosses from
   *     one into the next, and all bytes have tokens, so that no unknown token does
   */
  public SentencePieceEncoder(
      ScoredPieces pieces, Unknown unknown, boolean addSpacePrefix, boolean splitsWords) {
    this.pieces = pieces;
    this.byteTokens = unknown.bytes();
    this.unknownId = unknown.id();
    this.spelledSpace = Utf8.encode(unknown.space());
    this.addSpacePrefix = addSpacePrefix;
    this.splitsWords = splitsWords;
    this.wholePieces = new WholePieces(pieces.vocab());
  }

  @Override
  public TextSink open(TokenSink sink) {
    TextSink words = splitsWords ? WORDS.open(words(sink)) : new Merging(sink);
    return (text, from, to) -> {
      int start = from;
      if (addSpacePrefix) {
        text[--start] = ' ';
      }
      words.accept(text, start, to);
    };
  }

  private TextSink words(TokenSink sink) {
    TextSink merging = parts.open(sink);
    return (text, from, to) -> {
      int whole = pieces.find(text, from, to);
      if (whole >= 0 && wholePieces.isKnownWhole(whole)) {
        sink.accept(whole, from, to);
      } else {
        merging.accept(text, from, to);
      }
    };
  }

  private final class Merging implements TextSink {
    private final TokenSink sink;
    private final PieceMerger merger = new PieceMerger(pieces);
    private boolean afterUnknown;

    Merging(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      afterUnknown = false;
      merger.clear();
      for (int at = from; at < to; ) {
        int next = at + Utf8.length(text[at]);
        merger.add(pieces.find(text, at, next), at);
        at = next;
      }
      int symbols = merger.merge(text, to);
      int whole = pieces.find(text, from, to);
      if (whole >= 0) {
        wholePieces.note(whole, symbols == 1);
      }
      for (int i = 0; i < symbols; i++) {
        if (merger.id(i) >= 0) {
          emit(merger.id(i), merger.start(i), merger.start(i + 1));
        } else {
          spell(text, merger.start(i), merger.start(i + 1));
        }
      }
    }

    private void emit(int id, int from, int to) {
      sink.accept(id, from, to);
      afterUnknown = false;
    }

    /**
     * Emits a code point that is no token: its bytes, or else the unknown token, once for several
     * in a row.
     */
    private void spell(byte[] text, int from, int to) {
      boolean space = text[from] == ' ';
      byte[] spelt = space ? spelledSpace : text;
      int start = space ? 0 : from;
      int end = space ? spelledSpace.length : to;
      if (!byteTokens.spell(spelt, start, end)) {
        if (!afterUnknown) {
          sink.accept(unknownId, from, to);
        }
        afterUnknown = true;
        return;
      }
      for (int at = start; at < end; at++) {
        emit(byteTokens.id(spelt[at]), from, to);
      }
    }
  }
}
