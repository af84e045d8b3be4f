package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What SentencePiece does with pieces that are unused: they merge like others, and at the end they
 * are taken apart into the two that they were merged of, and these as well.
 *
 * <p>A piece is taken apart here as it merges when it is the whole text; the library remembers the
 * last two that it saw beside each other, wherever that was in the text.
 */
public final class UnusedPieces implements SegmentEncoder {
  /** A token, or an unknown code point if the id is -1, and where it is in a piece. */
  private record Part(int id, int from, int to) {}

  private final SegmentEncoder encoder;

  /** By unused piece: the tokens that take its place. */
  private final Map<Integer, List<Part>> tokens = new HashMap<>();

  /**
   * Puts the rule around an encoder.
   *
   * @param encoder makes pieces, unused ones too
   * @param pieces what merges
   * @param texts by id, the text that a piece is made of
   * @param unused the unused pieces
   * @param unknown what becomes of characters that are no piece
   */
  public UnusedPieces(
      SegmentEncoder encoder,
      ScoredPieces pieces,
      TokenBytes texts,
      int[] unused,
      SentencePieceEncoder.Unknown unknown) {
    this.encoder = encoder;
    Map<Integer, List<Part>> halves = new HashMap<>();
    for (int id : unused) {
      halves.put(id, halves(texts.copy(id), pieces));
    }
    for (int id : unused) {
      List<Part> parts = apart(id, halves, texts, unknown);
      if (!parts.isEmpty()) {
        tokens.put(id, parts);
      }
    }
  }

  /** The two parts that a piece is merged of in the end; none if it is not merged. */
  private static List<Part> halves(byte[] text, ScoredPieces pieces) {
    var merger =
        new PieceMerger(
            (left, right, bytes, from, to) ->
                to - from == bytes.length
                    ? MergeRule.NONE
                    : pieces.find(left, right, bytes, from, to));
    for (int at = 0; at < text.length; ) {
      int next = at + Utf8.length(text[at]);
      merger.add(pieces.find(text, at, next), at);
      at = next;
    }
    if (merger.merge(text, text.length) != 2) {
      return List.of();
    }
    return List.of(
        new Part(merger.id(0), 0, merger.start(1)),
        new Part(merger.id(1), merger.start(1), text.length));
  }

  private static List<Part> apart(
      int id,
      Map<Integer, List<Part>> halves,
      TokenBytes texts,
      SentencePieceEncoder.Unknown unknown) {
    byte[] text = texts.copy(id);
    List<Part> tokens = new ArrayList<>();
    Deque<Part> left = new ArrayDeque<>(halves.getOrDefault(id, List.of()));
    while (!left.isEmpty()) {
      Part part = left.pop();
      List<Part> inner = halves.getOrDefault(part.id(), List.of());
      if (!inner.isEmpty()) {
        Part second = inner.get(1);
        int middle = part.from() + second.from();
        left.push(new Part(second.id(), middle, part.to()));
        left.push(new Part(inner.get(0).id(), part.from(), middle));
      } else if (part.id() >= 0) {
        tokens.add(part);
      } else {
        spell(text, part, unknown, tokens);
      }
    }
    return tokens;
  }

  private static void spell(
      byte[] text, Part part, SentencePieceEncoder.Unknown unknown, List<Part> tokens) {
    byte[] spelt =
        text[part.from()] == ' '
            ? Utf8.encode(unknown.space())
            : Arrays.copyOfRange(text, part.from(), part.to());
    for (byte value : spelt) {
      if (unknown.bytes().id(value) < 0) {
        tokens.add(new Part(unknown.id(), part.from(), part.to()));
        return;
      }
    }
    for (byte value : spelt) {
      tokens.add(new Part(unknown.bytes().id(value), part.from(), part.to()));
    }
  }

  @Override
  public TextSink open(TokenSink sink) {
    return encoder.open(new Expander(sink));
  }

  private final class Expander implements TokenSink {
    private final TokenSink sink;

    Expander(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(int id, int from, int to) {
      List<Part> parts = tokens.get(id);
      if (parts == null) {
        sink.accept(id, from, to);
        return;
      }
      for (Part part : parts) {
        sink.accept(part.id(), from + part.from(), from + part.to());
      }
    }

    @Override
    public boolean wantsPlaces() {
      return sink.wantsPlaces();
    }
  }
}
