package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.pretokenize.RunSplitter;
import dev.nomoat.tokenizer.vocab.ByteTokens;
import dev.nomoat.tokenizer.vocab.CachingEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.List;

/**
 * BPE from code points by a merge list, as Hugging Face's {@code tokenizers} has it. Every stretch
 * it is given is merged by itself.
 */
public final class CharacterEncoder implements SegmentEncoder {
  /** U+2581, which models write for a space. */
  private static final byte[] MARK = Utf8.encode("\u2581");

  private static final RunSplitter WORDS = new RunSplitter(MARK);

  /**
   * What becomes of code points that are no token.
   *
   * @param byteIds by byte, its token, or -1; a code point is spelt if all of its bytes are there
   * @param unknownId the token of code points that are not spelt; -1 leaves them out
   * @param fusesUnknown whether neighbours of these are one token
   */
  public record Unknown(List<Integer> byteIds, int unknownId, boolean fusesUnknown) {
    /** Copies the list. */
    public Unknown {
      byteIds = List.copyOf(byteIds);
    }
  }

  private final MergeTable merges;
  private final TokenIndex index;

  /** Finds code points that go on with a word, or end it, if these are tokens of their own. */
  private final TokenIndex inner;

  private final TokenIndex last;
  private final TokenIndex only;
  private final ByteTokens byteTokens;
  private final Unknown unknown;
  private final boolean ignoreMerges;
  private final WholePieces wholePieces;
  private final boolean splitsWords;
  private final SegmentEncoder parts = new CachingEncoder(Merging::new);

  /**
   * Makes the encoder.
   *
   * @param merges what merges
   * @param index finds a piece in the vocabulary
   * @param only finds a code point that is a word
   * @param inner finds a code point that is neither first nor last in a word
   * @param last finds a code point that is last in a word
   * @param unknown what becomes of other code points
   * @param ignoreMerges whether a piece that is a token is that token, even if the merges would not
   *     make it
   * @param vocab the number of tokens
   */
  public CharacterEncoder(
      MergeTable merges,
      TokenIndex index,
      TokenIndex only,
      TokenIndex inner,
      TokenIndex last,
      Unknown unknown,
      boolean ignoreMerges,
      int vocab) {
    this.merges = merges;
    this.index = index;
    this.only = only;
    this.inner = inner;
    this.last = last;
    this.unknown = unknown;
    this.byteTokens = new ByteTokens(unknown.byteIds().stream().mapToInt(id -> id).toArray());
    this.ignoreMerges = ignoreMerges;
    this.wholePieces = new WholePieces(vocab);
    // A mark that is a token is never a part of an unknown one.
    splitsWords =
        !ignoreMerges
            && inner == index
            && last == index
            && index.find(MARK, 0, MARK.length) >= 0
            && merges.merged().mapToObj(index::bytes).noneMatch(WORDS::mayCross);
  }

  @Override
  public TextSink open(TokenSink sink) {
    TextSink merging = parts.open(sink);
    TextSink words =
        (text, from, to) -> {
          int whole = index.find(text, from, to);
          if (whole >= 0 && (ignoreMerges || wholePieces.isKnownWhole(whole))) {
            sink.accept(whole, from, to);
          } else {
            merging.accept(text, from, to);
          }
        };
    return splitsWords ? WORDS.open(words) : words;
  }

  private final class Merging implements TextSink {
    private final TokenSink sink;
    private final PieceMerger merger = new PieceMerger(merges);
    private boolean afterUnknown;

    Merging(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(byte[] text, int from, int to) {
      merger.clear();
      afterUnknown = false;
      for (int at = from; at < to; ) {
        int next = at + Utf8.length(text[at]);
        add(text, at, next, at == from, next == to);
        at = next;
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

    private void add(byte[] text, int at, int next, boolean isFirst, boolean isLast) {
      TokenIndex codePoints = isFirst ? (isLast ? only : index) : isLast ? last : inner;
      int id = codePoints.find(text, at, next);
      if (id >= 0) {
        merger.add(id, at);
        afterUnknown = false;
      } else if (byteTokens.spell(text, at, next)) {
        for (int place = at; place < next; place++) {
          merger.add(byteTokens.id(text[place]), place);
        }
      } else if (unknown.unknownId() >= 0) {
        if (!(afterUnknown && unknown.fusesUnknown())) {
          merger.add(unknown.unknownId(), at);
        }
        afterUnknown = true;
      }
    }
  }
}
