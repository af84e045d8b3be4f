package dev.nomoat.schedule;

import dev.nomoat.cache.PagePool;
import java.util.List;

/**
 * Which tasks have memory and which wait for it, those first that come first. Not thread-safe: it
 * belongs to the scheduler's thread.
 */
final class Admission {
  private final PagePool pool;
  private final SchedulerCounters counters;
  private final TaskList waiting = new TaskList();
  private final TaskList active = new TaskList();

  Admission(PagePool pool, SchedulerCounters counters) {
    this.pool = pool;
    this.counters = counters;
  }

  /** Those that were taken up. */
  TaskList active() {
    return active;
  }

  /** A new task waits. */
  void add(SequenceTask task) {
    waiting.add(task);
  }

  /** Whether there is a task to be evaluated, or to be ended. */
  boolean anyDue() {
    return active.anyDue() || waiting.anyDue();
  }

  /** Nanoseconds until the first one's time is over. */
  long leastTimeLeft() {
    return Math.min(active.leastTimeLeft(), waiting.leastTimeLeft());
  }

  /** Gives up all tasks. */
  void moveTo(List<SequenceTask> target) {
    active.moveTo(target);
    waiting.moveTo(target);
  }

  /** Tells what there is now. */
  void count() {
    counters.look(active.size() + waiting.suspended(), pool);
  }

  /** Ends those that were cancelled, or whose time is over. */
  void dropEnded() {
    dropEnded(active);
    dropEnded(waiting);
  }

  private void dropEnded(TaskList tasks) {
    for (int i = tasks.size() - 1; i >= 0; i--) {
      SequenceTask task = tasks.get(i);
      boolean cancelled = task.cancelled();
      if (cancelled || task.timeLeft() <= 0) {
        tasks.remove(task);
        // counted before it leaves the queue, so that it is never nowhere
        if (cancelled) {
          counters.cancel();
          task.end(counters);
          task.onCancelled();
        } else {
          counters.timeOut();
          task.end(counters);
          task.onTimeOver();
        }
      }
    }
  }

  /** Takes up tasks that wait, the first ones first, as long as there is memory. */
  void admit() {
    int i = 0;
    while (i < waiting.size()) {
      SequenceTask task = waiting.get(i);
      if (!task.ready() || active.anyLeads(task)) {
        i++;
        continue;
      }
      while (!fits(task)) {
        // who waits for its consumer makes room
        SequenceTask resting = active.lastResting();
        if (resting == null) {
          return;
        }
        suspend(resting);
      }
      waiting.remove(task);
      try {
        task.begin(active, counters);
      } catch (Throwable e) {
        // the system has no more memory
        task.end(counters);
        counters.fail();
        task.onFailure(e);
        continue;
      }
      active.add(task);
      count();
      task.leaveQueue(counters);
    }
  }

  /** Whether there is memory for a task, beside what the active ones will need before long. */
  private boolean fits(SequenceTask task) {
    return active.size() == 0
        || (active.states() + task.states() <= pool.mostStates()
            && pool.available() - active.foreseenFrames()
                >= task.foreseenFrames() - task.heldFrames());
  }

  /** Lets a task wait again, without memory. */
  void suspend(SequenceTask task) {
    active.remove(task);
    task.suspend();
    waiting.add(task);
    counters.suspend();
  }

  /** Sees to room for some sequences, of one state each; there is enough when no task takes any. */
  void makeRoom(long frames, int sequences) {
    while (active.size() > 0
        && (pool.available() < frames || active.states() > pool.mostStates() - sequences)) {
      suspend(active.get(active.size() - 1));
    }
  }
}
