package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.Utf8;

/** How the families split runs of white space. */
final class WhiteSpace {
  private WhiteSpace() {}

  /**
   * The end of {@code \s+(?!\S)|\s+}: the run without its last code point when something follows,
   * because that one belongs to the next piece; the whole run otherwise.
   *
   * @param text well-formed UTF-8
   * @param from where the run starts
   * @param to where the text ends, exclusive
   * @return the end of the piece
   */
  static int end(byte[] text, int from, int to) {
    int at = from;
    int last = from;
    while (at < to && CharClass.isSpace(CharClass.at(text, at))) {
      last = at;
      at += Utf8.length(text[at]);
    }
    return at == to || last == from ? at : last;
  }

  /**
   * The end of {@code \s*[\r\n]+|\s+(?!\S)|\s+}: the run up to its last newline if there is one.
   *
   * @param text well-formed UTF-8
   * @param from where the run starts
   * @param to where the text ends, exclusive
   * @return the end of the piece
   */
  static int endAfterNewline(byte[] text, int from, int to) {
    int at = from;
    int last = from;
    int newline = from;
    while (at < to) {
      byte charClass = CharClass.at(text, at);
      if (!CharClass.isSpace(charClass)) {
        break;
      }
      last = at;
      at += Utf8.length(text[at]);
      if (charClass == CharClass.NEWLINE) {
        newline = at;
      }
    }
    if (newline > from) {
      return newline;
    }
    return at == to || last == from ? at : last;
  }
}
