package dev.nomoat.file.gguf;

import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small file with every type of value, tensors of several types, and a vocabulary. */
final class GgufSample {
  static final int TOKENS = 40;

  private GgufSample() {}

  static Path write(Path file) throws IOException {
    GgufWriter writer = new GgufWriter();
    writer.put("general.architecture", GgufValue.text("llama"));
    writer.put("general.alignment", GgufValue.uint32(32));
    for (GgufValueType type : GgufValueType.values()) {
      if (type.isInteger()) {
        writer.put("test." + type, GgufValue.integer(type, 100 + type.id()));
        writer.put("test.array." + type, GgufNumberArray.ofIntegers(type, 1, 2, 3));
      }
    }
    writer.put("test.f32", GgufValue.float32(1.5f));
    writer.put("test.f64", GgufValue.float64(-0.1));
    writer.put("test.bool", GgufValue.bool(true));
    writer.put("test.text", GgufValue.text("Grüße, 世界"));
    writer.put("test.array.f32", GgufNumberArray.ofFloats(1, -2, Float.POSITIVE_INFINITY));
    writer.put("test.array.f64", GgufNumberArray.ofDoubles(1, Double.NaN));
    writer.put("test.array.bool", GgufNumberArray.ofBools(true, false));
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < TOKENS; i++) {
      tokens.add("▁token".substring(0, 1 + i % 6) + i);
    }
    writer.put("tokenizer.ggml.tokens", GgufStringArray.of(tokens));
    writer.put("tokenizer.ggml.scores", GgufNumberArray.ofFloats(new float[TOKENS]));
    writer.put("tokenizer.ggml.token_type", GgufNumberArray.ofInts(new int[TOKENS]));
    Random random = new Random(42);
    tensor(writer, random, "token_embd.weight", TensorType.F32, 4L, 16L);
    tensor(writer, random, "blk.0.attn_q.weight", TensorType.Q4_0, 3L, 32L);
    tensor(writer, random, "blk.0.ffn_up.weight", TensorType.Q8_0, 2L, 2L, 32L);
    tensor(writer, random, "blk.0.ffn_down.weight", TensorType.Q6_K, 256L);
    tensor(writer, random, "blk.0.ffn_gate.weight", TensorType.BF16, 1L, 2L, 3L, 5L);
    tensor(writer, random, "output_norm.weight", TensorType.F16, 7L);
    writer.write(file);
    return file;
  }

  private static void tensor(
      GgufWriter writer, Random random, String name, TensorType type, Long... shape) {
    byte[] data = new byte[Math.toIntExact(GgufTensor.byteSize(type, List.of(shape)))];
    random.nextBytes(data);
    writer.tensor(name, type, List.of(shape), MemorySegment.ofArray(data));
  }
}
