package dev.nomoat.convert;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.util.Map;
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

  private static final Map<TensorType, Integer> FILE_TYPES =
      Map.ofEntries(
          Map.entry(TensorType.F32, 0),
          Map.entry(TensorType.F16, 1),
          Map.entry(TensorType.Q4_0, 2),
          Map.entry(TensorType.Q4_1, 3),
          Map.entry(TensorType.Q8_0, 7),
          Map.entry(TensorType.Q5_0, 8),
          Map.entry(TensorType.Q5_1, 9),
          Map.entry(TensorType.Q2_K, 10),
          Map.entry(TensorType.Q3_K, 11),
          Map.entry(TensorType.Q4_K, 14),
          Map.entry(TensorType.Q5_K, 16),
          Map.entry(TensorType.Q6_K, 18),
          Map.entry(TensorType.IQ4_NL, 25),
          Map.entry(TensorType.IQ4_XS, 30),
          Map.entry(TensorType.BF16, 32),
          Map.entry(TensorType.MXFP4, 38));

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
    return Optional.ofNullable(FILE_TYPES.get(type));
  }
}
