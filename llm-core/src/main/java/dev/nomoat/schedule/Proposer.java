package dev.nomoat.schedule;

import dev.nomoat.model.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets tokens be guessed ahead, where few sequences generate. Not thread-safe: it belongs to the
 * scheduler's thread.
 */
final class Proposer {
  private static final Logger LOG = LoggerFactory.getLogger(Proposer.class);

  /** Tokens of a step that may be proposed or generated: more gain nothing. */
  private static final int MOST_SPECULATED = 32;

  private final List<SequenceTask> generating = new ArrayList<>();
  private @Nullable DraftModel draft; // none any more when it has failed

  Proposer(Optional<DraftModel> draft) {
    this.draft = draft.orElse(null);
  }

  /**
   * Begins a step: all tasks have the tokens proposed that they want, and that can be told.
   *
   * @param active all that were taken up
   * @param mostPrefill tokens that the draft model may evaluate at once, to catch up with prompts,
   *     where there are several tasks
   */
  void propose(TaskList active, int mostPrefill) {
    generating.clear();
    for (int i = 0; i < active.size(); i++) {
      SequenceTask task = active.get(i);
      task.dropProposal();
      if (task.generates()) {
        generating.add(task);
      }
    }
    boolean drafting = false;
    for (int i = 0; i < generating.size(); i++) {
      SequenceTask task = generating.get(i);
      task.beginProposal(MOST_SPECULATED / generating.size() - 1);
      drafting |= task.wantsDraft();
    }
    if (drafting && draft != null) {
      draft(draft, active.size() == 1 ? Batch.CAPACITY : mostPrefill);
    }
  }

  private void draft(DraftModel model, int most) {
    try {
      model.propose(generating, most);
    } catch (Throwable e) {
      // what a draft guesses changes no token, so nobody needs it
      LOG.warn("the draft model failed; requests go on without it", e);
      draft = null;
      generating.forEach(SequenceTask::dropProposal);
    }
  }
}
