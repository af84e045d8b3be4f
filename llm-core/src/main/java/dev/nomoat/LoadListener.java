package dev.nomoat;

/** Is told how far the loading of a model has come. */
@FunctionalInterface
public interface LoadListener {
  /**
   * Called now and then while a model loads. The calls may come from several threads, but never two
   * at a time, and {@code bytesDone} never falls.
   *
   * @param bytesDone how many bytes of weights are ready
   * @param bytesTotal how many bytes of weights there are; the same in every call
   */
  void progress(long bytesDone, long bytesTotal);
}
