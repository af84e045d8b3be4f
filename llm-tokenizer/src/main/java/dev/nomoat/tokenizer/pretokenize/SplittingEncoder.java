package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenSink;

/**
 * Splits text before another encoder takes the pieces.
 *
 * @param splitter splits the text
 * @param encoder takes the pieces
 */
public record SplittingEncoder(Splitter splitter, SegmentEncoder encoder)
    implements SegmentEncoder {
  @Override
  public TextSink open(TokenSink sink) {
    return splitter.open(encoder.open(sink));
  }
}
