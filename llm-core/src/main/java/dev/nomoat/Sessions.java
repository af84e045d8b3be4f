package dev.nomoat;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.cache.SessionFile;
import dev.nomoat.file.OpenFile;
import dev.nomoat.model.Decoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Keys, values and recurrent state of sequences in files, so that another run of the application
 * need not evaluate them. Any number of threads may call at once; the model does nothing else
 * meanwhile.
 */
final class Sessions {
  private final ModelInfo info;
  private final PagePool pool;
  private final Evaluations evaluations;
  private final long mark;

  Sessions(Engine engine, Evaluations evaluations) {
    this.info = engine.info();
    this.pool = engine.pool();
    this.evaluations = evaluations;
    mark = SessionFile.mark(info.architecture(), info.vocabularySize(), pool);
  }

  /** Evaluates what is not known yet of a prompt, and writes it. */
  void save(Prompt prompt, Path file) throws IOException {
    Objects.requireNonNull(file, "file");
    evaluations.requireDecoder("sessions");
    int[] ids = evaluations.encode(prompt);
    evaluations.requireRoom(ids);
    run(ids, decoder -> save(decoder, ids, file));
  }

  /** Reads a file, so that its tokens are found by requests that begin with them. */
  Prompt load(Path path) throws IOException {
    evaluations.requireDecoder("sessions");
    try (OpenFile file = OpenFile.open(path)) {
      int[] ids = SessionFile.tokens(file, mark, pool);
      for (int id : ids) {
        if (id < 0 || id >= info.vocabularySize()) {
          throw SessionFile.foreign(path);
        }
      }
      evaluations.requireRoom(ids);
      run(ids, decoder -> load(decoder, ids, file));
      return Prompt.tokens(ids);
    }
  }

  /** What is done with the decoder. */
  @FunctionalInterface
  private interface Work {
    void with(Decoder decoder) throws IOException;
  }

  private void run(int[] ids, Work work) throws IOException {
    try {
      evaluations.join(
          List.of(ids),
          decoder -> {
            try {
              work.with(decoder);
              return true;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void save(Decoder decoder, int[] ids, Path file) throws IOException {
    SequenceCache cache = new SequenceCache(pool);
    int last = SessionFile.lastPage(ids.length);
    int known = 0;
    try {
      known = cache.reuse(ids, last);
      // up to the last page, and then that, so that all is kept which its tokens see
      SequenceEvaluation.run(decoder, cache, Arrays.copyOf(ids, last), known);
      known = last;
      cache.share(ids, known);
      SessionFile.write(
          file, mark, ids, cache, () -> SequenceEvaluation.run(decoder, cache, ids, last));
      known = ids.length;
    } finally {
      cache.release(ids, known);
    }
  }

  private void load(Decoder decoder, int[] ids, OpenFile file) throws IOException {
    SequenceCache cache = new SequenceCache(pool);
    int last = SessionFile.lastPage(ids.length);
    int known = 0;
    try {
      cache.leaveBehind(last);
      cache.require(ids.length);
      int state = SessionFile.read(file, ids, cache);
      // another model would hardly give these bits; a forged file is no concern of this check
      List<MemorySegment> page = cache.page(last / CacheShape.PAGE);
      List<MemorySegment> read = page.stream().map(Sessions::copy).toList();
      SequenceEvaluation.run(decoder, cache, ids, last);
      boolean same = SessionFile.stateChecksum(cache) == state;
      for (int i = 0; i < read.size(); i++) {
        same &= page.get(i).mismatch(read.get(i)) < 0;
      }
      if (!same) {
        throw SessionFile.foreign(file.path());
      }
      known = ids.length;
    } finally {
      cache.release(ids, known);
    }
  }

  private static MemorySegment copy(MemorySegment frame) {
    return MemorySegment.ofArray(frame.toArray(ValueLayout.JAVA_BYTE));
  }
}
