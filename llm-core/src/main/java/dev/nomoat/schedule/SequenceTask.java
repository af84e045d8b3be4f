package dev.nomoat.schedule;

import dev.nomoat.Speculation;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.sample.Sampler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sequence that the {@link Scheduler} evaluates and continues token by token. The callbacks run
 * on the scheduler's thread and must be quick.
 */
public abstract class SequenceTask {
  private static final int NONE = -1;

  /** Tokens for which memory is held ready, where a task may generate more. */
  private static final int FORESIGHT = 256;

  /**
   * What a task asks of the scheduler.
   *
   * @param priority tasks of a higher one come first
   * @param timeLimit nanoseconds after which it ends; {@link Long#MAX_VALUE} for none
   * @param mostTokens that it may generate
   * @param speculation how its tokens are guessed ahead
   */
  public record Terms(int priority, long timeLimit, int mostTokens, Speculation speculation) {
    /** Nothing special. */
    public static final Terms NONE =
        new Terms(0, Long.MAX_VALUE, Integer.MAX_VALUE, Speculation.OFF);
  }

  private final int promptLength;
  private final Sampler sampler;
  private final SequenceCache cache;
  private final Terms terms;
  private final long created = System.nanoTime();
  private volatile boolean cancelled;

  // below: only the scheduler's thread
  private int[] tokens; // of the prompt, those that were drawn, and those that are proposed
  private int length; // without the proposed ones
  private int evaluated;
  private int takenBack; // tokens that were evaluated, and are to be evaluated again
  private boolean queued = true;
  private boolean active;
  private boolean started;
  private int outputRow = NONE;
  private int added;
  private final ProposalLength proposalLength = new ProposalLength();
  private final @Nullable PromptLookup lookup; // where tokens are looked up
  private DraftModel.@Nullable Sequence draft;
  private int wanted; // tokens to be proposed in this step
  private int proposed;
  private QueueEvent waited = new QueueEvent();

  private long arrival;

  /**
   * Makes a task.
   *
   * @param prompt token ids, at least one, all in the vocabulary
   * @param sampler draws the tokens; belongs to the task
   * @param cache an empty cache; belongs to the task
   * @param terms what it asks of the scheduler
   */
  protected SequenceTask(int[] prompt, Sampler sampler, SequenceCache cache, Terms terms) {
    this.tokens = prompt.clone();
    this.promptLength = prompt.length;
    this.length = prompt.length;
    this.sampler = sampler;
    this.cache = cache;
    this.terms = terms;
    this.lookup = terms.speculation() == Speculation.LOOKUP ? new PromptLookup() : null;
    waited.begin();
  }

  /**
   * The first tokens of the prompt are about to be evaluated.
   *
   * @param reused how many tokens of the prompt need no evaluation, because others have had them
   */
  protected abstract void onStart(int reused);

  /**
   * A token was drawn.
   *
   * @param id its id
   * @param guessed whether it had been proposed
   * @return whether the sequence goes on
   */
  protected abstract boolean onToken(int id, boolean guessed);

  /**
   * Whether a token would be welcome now; if not, {@link Scheduler#wake} is called when that
   * changes. A sequence that rests has had a token, and its memory may be given to another; then
   * nothing of it is evaluated anew before it is ready.
   *
   * @return false to let the sequence rest
   */
  protected abstract boolean ready();

  /** The task was cancelled and has left the scheduler. */
  protected abstract void onCancelled();

  /** The task's time is over. */
  protected abstract void onTimeOver();

  /** The scheduler ends. */
  protected abstract void onClosed();

  /**
   * Computing failed.
   *
   * @param cause what happened
   */
  protected abstract void onFailure(Throwable cause);

  boolean cancelled() {
    return cancelled;
  }

  void markCancelled() {
    cancelled = true;
  }

  /** Nanoseconds until its time is over. */
  long timeLeft() {
    return terms.timeLimit() == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : terms.timeLimit() - (System.nanoTime() - created);
  }

  void arrive(long arrival) {
    this.arrival = arrival;
  }

  /** Whether it comes before another task. */
  boolean precedes(SequenceTask other) {
    return terms.priority() == other.terms.priority()
        ? arrival < other.arrival
        : terms.priority() > other.terms.priority();
  }

  /** Whether there is more to evaluate than the last token, and what was taken back before it. */
  boolean prefilling() {
    return length - evaluated - takenBack > 1;
  }

  /** Whether its next token is wanted, and comes with the next step. */
  boolean generates() {
    return !prefilling() && ready();
  }

  /** Recurrent states that it takes, where sequences have some: who guesses keeps a copy. */
  int states() {
    return terms.speculation() == Speculation.OFF ? 1 : 2;
  }

  SequenceCache cache() {
    return cache;
  }

  /** Whether it was taken up, and not suspended since. */
  boolean active() {
    return active;
  }

  /**
   * It is taken up: takes over what is known of its tokens, and what active tasks have of them. It
   * {@linkplain #leaveQueue leaves the queue} when it is known to be active.
   */
  void begin(TaskList others, SchedulerCounters counters) {
    active = true;
    evaluated = cache.reuse(tokens, length - 1);
    for (int i = 0; i < others.size(); i++) {
      SequenceTask other = others.get(i);
      evaluated = cache.copy(other.cache, evaluated, Math.min(common(other), other.evaluated));
    }
    counters.reuse(evaluated);
    waited.end();
    if (waited.shouldCommit()) {
      waited.promptTokens = length;
      waited.reusedTokens = evaluated;
      waited.priority = terms.priority();
      waited.again = started;
      waited.commit();
    }
  }

  /** Whether it was taken up before, and has given its memory back. */
  boolean suspended() {
    return !queued && !active;
  }

  /** Gives its memory back, to be taken up again. */
  void suspend() {
    active = false;
    cache.release(tokens, evaluated);
    evaluated = 0;
    takenBack = 0;
    if (draft != null) {
      draft.release(tokens, length);
    }
    proposed = 0;
    waited = new QueueEvent();
    waited.begin();
  }

  /** Gives its memory back. */
  void end(SchedulerCounters counters) {
    leaveQueue(counters);
    suspend();
  }

  /** It does not wait any more to be taken up for the first time. */
  void leaveQueue(SchedulerCounters counters) {
    if (queued) {
      queued = false;
      counters.dequeue();
    }
  }

  /** Frames of its tokens that others hold. */
  int heldFrames() {
    return cache.held(tokens, length - 1);
  }

  /** Frames that it needs before long, those that it has included. */
  long foreseenFrames() {
    long most = (long) promptLength + terms.mostTokens();
    return cache.footprint().frames((int) Math.min(most, (long) length + FORESIGHT));
  }

  /**
   * Whether another task is at evaluating a beginning that both have, and that this one can take
   * over when it is done.
   */
  boolean follows(SequenceTask other) {
    if (!other.prefilling()) {
      return false;
    }
    int common = common(other);
    int wanted = cache.copies() ? common : common - common % CacheShape.PAGE;
    if (common < CacheShape.PAGE || other.evaluated >= wanted) {
      return false;
    }
    other.cache.keepState(common);
    return true;
  }

  /** How many tokens it begins with that another task begins with too, its last one left out. */
  private int common(SequenceTask other) {
    int most = Math.min(length - 1, other.length);
    int mismatch = Arrays.mismatch(tokens, 0, most, other.tokens, 0, most);
    return mismatch < 0 ? most : mismatch;
  }

  /**
   * A step begins in which up to so many tokens may be proposed for a sequence that generates;
   * looks them up, unless a draft model is to tell. While some are evaluated again there is none:
   * otherwise these could become more and more.
   */
  void beginProposal(int most) {
    int left = terms.mostTokens() - (length - promptLength) - 1; // beside the one that comes anyway
    int allowed = Math.min(most, left);
    if (terms.speculation() == Speculation.OFF || takenBack > 0 || allowed <= 0) {
      return;
    }
    wanted = Math.min(allowed, proposalLength.next());
    grow(wanted);
    if (lookup != null && wanted > 0) {
      proposed = lookup.propose(tokens, length, wanted);
    }
  }

  /** How many tokens are to be proposed in this step. */
  int wanted() {
    return wanted;
  }

  /** Whether a draft model should propose tokens in this step. */
  boolean wantsDraft() {
    return terms.speculation() == Speculation.DRAFT && wanted > 0;
  }

  /** What the draft model has of it. */
  DraftModel.Sequence draft(PagePool pool) {
    if (draft == null) {
      draft = new DraftModel.Sequence(pool);
    }
    return draft;
  }

  /** Proposes a token after those that are proposed already; whether another one is wanted. */
  boolean propose(int token) {
    tokens[length + proposed++] = token;
    return proposed < wanted;
  }

  /** Takes the proposed tokens back, and wants none. */
  void dropProposal() {
    proposed = 0;
    wanted = 0;
  }

  /** Whether tokens are proposed. */
  boolean proposes() {
    return proposed > 0;
  }

  /** Its tokens, and behind them those that are proposed. */
  int[] tokens() {
    return tokens;
  }

  /** How many tokens it has. */
  int length() {
    return length;
  }

  /** How many tokens there are to be evaluated, those that are proposed included. */
  int pending() {
    return length + proposed - evaluated;
  }

  /** Makes room for the next tokens, up to so many; false when there is not enough memory. */
  boolean reserve(int most) {
    return cache.reserve(evaluated + Math.min(most, pending()));
  }

  /** Sees to it that proposed tokens can be taken back; false when there is no memory for it. */
  boolean saveState() {
    return cache.saveState();
  }

  /** Puts up to {@code most} tokens into a batch, for which there is room in the cache. */
  void fill(Batch batch, int most) {
    if (!started) {
      started = true;
      for (int i = 0; i < promptLength; i++) {
        sampler.accept(tokens[i]);
      }
      onStart(evaluated);
    }
    outputRow = NONE;
    added = Math.min(Math.min(most, pending()), cache.untilKept(evaluated));
    proposed = Math.max(0, evaluated + added - length); // others did not fit
    for (int position = evaluated; position < evaluated + added; position++) {
      int row = batch.add(cache, position, tokens[position], position >= length - 1);
      outputRow = position == length - 1 ? row : outputRow;
    }
  }

  /** Takes the result of the batch; false when the sequence has ended. */
  boolean advance(float[] logits, int stride, SchedulerCounters counters) {
    counters.evaluate(Math.clamp(promptLength - evaluated, 0, added));
    evaluated += added - proposed;
    takenBack = Math.clamp(length - evaluated - 1, 0, takenBack);
    if (outputRow == NONE) {
      cache.share(tokens, evaluated);
      return true;
    }
    int checked = proposed;
    int right = 0;
    proposed = 0;
    boolean goesOn = true;
    for (boolean asProposed = true; goesOn && asProposed; ) {
      int guess = right < checked ? tokens[length] : NONE;
      int token = draw(logits, (outputRow + right) * stride);
      asProposed = token == guess;
      if (asProposed) { // and so evaluated, and what follows it is known
        evaluated++;
        right++;
      }
      counters.draw();
      goesOn = onToken(token, asProposed);
    }
    if (draft != null) {
      draft.keep(length - 1); // the token that was drawn last is no guess that was right
    }
    if (right < checked) {
      int again = cache.takeBack(evaluated);
      takenBack = evaluated - again;
      evaluated = again;
    }
    if (checked > 0) {
      proposalLength.judge(checked, right);
      counters.propose(checked, right);
    }
    cache.share(tokens, evaluated);
    return goesOn;
  }

  private int draw(float[] logits, int at) {
    int token = sampler.sample(logits, at);
    sampler.accept(token);
    grow(1);
    tokens[length++] = token;
    return token;
  }

  /** Sees to room for more tokens. */
  private void grow(int more) {
    if (length + more > tokens.length) {
      tokens = Arrays.copyOf(tokens, length + more + Math.max(CacheShape.PAGE, length / 2));
    }
  }
}
