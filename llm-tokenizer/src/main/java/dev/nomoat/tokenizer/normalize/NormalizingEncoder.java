package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenSink;

/**
 * Rewrites every stretch of text before another encoder takes it, and tells the places of tokens in
 * the text as it was.
 *
 * @param normalizer rewrites the text
 * @param encoder takes what it wrote
 */
public record NormalizingEncoder(Normalizer normalizer, SegmentEncoder encoder)
    implements SegmentEncoder {
  @Override
  public TextSink open(TokenSink sink) {
    var buffer = new TextBuffer(sink.wantsPlaces());
    TextSink inner = encoder.open(sink.wantsPlaces() ? new Translator(buffer, sink) : sink);
    return (text, from, to) -> {
      buffer.read(text, from, to);
      normalizer.apply(buffer);
      if (buffer.from() < buffer.to()) {
        inner.accept(buffer.bytes(), buffer.from(), buffer.to());
      }
    };
  }

  private record Translator(TextBuffer buffer, TokenSink sink) implements TokenSink {
    @Override
    public void accept(int id, int from, int to) {
      int start = buffer.originStart(Math.max(from, buffer.from()));
      sink.accept(id, start, Math.max(start, buffer.originEnd(to)));
    }

    @Override
    public boolean wantsPlaces() {
      return true;
    }
  }
}
