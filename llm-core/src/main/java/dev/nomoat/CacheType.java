package dev.nomoat;

/**
 * The number format that keys and values of past tokens are kept in. {@link ModelInfo#cacheBytes}
 * tells what a model's take.
 */
public enum CacheType {
  /** IEEE 754 binary32: 4 bytes a number, exact. */
  F32,
  /** IEEE 754 binary16: 2 bytes a number, and half the memory to read per token. */
  F16
}
