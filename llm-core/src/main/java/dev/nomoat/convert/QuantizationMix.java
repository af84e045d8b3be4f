package dev.nomoat.convert;

import dev.nomoat.quant.TensorType;

/**
 * Which number formats the matrices of a quantised model get. Most mixes give the few matrices that
 * matter most more bits than the rest: what reads the values of the attention, what writes into the
 * stream, the output head. The names and choices are those under which models are published.
 *
 * <p>Block formats, all but MXFP4, keep their scales in half precision, whose smallest step is
 * 6·10⁻⁸. A block whose weights are all as tiny as 10⁻⁵ loses precision by that, and one whose
 * weights are far below becomes zeros. A model with such weights wants BF16 or F32.
 *
 * <p>Source: {@code llama-quant.cpp} of <a
 * href="https://github.com/ggml-org/llama.cpp">llama.cpp</a>.
 */
public enum QuantizationMix {
  /** Full precision. */
  F32(0, TensorType.F32),
  /** Half precision. */
  F16(1, TensorType.F16),
  /** The upper half of full precision: the range of F32, 8 bits of significand. */
  BF16(32, TensorType.BF16),
  /** 8.5 bits a weight: next to no loss. */
  Q8_0(7, TensorType.Q8_0),
  /** 6.6 bits a weight: hardly any loss. */
  Q6_K(18, TensorType.Q6_K),
  /** 5.7 bits a weight. */
  Q5_K_M(17, TensorType.Q5_K),
  /** 5.5 bits a weight. */
  Q5_K_S(16, TensorType.Q5_K),
  /** 6 bits a weight; {@link #Q5_K_M} is better at fewer. */
  Q5_1(9, TensorType.Q5_1),
  /** 5.5 bits a weight; {@link #Q5_K_S} is better. */
  Q5_0(8, TensorType.Q5_0),
  /** 4.8 bits a weight: what most people use. */
  Q4_K_M(15, TensorType.Q4_K),
  /** 4.6 bits a weight. */
  Q4_K_S(14, TensorType.Q4_K),
  /** 5 bits a weight; {@link #Q4_K_M} is better at fewer. */
  Q4_1(3, TensorType.Q4_1),
  /** 4.5 bits a weight: quickly made, and quick. */
  Q4_0(2, TensorType.Q4_0),
  /** 4.5 bits a weight on levels that are dense around zero. */
  IQ4_NL(25, TensorType.IQ4_NL),
  /** 4.25 bits a weight on levels that are dense around zero. */
  IQ4_XS(30, TensorType.IQ4_XS),
  /** 4.3 bits a weight: the large mix of 3 bits. */
  Q3_K_L(13, TensorType.Q3_K),
  /** 3.9 bits a weight. */
  Q3_K_M(12, TensorType.Q3_K),
  /** 3.5 bits a weight. */
  Q3_K_S(11, TensorType.Q3_K),
  /** 3 bits a weight: a loss that everybody notices. */
  Q2_K(10, TensorType.Q2_K),
  /** 2.06 bits a weight, for models whose weights are −1, 0 and 1 times a scale. */
  TQ2_0(37, TensorType.TQ2_0),
  /** 1.69 bits a weight, for the same models: smaller than {@link #TQ2_0}, and slower. */
  TQ1_0(36, TensorType.TQ1_0),
  /** The experts of a mixture as MXFP4, 4.25 bits a weight; everything else as {@link #Q8_0}. */
  MXFP4_MOE(38, TensorType.MXFP4);

  private final int fileType;
  private final TensorType type;

  QuantizationMix(int fileType, TensorType type) {
    this.fileType = fileType;
    this.type = type;
  }

  /**
   * The number that stands for this mix in a file.
   *
   * @return the value of {@code general.file_type}
   */
  public int fileType() {
    return fileType;
  }

  /**
   * The format that most matrices get.
   *
   * @return the type
   */
  public TensorType type() {
    return type;
  }
}
