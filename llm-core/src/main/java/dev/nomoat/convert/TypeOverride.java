package dev.nomoat.convert;

import dev.nomoat.file.Utf8;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A format for tensors of certain names.
 *
 * @param names is searched for in the names that tensors have in GGUF, such as {@code
 *     blk.0.ffn_down.weight}
 * @param type their format
 */
public record TypeOverride(Pattern names, TensorType type) {
  /**
   * Checks the type.
   *
   * @throws IllegalArgumentException if there is no encoder for the type
   */
  public TypeOverride {
    Objects.requireNonNull(names, "names");
    requireEncoder(type);
  }

  /**
   * Whether a tensor is meant.
   *
   * @throws IllegalArgumentException if the expression needs more of the stack than there is
   */
  boolean fits(String name) {
    try {
      return names.matcher(name).find();
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "the regular expression \"%s\" cannot be searched for in a name of %d characters, %s"
              .formatted(names, name.length(), Utf8.quote(name)),
          e);
    }
  }

  static void requireEncoder(TensorType type) {
    if (!BlockCodec.supports(type) || !BlockCodec.of(type).canEncode()) {
      throw new IllegalArgumentException("there is no encoder for " + type);
    }
  }
}
