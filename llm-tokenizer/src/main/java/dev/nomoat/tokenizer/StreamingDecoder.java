package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;

/**
 * Decodes ids as they arrive, and gives out only whole characters and whole emoji.
 *
 * <p>All that {@link #accept} and {@link #finish} give, put together, is what decoding all ids at
 * once gives. A character whose bytes are spread over several tokens comes with the last of them;
 * bytes that can no longer become a character come as U+FFFD at once. An emoji comes as soon as it
 * is known that no skin tone, joined emoji, second half of a flag or the like follows: with the
 * character after it, or with a token that has no text. No other text waits, and an emoji no longer
 * than 32 chars; where the last token of a text is decoded differently, that token waits too.
 * Control and unknown tokens have no text. Not thread-safe; the tokenizer behind it may be shared.
 */
public final class StreamingDecoder {
  /** The longest part of a UTF-8 sequence that is not yet a character. */
  private static final int LONGEST_PART = 3;

  private final Tokenizer tokenizer;
  private final boolean withControl;

  /** Whether the next token is the first of a text. */
  private boolean atStart;

  /** The last token; -1 before the first. */
  private int previous = -1;

  /** The token that waits, because it may be the last that has text; -1 if none does. */
  private int waiting = -1;

  /** Bytes held back, and room for those of the next token. */
  private byte[] buffer = new byte[32];

  private int held;

  private EmojiSequences emoji = new EmojiSequences();

  private StreamingDecoder(Tokenizer tokenizer, boolean withControl, boolean atStart) {
    this.tokenizer = tokenizer;
    this.withControl = withControl;
    this.atStart = atStart;
  }

  /**
   * A decoder for the ids of a text from its start: as {@link Tokenizer#decode} it takes away the
   * space that the model wants before every text.
   *
   * @param tokenizer the tokenizer of the ids
   * @return a new decoder
   */
  public static StreamingDecoder ofText(Tokenizer tokenizer) {
    return new StreamingDecoder(tokenizer, false, true);
  }

  /**
   * A decoder for ids that go on where another text ended, such as the answer to a prompt: keeps
   * the space they may start with.
   *
   * @param tokenizer the tokenizer of the ids
   * @return a new decoder
   */
  public static StreamingDecoder ofContinuation(Tokenizer tokenizer) {
    return new StreamingDecoder(tokenizer, false, false);
  }

  /**
   * A decoder in the state of this one that renders control and unknown tokens by their text, as
   * {@link Tokenizer#decodeWithControl} does.
   *
   * @return a new decoder, independent of this one
   */
  public StreamingDecoder withControl() {
    var decoder = new StreamingDecoder(tokenizer, true, atStart);
    decoder.previous = previous;
    decoder.waiting = waiting;
    decoder.buffer = buffer.clone();
    decoder.held = held;
    decoder.emoji = emoji.copy();
    return decoder;
  }

  /**
   * Takes the next token.
   *
   * @param id its id
   * @return the text that is complete by it and was not before, often empty; for a token without
   *     text only what comes before it
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public String accept(int id) {
    tokenizer.checkId(id);
    TokenTexts texts = tokenizer.texts();
    boolean shown = withControl || tokenizer.standsForText(id);
    if (!shown) {
      return acceptNothing();
    }
    if (texts.dropsRepeats() && id == previous) {
      return "";
    }
    previous = id;
    if (texts.bytes().length(id) == 0) {
      return acceptNothing();
    }
    if (!texts.endsDiffer()) {
      return append(id);
    }
    int before = waiting;
    waiting = id;
    return before >= 0 ? append(before) : "";
  }

  /** Takes a token without text, after which an emoji does not go on unless a token waits. */
  private String acceptNothing() {
    return waiting >= 0 ? "" : emoji.finish();
  }

  private String append(int id) {
    TokenTexts texts = tokenizer.texts();
    if (atStart) {
      byte[] first = texts.first().apply(id);
      atStart = texts.staysFirst() && first.length == 0;
      reserve(first.length);
      System.arraycopy(first, 0, buffer, held, first.length);
      return complete(held + first.length);
    }
    reserve(texts.bytes().length(id));
    texts.bytes().copyTo(id, buffer, held);
    return complete(held + texts.bytes().length(id));
  }

  private void reserve(int length) {
    if (buffer.length - LONGEST_PART < length) {
      buffer = Arrays.copyOf(buffer, Math.addExact(length, LONGEST_PART));
    }
  }

  /** Gives out the whole characters of the bytes up to an end, and holds the rest back. */
  private String complete(int end) {
    int complete = Utf8.completeEnd(buffer, 0, end);
    String text = Utf8.decode(buffer, 0, complete);
    held = end - complete;
    System.arraycopy(buffer, complete, buffer, 0, held);
    return emoji.accept(text);
  }

  /**
   * Ends the text.
   *
   * @return an emoji that was held back, and U+FFFD if a character has been left unfinished; for
   *     tokenizers whose last token is decoded differently also that; the decoder may then take
   *     another text that continues this one
   */
  public String finish() {
    String text = "";
    if (waiting >= 0) {
      byte[] last = tokenizer.texts().last().apply(waiting);
      waiting = -1;
      reserve(last.length);
      System.arraycopy(last, 0, buffer, held, last.length);
      text = complete(held + last.length);
    }
    text += emoji.finish() + Utf8.decode(buffer, 0, held);
    held = 0;
    return text;
  }
}
