package dev.nomoat.sample;

/**
 * The random numbers of a generation: SplitMix64, whose n-th number is a fixed function of seed and
 * n. Nothing but 64-bit integer arithmetic goes into it, so every JVM gives the same sequence.
 *
 * <p>Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
 * 2014, with the mixing constants of D. Stafford's variant 13.
 */
final class SplitMix64 {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  SplitMix64(long seed) {
    this.state = seed;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** A multiple of 2⁻⁵³ from 0 to below 1, each equally likely. */
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }
}
