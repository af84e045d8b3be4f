package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.TextSink;
import java.util.List;

/**
 * Several splitters, each of which splits the pieces of the one before.
 *
 * @param splitters the splitters; none leave the text whole
 */
public record SplitterChain(List<Splitter> splitters) implements Splitter {
  /** Copies the list. */
  public SplitterChain {
    splitters = List.copyOf(splitters);
  }

  @Override
  public TextSink open(TextSink pieces) {
    TextSink sink = pieces;
    for (Splitter splitter : splitters.reversed()) {
      sink = splitter.open(sink);
    }
    return sink;
  }
}
