package dev.nomoat.tokenizer.vocab;

/**
 * Takes stretches of one text, in order: a step of encoding, made ready for one text. Steps are
 * chained, each giving what it makes of its input to the next. They keep their working memory
 * between stretches and are not thread-safe.
 */
public interface TextSink {
  /**
   * Takes the next stretch.
   *
   * @param text well-formed UTF-8; the step may overwrite the stretch and the one byte before it
   * @param from the start of the stretch, at least 1
   * @param to its end, exclusive
   */
  void accept(byte[] text, int from, int to);
}
