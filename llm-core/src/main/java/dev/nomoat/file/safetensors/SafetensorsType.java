package dev.nomoat.file.safetensors;

import dev.nomoat.quant.TensorType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An element type of the safetensors format; the constants are named as in the files. Numbers are
 * little-endian.
 *
 * <p>Being listed here means that the size of a tensor is known, not that its numbers can be
 * decoded.
 *
 * <p>Source: {@code enum Dtype} of <a
 * href="https://github.com/huggingface/safetensors">safetensors</a> 0.8.
 */
public enum SafetensorsType {
  /** A byte that is 0 or 1. */
  BOOL(8),
  /** 4-bit float of OCP microscaling with 2 bits of exponent, two to a byte. */
  F4(4),
  /** 6-bit float of OCP microscaling with 2 bits of exponent, packed. */
  F6_E2M3(6),
  /** 6-bit float of OCP microscaling with 3 bits of exponent, packed. */
  F6_E3M2(6),
  /** Unsigned 8-bit integer. */
  U8(8),
  /** Signed 8-bit integer. */
  I8(8, TensorType.I8),
  /** 8-bit float with 5 bits of exponent, with infinities. */
  F8_E5M2(8),
  /** 8-bit float with 4 bits of exponent, without infinities. */
  F8_E4M3(8),
  /** A power of two: 8 bits of exponent, biased by 127, and nothing else. */
  F8_E8M0(8),
  /** 8-bit float with 4 bits of exponent, without infinities and negative zero. */
  F8_E4M3FNUZ(8),
  /** 8-bit float with 5 bits of exponent, without infinities and negative zero. */
  F8_E5M2FNUZ(8),
  /** Signed 16-bit integer. */
  I16(16, TensorType.I16),
  /** Unsigned 16-bit integer. */
  U16(16),
  /** IEEE 754 binary16. */
  F16(16, TensorType.F16),
  /** The upper 16 bits of IEEE 754 binary32. */
  BF16(16, TensorType.BF16),
  /** Signed 32-bit integer. */
  I32(32, TensorType.I32),
  /** Unsigned 32-bit integer. */
  U32(32),
  /** IEEE 754 binary32. */
  F32(32, TensorType.F32),
  /** A complex number of two binary32, the real part first. */
  C64(64),
  /** IEEE 754 binary64. */
  F64(64, TensorType.F64),
  /** Signed 64-bit integer. */
  I64(64, TensorType.I64),
  /** Unsigned 64-bit integer. */
  U64(64);

  private static final SafetensorsType[] ALL = values();

  private final int bits;
  private final @Nullable TensorType tensorType;

  SafetensorsType(int bits) {
    this(bits, null);
  }

  SafetensorsType(int bits, @Nullable TensorType tensorType) {
    this.bits = bits;
    this.tensorType = tensorType;
  }

  /**
   * The size of an element.
   *
   * @return its bits, a multiple of 8 except for the types of 4 and 6
   */
  public int bits() {
    return bits;
  }

  /**
   * The number format with the same bytes.
   *
   * @return the type, or empty if there is none
   */
  public Optional<TensorType> tensorType() {
    return Optional.ofNullable(tensorType);
  }

  /**
   * Finds a type by its name.
   *
   * @param name the {@code dtype} in a file
   * @return the type, or empty if the name is unknown; names are in upper case
   */
  public static Optional<SafetensorsType> of(String name) {
    for (SafetensorsType type : ALL) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
