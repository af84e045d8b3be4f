package dev.nomoat;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is made once, when it is first needed. Thread-safe.
 *
 * @param <T> what it is
 */
final class Lazy<T> {
  private final Supplier<T> make;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable T made;

  Lazy(Supplier<T> make) {
    this.make = make;
  }

  T get() {
    T known = made;
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      known = made;
      if (known == null) {
        known = make.get();
        made = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }
}
