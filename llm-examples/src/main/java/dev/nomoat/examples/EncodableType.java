package dev.nomoat.examples;

import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads number formats that files can be written in. */
final class EncodableType implements ITypeConverter<TensorType> {
  private static final List<TensorType> ALL =
      Arrays.stream(TensorType.values())
          .filter(type -> BlockCodec.supports(type) && BlockCodec.of(type).canEncode())
          .toList();

  @Override
  public TensorType convert(String name) {
    return ALL.stream()
        .filter(type -> type.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException(name + " is none of " + names()));
  }

  private static String names() {
    return ALL.stream()
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
