package dev.nomoat.tokenizer.bpe;

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
  /** U+2581 in UTF-8, what SentencePiece writes for a space. */
  private static final byte[] MARK = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};

  private final ScoredPieces pieces;
  private final int[] byteIds;
  private final int unknownId;
  private final boolean addSpacePrefix;
  private final boolean splitsAtSpaces;
  private final WholePieces wholePieces;

  /**
   * Makes the encoder.
   *
   * @param pieces what merges
   * @param byteIds by byte, its token, or -1 if there is none
   * @param unknownId what takes the place of characters that are in no token and cannot be spelt by
   *     bytes
   * @param addSpacePrefix whether a space is put before every segment
   * @param splitsAtSpaces whether no token has a space after anything but spaces: then no merge
   *     crosses the start of a run of spaces, and each word can be merged alone
   */
  public SentencePieceEncoder(
      ScoredPieces pieces,
      int[] byteIds,
      int unknownId,
      boolean addSpacePrefix,
      boolean splitsAtSpaces) {
    this.pieces = pieces;
    this.byteIds = byteIds.clone();
    this.unknownId = unknownId;
    this.addSpacePrefix = addSpacePrefix;
    this.splitsAtSpaces = splitsAtSpaces;
    this.wholePieces = new WholePieces(pieces.vocab());
  }

  @Override
  public TextSink open(TokenSink sink) {
    return new SentencePieceSession(sink);
  }

  private final class SentencePieceSession implements TextSink {
    private final TokenSink sink;
    private final PieceMerger merger = new PieceMerger(pieces);
    private boolean afterUnknown;

    SentencePieceSession(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      int start = from;
      if (addSpacePrefix) {
        text[--start] = ' ';
      }
      afterUnknown = false;
      if (splitsAtSpaces) {
        for (int at = start + 1; at < to; at++) {
          if (text[at] == ' ' && text[at - 1] != ' ') {
            encodePiece(text, start, at);
            start = at;
          }
        }
      }
      encodePiece(text, start, to);
    }

    private void encodePiece(byte[] text, int from, int to) {
      int whole = pieces.find(text, from, to);
      if (whole >= 0 && wholePieces.isKnownWhole(whole)) {
        emit(whole, from, to);
        return;
      }
      merger.clear();
      for (int at = from; at < to; ) {
        int next = at + Utf8.length(text[at]);
        merger.add(pieces.find(text, at, next), at);
        at = next;
      }
      int symbols = merger.merge(text, to);
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
      byte[] spelt = space ? MARK : text;
      int start = space ? 0 : from;
      int end = space ? MARK.length : to;
      for (int at = start; at < end; at++) {
        if (byteIds[spelt[at] & 0xFF] < 0) {
          if (!afterUnknown) {
            sink.accept(unknownId, from, to);
          }
          afterUnknown = true;
          return;
        }
      }
      for (int at = start; at < end; at++) {
        emit(byteIds[spelt[at] & 0xFF], from, to);
      }
    }
  }
}
