package dev.nomoat.convert;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which number format each tensor of a file gets.
 *
 * <p>Engines read vectors, norms and some small tensors in F32 alone, so those are F32 always. The
 * list is that of llama.cpp's converter.
 */
final class TensorTypes {
  /** Small tensors with two or more dimensions that are not for products. */
  private static final Pattern ALWAYS_F32 =
      Pattern.compile(
          "(?:position_embd|token_types"
              + "|blk\\.\\d+\\.(?:ffn_gate_inp|ffn_gate_inp_shexp|ssm_conv1d|shortconv\\.conv"
              + "|altup_correct_coef|altup_predict_coef))\\.weight");

  private final ConvertOptions options;

  TensorTypes(ConvertOptions options) {
    this.options = options;
  }

  /**
   * The format of a tensor.
   *
   * @throws UnsupportedModelException if it cannot become that
   */
  TensorType of(SourceTensor tensor) {
    TensorType type = wanted(tensor);
    if (type != tensor.type() && !BlockCodec.supports(tensor.type())) {
      throw new UnsupportedModelException(
          tensor.file(),
          tensor.offset(0),
          "numbers of type " + tensor.type(),
          "tensor %s cannot become %s".formatted(tensor.name(), type));
    }
    return type;
  }

  private TensorType wanted(SourceTensor tensor) {
    String name = tensor.name();
    for (TypeOverride override : options.overrides()) {
      if (override.fits(name)) {
        return fitting(tensor, override.type());
      }
    }
    if (isAlwaysF32(tensor)) {
      return TensorType.F32;
    }
    return fitting(tensor, options.type().orElse(tensor.type()));
  }

  private static boolean isAlwaysF32(SourceTensor tensor) {
    String name = tensor.name();
    return tensor.shape().size() == 1
        || name.endsWith("_norm.weight")
        || !name.endsWith(".weight")
        || ALWAYS_F32.matcher(name).matches();
  }

  /** A type in whose blocks a row can be cut, or else F16. */
  private static TensorType fitting(SourceTensor tensor, TensorType type) {
    return tensor.cols() % type.blockElements() == 0 ? type : TensorType.F16;
  }

  /**
   * What {@code general.file_type} says of a file: the number of a type, where it has one.
   *
   * @param type the format of most matrices
   */
  static Optional<Integer> fileType(TensorType type) {
    // of several mixes with most matrices in a format, that with the lowest number has nearly all
    return Arrays.stream(QuantizationMix.values())
        .filter(mix -> mix.type() == type)
        .map(QuantizationMix::fileType)
        .min(Comparator.naturalOrder());
  }
}
