package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sizes and switches of a model, in the types that engines read them as. */
final class ModelKeys {
  private ModelKeys() {}

  /** All settings but those of other keys. */
  static Map<String, GgufValue> of(GgufMetadata settings, String architecture) {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    for (String key : settings.keys()) {
      if (!key.startsWith("general.")) {
        keys.put(key, single(settings.get(key).orElseThrow()));
      }
    }
    return keys;
  }

  /** In single precision, as all floating-point settings are. */
  private static GgufValue single(GgufValue value) {
    return switch (value) {
      case GgufValue.Float64Value number -> GgufValue.float32((float) number.value());
      case GgufNumberArray array when array.elementType() == GgufValueType.FLOAT64 ->
          GgufNumberArray.ofFloats(array.toFloats());
      default -> value;
    };
  }
}
