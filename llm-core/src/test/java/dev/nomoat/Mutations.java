package dev.nomoat;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random damage to a model that its file format cannot notice. */
final class Mutations {
  private static final long[] NUMBERS = {
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    16,
    31,
    32,
    33,
    64,
    255,
    65_536,
    1L << 21,
    1L << 30,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL
  };
  private static final float[] FLOATS = {
    0,
    -0f,
    1,
    -1,
    Float.MIN_VALUE,
    1e-30f,
    0.5f,
    100,
    1e10f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };
  private static final String[] TEXTS = {
    "",
    "llama",
    "gpt2",
    "bert",
    "mixtral",
    "mamba",
    "linear",
    "yarn",
    "none",
    "llama-bpe",
    "qwen2",
    "default",
    "\u0000",
    "😀".repeat(100)
  };
  private static final String[] KEYS = {
    "llama.expert_count",
    "llama.attention.sliding_window",
    "llama.rope.scaling.type",
    "llama.rope.scaling.factor",
    "llama.rope.scale_linear",
    "llama.attention.layer_norm_epsilon",
    "tokenizer.ggml.merges",
    "tokenizer.ggml.pre",
    "tokenizer.ggml.unknown_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.add_eos_token",
    "tokenizer.chat_template"
  };
  private static final String[] TENSORS = {
    "rope_freqs.weight", "output.weight", "blk.2.attn_q.weight", "blk.0.attn_q.bias",
    "blk.0.attn_norm", "blk.00.attn_q.weight", "x", "token_embd.weight "
  };

  private final TinyLlama model;
  private final SplittableRandom random;
  private final List<String> log = new ArrayList<>();

  Mutations(TinyLlama model, long seed) {
    this.model = model;
    this.random = new SplittableRandom(seed);
  }

  /** Applies one to three mutations; says what they were. */
  List<String> apply() {
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(12)) {
        case 0 -> note("removed", model.metadata.remove(key()));
        case 1, 2, 3 -> put(key(), value());
        case 4 -> put(KEYS[random.nextInt(KEYS.length)], value());
        case 5 -> swapValues();
        case 6 -> vocabulary();
        case 7 -> model.tensors.remove(note("removed", tensor()));
        case 8 -> swapTensors();
        case 9 -> rename();
        case 10 -> reshape();
        default -> rewrite();
      }
    }
    return log;
  }

  private <T> T note(String what, T detail) {
    log.add(what + " " + detail);
    return detail;
  }

  private void put(String key, GgufValue value) {
    note(key + " =", value);
    model.metadata.put(key, value);
  }

  private String key() {
    return note(
        "key", List.copyOf(model.metadata.keySet()).get(random.nextInt(model.metadata.size())));
  }

  private String tensor() {
    List<String> names = List.copyOf(model.tensors.keySet());
    return names.isEmpty() ? "none" : names.get(random.nextInt(names.size()));
  }

  private GgufValue value() {
    long number = NUMBERS[random.nextInt(NUMBERS.length)];
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> GgufValue.uint32(number);
      case 3 -> GgufValue.integer(GgufValueType.INT32, -number << 32 >> 32);
      case 4 -> GgufValue.integer(GgufValueType.UINT64, random.nextBoolean() ? -1 : number);
      case 5 -> GgufValue.integer(GgufValueType.INT64, Long.MIN_VALUE + number);
      case 6 -> GgufValue.float32(number());
      case 7 -> GgufValue.float64(number() * 1e30);
      case 8 -> GgufValue.bool(random.nextBoolean());
      case 9 -> GgufValue.text(TEXTS[random.nextInt(TEXTS.length)]);
      default -> array(random.nextInt(4));
    };
  }

  private float number() {
    return FLOATS[random.nextInt(FLOATS.length)];
  }

  private GgufValue array(int kind) {
    int[] lengths = {0, 1, model.shape.layers(), model.shape.vocab() - 1, model.shape.vocab(), 100};
    int length = lengths[random.nextInt(lengths.length)];
    if (kind == 0) {
      long[] numbers = new long[length];
      for (int i = 0; i < length; i++) {
        numbers[i] = random.nextInt(3) == 0 ? NUMBERS[random.nextInt(NUMBERS.length)] : 2;
      }
      return GgufNumberArray.ofIntegers(GgufValueType.UINT32, numbers);
    }
    if (kind == 1) {
      float[] numbers = new float[length];
      for (int i = 0; i < length; i++) {
        numbers[i] = number();
      }
      return GgufNumberArray.ofFloats(numbers);
    }
    if (kind == 2) {
      return GgufNumberArray.ofBools(new boolean[length]);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      texts.add(random.nextInt(9) == 0 ? TEXTS[random.nextInt(TEXTS.length)] : "t" + i);
    }
    return GgufStringArray.of(texts);
  }

  private void swapValues() {
    String a = key();
    String b = key();
    GgufValue value = model.metadata.get(a);
    put(a, model.metadata.get(b));
    put(b, value);
  }

  /** Damages single tokens, scores and types. */
  private void vocabulary() {
    int vocab = model.shape.vocab();
    switch (random.nextInt(4)) {
      case 0 -> {
        List<byte[]> tokens = new ArrayList<>();
        for (int i = 0; i < vocab; i++) {
          String text =
              switch (random.nextInt(12)) {
                case 0 -> "<0x%02X>".formatted(random.nextInt(256));
                case 1 -> "<0xGG>";
                case 2 -> TEXTS[random.nextInt(TEXTS.length)];
                default -> "t" + i;
              };
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          if (bytes.length > 0 && random.nextInt(30) == 0) {
            bytes[0] = (byte) 0xff;
          }
          tokens.add(bytes);
        }
        put("tokenizer.ggml.tokens", GgufStringArray.ofBytes(tokens));
      }
      case 1 -> {
        int[] types = new int[vocab];
        for (int i = 0; i < vocab; i++) {
          types[i] = random.nextInt(200) == 0 ? random.nextInt(-1, 9) : 1 + random.nextInt(6);
        }
        put("tokenizer.ggml.token_type", GgufNumberArray.ofInts(types));
      }
      case 2 -> {
        float[] scores = new float[vocab];
        for (int i = 0; i < vocab; i++) {
          scores[i] = random.nextInt(10) == 0 ? number() : -i;
        }
        put("tokenizer.ggml.scores", GgufNumberArray.ofFloats(scores));
      }
      default -> {
        put("tokenizer.ggml.model", GgufValue.text("gpt2"));
        put("tokenizer.ggml.merges", array(3));
      }
    }
  }

  private void swapTensors() {
    String a = tensor();
    String b = tensor();
    TinyLlama.Tensor first = model.tensors.get(a);
    TinyLlama.Tensor second = model.tensors.get(b);
    if (first != null && second != null) {
      note("swapped", a + ", " + b);
      model.tensors.put(a, second);
      model.tensors.put(b, first);
    }
  }

  private void rename() {
    String name = tensor();
    TinyLlama.Tensor tensor =
        random.nextBoolean() ? model.tensors.get(name) : model.tensors.remove(name);
    if (tensor != null) {
      String to = TENSORS[random.nextInt(TENSORS.length)];
      note("as " + to, name);
      model.tensors.put(to, tensor);
    }
  }

  private void reshape() {
    String name = tensor();
    TinyLlama.Tensor tensor = model.tensors.get(name);
    if (tensor == null) {
      return;
    }
    List<Long> shape = new ArrayList<>(tensor.shape());
    switch (random.nextInt(4)) {
      case 0 -> shape = shape.reversed();
      case 1 -> shape.addFirst(1L);
      case 2 -> shape.set(0, shape.getFirst() + 32);
      default -> shape.set(0, 32L);
    }
    if (shape.getLast() % tensor.type().blockElements() == 0) {
      zero(name, tensor.type(), shape);
    }
  }

  /** Another type, or other bytes: NaN, infinite and huge scales among them. */
  private void rewrite() {
    String name = tensor();
    TinyLlama.Tensor tensor = model.tensors.get(name);
    if (tensor == null) {
      return;
    }
    TensorType[] types = TensorType.values();
    TensorType type = random.nextBoolean() ? tensor.type() : types[random.nextInt(types.length)];
    if (tensor.shape().getLast() % type.blockElements() == 0) {
      zero(name, type, tensor.shape());
    }
    byte[] bytes = model.tensors.get(name).data().toArray(ValueLayout.JAVA_BYTE);
    int damage = random.nextInt(1, 40);
    for (int i = 0; i < damage; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    note("rewrote", name);
    TinyLlama.Tensor now = model.tensors.get(name);
    model.tensors.put(
        name, new TinyLlama.Tensor(now.type(), now.shape(), MemorySegment.ofArray(bytes)));
  }

  private void zero(String name, TensorType type, List<Long> shape) {
    note(name, type + " " + shape);
    byte[] bytes = new byte[Math.toIntExact(GgufTensor.byteSize(type, shape))];
    model.tensors.put(name, new TinyLlama.Tensor(type, shape, MemorySegment.ofArray(bytes)));
  }
}
