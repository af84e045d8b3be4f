package dev.nomoat;

import java.util.concurrent.locks.LockSupport;

/** What models have counted. */
final class Stats {
  private Stats() {}

  /** What a model says once it has done with all requests. */
  static ModelStats settled(LanguageModel model) {
    ModelStats stats = model.stats();
    while (stats.queued() + stats.active() > 0) {
      LockSupport.parkNanos(1_000_000);
      stats = model.stats();
    }
    return stats;
  }
}
