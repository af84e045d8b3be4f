package dev.nomoat;

/** How the vectors of a text's tokens become the vector of the text. */
public enum Pooling {
  /** Their mean. */
  MEAN,
  /** That of the first token, which encoders such as BERT train for this ({@code [CLS]}). */
  CLS,
  /** That of the last token, the only one that has seen the whole text in a decoder. */
  LAST
}
