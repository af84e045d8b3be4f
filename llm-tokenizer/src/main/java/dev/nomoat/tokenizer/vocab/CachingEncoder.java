package dev.nomoat.tokenizer.vocab;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the ids of short stretches, so that another encoder takes each word of a text once and
 * not every time. Most words of a text are ones that were there before.
 *
 * <p>The memory is a table of fixed size, shared by all texts, in which a stretch takes the place
 * of another with the same hash. Threads may race for it: what they put there is immutable, and all
 * that a race can lose is an entry. It does without places of tokens, so a sink that wants them is
 * served by the encoder alone.
 */
public final class CachingEncoder implements SegmentEncoder {
  /** Stretches of more bytes are not remembered; they seldom come again. */
  private static final int LONGEST = 32;

  /** Each stretch may be in either of two neighbours, the one that came last first. */
  private static final int SLOTS = 1 << 15;

  private static final class Entry {
    final byte[] text;
    final int[] ids;

    Entry(byte[] text, int[] ids) {
      this.text = text;
      this.ids = ids;
    }
  }

  private final SegmentEncoder encoder;
  private final @Nullable Entry[] entries = new Entry[SLOTS];

  /**
   * Puts a memory before an encoder.
   *
   * @param encoder what it makes of a stretch must depend on the bytes of the stretch only
   */
  public CachingEncoder(SegmentEncoder encoder) {
    this.encoder = encoder;
  }

  @Override
  public TextSink open(TokenSink sink) {
    if (sink.wantsPlaces()) {
      return encoder.open(sink);
    }
    var recorder = new Recorder(sink);
    TextSink inner = encoder.open(recorder);
    return (text, from, to) -> {
      if (to - from > LONGEST) {
        recorder.recording = false;
        inner.accept(text, from, to);
        return;
      }
      int slot = (int) Hashing.hash(text, from, to) & (SLOTS - 2);
      Entry first = entries[slot];
      Entry entry = matching(first, text, from, to);
      if (entry == null) {
        entry = matching(entries[slot + 1], text, from, to);
        if (entry == null) {
          recorder.recording = true;
          recorder.size = 0;
          // The encoder may overwrite the stretch.
          byte[] key = Arrays.copyOfRange(text, from, to);
          inner.accept(text, from, to);
          entry = new Entry(key, Arrays.copyOf(recorder.ids, recorder.size));
        }
        entries[slot] = entry;
        entries[slot + 1] = first;
      }
      for (int id : entry.ids) {
        sink.accept(id, from, to);
      }
    };
  }

  /** The entry if it is that of the stretch. */
  private static @Nullable Entry matching(@Nullable Entry entry, byte[] text, int from, int to) {
    return entry != null && Arrays.equals(entry.text, 0, entry.text.length, text, from, to)
        ? entry
        : null;
  }

  private static final class Recorder implements TokenSink {
    private final TokenSink sink;
    private boolean recording;
    private int[] ids = new int[LONGEST];
    private int size;

    Recorder(TokenSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(int id, int from, int to) {
      if (!recording) {
        sink.accept(id, from, to);
        return;
      }
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, size * 2);
      }
      ids[size++] = id;
    }
  }
}
