package dev.nomoat;

/**
 * What a model does at a moment, and has done since it was loaded. The numbers are read one after
 * the other while the model goes on, so they may be of neighbouring moments: a request that has
 * just ended counts as active until the model looks again, and its last step may not be counted
 * yet. But a request that was accepted is always in one of the numbers: when none is queued or
 * active, all have ended. Immutable.
 *
 * @param queued requests that wait to be taken up
 * @param active requests that were taken up and have not ended, those included that have given
 *     their memory back and wait for some
 * @param finished requests that came to their end
 * @param cancelled requests that were cancelled
 * @param timedOut requests that ended by their time limit
 * @param failed requests that could not be evaluated
 * @param rejected requests that were refused because too many waited
 * @param suspended how often a request gave its memory back to one that came first, to be evaluated
 *     anew
 * @param steps batches that were evaluated
 * @param promptTokens tokens of prompts that were evaluated
 * @param reusedTokens tokens of prompts that needed no evaluation, because another request had
 *     begun with them
 * @param generatedTokens tokens that were generated
 * @param proposedTokens tokens that were {@linkplain Speculation guessed} ahead
 * @param acceptedTokens how many of these were right
 * @param cacheBytes memory that keys and values have taken from the system, without those of a
 *     draft model
 * @param cacheBytesInUse the part of it that active requests hold
 * @param cacheBytesReusable the part that is kept for requests which begin with the same tokens
 * @param evictedPages how many pages of {@value dev.nomoat.cache.CacheShape#PAGE} tokens were given
 *     up for others; where some layers see only a window, they have pages of their own
 */
public record ModelStats(
    int queued,
    int active,
    long finished,
    long cancelled,
    long timedOut,
    long failed,
    long rejected,
    long suspended,
    long steps,
    long promptTokens,
    long reusedTokens,
    long generatedTokens,
    long proposedTokens,
    long acceptedTokens,
    long cacheBytes,
    long cacheBytesInUse,
    long cacheBytesReusable,
    long evictedPages) {}
