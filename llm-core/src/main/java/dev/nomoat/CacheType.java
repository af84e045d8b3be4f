package dev.nomoat;

/** The number format that keys and values of past tokens are kept in. */
public enum CacheType {
  /** IEEE 754 binary32: 4 bytes a number, exact. */
  F32(4),
  /** IEEE 754 binary16: 2 bytes a number, and half the memory to read per token. */
  F16(2);

  private final int bytes;

  CacheType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * The size of one number.
   *
   * @return bytes
   */
  public int bytes() {
    return bytes;
  }
}
