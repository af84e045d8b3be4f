package dev.nomoat.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tasks, those first that come first. Asking allocates nothing. Not thread-safe. */
final class TaskList {
  private final List<SequenceTask> tasks = new ArrayList<>();

  int size() {
    return tasks.size();
  }

  SequenceTask get(int index) {
    return tasks.get(index);
  }

  /** Where a task is, or −1. */
  int indexOf(@Nullable SequenceTask task) {
    return tasks.indexOf(task);
  }

  void add(SequenceTask task) {
    int at = tasks.size();
    while (at > 0 && task.precedes(tasks.get(at - 1))) {
      at--;
    }
    tasks.add(at, task);
  }

  boolean remove(SequenceTask task) {
    return tasks.remove(task);
  }

  void moveTo(List<SequenceTask> target) {
    target.addAll(tasks);
    tasks.clear();
  }

  /** Whether there is one to be evaluated, or to be ended. */
  boolean anyDue() {
    for (int i = 0; i < tasks.size(); i++) {
      SequenceTask task = tasks.get(i);
      if (task.cancelled() || task.ready() || task.timeLeft() <= 0) {
        return true;
      }
    }
    return false;
  }

  boolean anyPrefilling() {
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).prefilling()) {
        return true;
      }
    }
    return false;
  }

  /** Whether one that comes first evaluates a beginning that a task could take over. */
  boolean anyLeads(SequenceTask task) {
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).precedes(task) && task.follows(tasks.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** The last one that waits for its consumer; null when none does. */
  @Nullable SequenceTask lastResting() {
    for (int i = tasks.size() - 1; i >= 0; i--) {
      if (!tasks.get(i).ready()) {
        return tasks.get(i);
      }
    }
    return null;
  }

  /** The last one that is not in a batch; null when all are. */
  @Nullable SequenceTask lastOutside(List<SequenceTask> batch) {
    for (int i = tasks.size() - 1; i >= 0; i--) {
      if (!batch.contains(tasks.get(i))) {
        return tasks.get(i);
      }
    }
    return null;
  }

  /** Frames that the tasks will take before long, beside those that they have. */
  long foreseenFrames() {
    long frames = 0;
    for (int i = 0; i < tasks.size(); i++) {
      SequenceTask task = tasks.get(i);
      frames += Math.max(0, task.foreseenFrames() - task.cache().frames());
    }
    return frames;
  }

  /** How many were taken up before, and gave their memory back. */
  int suspended() {
    int count = 0;
    for (int i = 0; i < tasks.size(); i++) {
      count += tasks.get(i).suspended() ? 1 : 0;
    }
    return count;
  }

  /** Recurrent states that the tasks take, where sequences have some. */
  int states() {
    int states = 0;
    for (int i = 0; i < tasks.size(); i++) {
      states += tasks.get(i).states();
    }
    return states;
  }

  /** Nanoseconds until the first one's time is over. */
  long leastTimeLeft() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < tasks.size(); i++) {
      least = Math.min(least, tasks.get(i).timeLeft());
    }
    return least;
  }
}
