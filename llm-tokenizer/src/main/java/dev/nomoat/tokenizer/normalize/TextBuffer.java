package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of text that is rewritten step by step, and if asked for, where each of its bytes came
 * from. Not thread-safe.
 */
public final class TextBuffer {
  private final boolean tracks;

  private byte[] bytes = new byte[0];
  private int from;
  private int to;

  /** By place: where its text starts and ends in the original; null if that is the place itself. */
  private int @Nullable [] starts;

  private int @Nullable [] ends;

  private byte[] written = new byte[64];
  private int[] writtenStarts = new int[0];
  private int[] writtenEnds = new int[0];
  private int size;

  /** Whether {@link #bytes} is an array of this buffer, free to be written when it is read. */
  private boolean owned;

  /** Arrays of this buffer that are not in use. */
  private byte[] free = new byte[64];

  private int[] freeStarts = new int[0];
  private int[] freeEnds = new int[0];

  /**
   * Makes an empty buffer.
   *
   * @param tracks whether it remembers where its bytes came from
   */
  public TextBuffer(boolean tracks) {
    this.tracks = tracks;
  }

  /**
   * Takes a stretch of text, without copying it.
   *
   * @param text well-formed UTF-8; not to be changed as long as it is in the buffer
   * @param from its start, 1 if it is the start of the whole text
   * @param to its end, exclusive
   */
  public void read(byte[] text, int from, int to) {
    release();
    bytes = text;
    owned = false;
    this.from = from;
    this.to = to;
    starts = null;
    ends = null;
    size = first();
  }

  /** Keeps the arrays that hold the text, if they are this buffer's, to be written again. */
  private void release() {
    if (owned) {
      free = bytes;
    }
    if (starts != null && ends != null) {
      freeStarts = starts;
      freeEnds = ends;
    }
  }

  /** Where written text starts; tells the start of the whole text by being 1, as it was. */
  private int first() {
    return from == 1 ? 1 : 2;
  }

  /**
   * The array that holds the text.
   *
   * @return the array itself
   */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Where the text starts.
   *
   * @return a place of {@link #bytes}
   */
  public int from() {
    return from;
  }

  /**
   * Where the text ends.
   *
   * @return a place of {@link #bytes}, exclusive
   */
  public int to() {
    return to;
  }

  /**
   * The text as a string.
   *
   * @return the text
   */
  public String text() {
    return Utf8.decode(bytes, from, to);
  }

  /**
   * Where in the original the text of a place starts.
   *
   * @param at a place of the text, or its end
   * @return a place of the original
   */
  public int originStart(int at) {
    if (starts == null || ends == null) {
      return at;
    }
    return at < to ? starts[at] : to > from ? ends[to - 1] : at;
  }

  /**
   * Where in the original the text before a place ends.
   *
   * @param at a place of the text, or its end
   * @return a place of the original
   */
  public int originEnd(int at) {
    return ends == null ? at : at > from ? ends[at - 1] : originStart(at);
  }

  /**
   * Writes a part of the text as it is.
   *
   * @param partFrom where the part starts
   * @param partTo where it ends, exclusive
   */
  public void copy(int partFrom, int partTo) {
    reserve(partTo - partFrom);
    System.arraycopy(bytes, partFrom, written, size, partTo - partFrom);
    if (tracks) {
      for (int at = partFrom; at < partTo; at++) {
        writtenStarts[size + at - partFrom] = originStart(at);
        writtenEnds[size + at - partFrom] = originEnd(at + 1);
      }
    }
    size += partTo - partFrom;
  }

  /**
   * Writes other text for a part.
   *
   * @param text holds the other text
   * @param textFrom where that starts
   * @param textTo where it ends, exclusive
   * @param partFrom where the part starts
   * @param partTo where the part ends, exclusive; {@code partFrom} if nothing is replaced
   */
  public void write(byte[] text, int textFrom, int textTo, int partFrom, int partTo) {
    int length = textTo - textFrom;
    reserve(length);
    System.arraycopy(text, textFrom, written, size, length);
    if (tracks) {
      Arrays.fill(writtenStarts, size, size + length, originStart(partFrom));
      Arrays.fill(
          writtenEnds,
          size,
          size + length,
          partTo > partFrom ? originEnd(partTo) : originStart(partFrom));
    }
    size += length;
  }

  /**
   * Writes other text for a part.
   *
   * @param text the other text
   * @param partFrom where the part starts
   * @param partTo where the part ends, exclusive
   */
  public void write(String text, int partFrom, int partTo) {
    byte[] utf8 = Utf8.encode(text);
    write(utf8, 0, utf8.length, partFrom, partTo);
  }

  /**
   * Writes a code point for a part.
   *
   * @param codePoint the code point
   * @param partFrom where the part starts
   * @param partTo where the part ends, exclusive
   */
  public void write(int codePoint, int partFrom, int partTo) {
    if (codePoint < 0x80) {
      reserve(1);
      written[size] = (byte) codePoint;
      if (tracks) {
        writtenStarts[size] = originStart(partFrom);
        writtenEnds[size] = partTo > partFrom ? originEnd(partTo) : originStart(partFrom);
      }
      size++;
    } else {
      write(Character.toString(codePoint), partFrom, partTo);
    }
  }

  /**
   * Takes back what has been written last, if it is a certain text.
   *
   * @param end the text; not empty
   * @return whether it was, so that it is no longer written
   */
  boolean dropWritten(byte[] end) {
    int start = size - end.length;
    boolean there = start >= first() && Utf8.equal(written, start, end, 0, end.length);
    size = there ? start : size;
    return there;
  }

  /** Makes what has been written the text. */
  public void flip() {
    release();
    int first = first();
    bytes = written;
    owned = true;
    written = free;
    if (tracks) {
      starts = writtenStarts;
      ends = writtenEnds;
      writtenStarts = freeStarts;
      writtenEnds = freeEnds;
    }
    from = first;
    to = size;
    size = first;
  }

  private void reserve(int length) {
    long needed = (long) size + length;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("The normalised text is longer than 2 GiB");
    }
    if (needed > written.length) {
      int capacity = (int) Math.min(Math.max(needed, written.length * 2L), Integer.MAX_VALUE - 8);
      written = Arrays.copyOf(written, capacity);
    }
    if (tracks && writtenStarts.length < written.length) {
      writtenStarts = Arrays.copyOf(writtenStarts, written.length);
      writtenEnds = Arrays.copyOf(writtenEnds, written.length);
    }
  }
}
