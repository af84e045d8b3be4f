package dev.nomoat.model;

import dev.nomoat.math.FloatMath;
import java.util.Set;

/** The non-linear function of a feed-forward network, or of a head. */
public enum Activation {
  /** {@code x / (1 + e^−x)}. */
  SILU,
  /** x times the normal distribution function of x. */
  GELU,
  /** GELU in the form with a hyperbolic tangent. */
  GELU_TANH,
  /** {@code x / (1 + e^−1.702x)}, with bounded inputs and 1 added to what the gate multiplies. */
  BOUNDED_SWIGLU,
  /** The square of x, and 0 below 0. */
  RELU_SQUARED,
  /** The hyperbolic tangent. */
  TANH;

  /** What configurations call them. */
  private static final Set<String> TANH_NAMES =
      Set.of("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh");

  private static final float BOUND = 7;
  private static final float STEEP = 1.702f;

  /**
   * Applies it to a gate and multiplies.
   *
   * @param gate the gate's input
   * @param up what is multiplied
   * @return the product
   */
  public float gate(float gate, float up) {
    if (this != BOUNDED_SWIGLU) {
      return of(gate) * up;
    }
    return of(gate) * (Math.clamp(up, -BOUND, BOUND) + 1);
  }

  /**
   * Applies it.
   *
   * @param x input
   * @return output
   */
  public float of(float x) {
    return switch (this) {
      case SILU -> FloatMath.silu(x);
      case GELU -> FloatMath.gelu(x);
      case GELU_TANH -> FloatMath.geluTanh(x);
      case BOUNDED_SWIGLU -> {
        float bounded = Math.min(x, BOUND);
        yield bounded * FloatMath.sigmoid(STEEP * bounded);
      }
      case RELU_SQUARED -> {
        float positive = Math.max(0, x);
        yield positive * positive;
      }
      case TANH -> FloatMath.tanh(x);
    };
  }

  /**
   * Whether a configuration of Hugging Face means it.
   *
   * @param name the name there
   * @return true when it does
   */
  public boolean isNamed(String name) {
    return switch (this) {
      case SILU, BOUNDED_SWIGLU -> name.equals("silu") || name.equals("swish");
      case GELU -> name.equals("gelu") || name.equals("gelu_python");
      case GELU_TANH -> TANH_NAMES.contains(name);
      case RELU_SQUARED -> name.equals("relu2");
      case TANH -> name.equals("tanh");
    };
  }
}
