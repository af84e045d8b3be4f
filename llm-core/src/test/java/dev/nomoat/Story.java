package dev.nomoat;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.function.UnaryOperator;

/** The story model in its formats, and what the reference computed with it. */
final class Story {
  static final int VOCAB = 2048;

  /** Every {@code ROW_STEP}-th row of the golden logits is kept, the first being this minus one. */
  static final int ROW_STEP = 8;

  private static final Properties GOLDENS = new Properties();

  static {
    try (var reader = Files.newBufferedReader(resource("goldens.properties"))) {
      GOLDENS.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Story() {}

  /**
   * A prompt and what follows.
   *
   * @param ids its tokens, the first one marks the beginning of a sequence
   * @param greedy 200 tokens, going on past the end tokens
   * @param greedyWithoutBos 200 tokens after the prompt without its first token
   * @param untilEnd the text of {@code greedy} before the first end token
   */
  record Golden(
      String name,
      String text,
      List<Integer> ids,
      List<Integer> greedy,
      List<Integer> greedyWithoutBos,
      String untilEnd) {
    Prompt prompt() {
      return Prompt.withSpecialTokens(text);
    }

    Prompt promptWithoutBos() {
      return new Prompt.Tokens(ids.subList(1, ids.size()));
    }
  }

  private static Path resource(String name) {
    URL url = Objects.requireNonNull(Story.class.getResource("story/" + name), name);
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The file of a type, such as "bf16" or "q4_k_m". */
  static Path file(String type) {
    return type.equals("q8_0")
        ? Path.of("../llm-examples/src/main/resources/dev/nomoat/examples/story-q8_0.gguf")
        : resource("story-" + type + ".gguf");
  }

  /** A text of 2,427 tokens that the model wrote. */
  static Path stories() {
    return resource("stories.txt");
  }

  static LanguageModel load(String type) throws IOException {
    return LanguageModel.load(file(type));
  }

  static LanguageModel load(String type, UnaryOperator<LoadOptions> options) throws IOException {
    return LanguageModel.load(file(type), options.apply(LoadOptions.defaults()));
  }

  /** Prompts with what the exact weights make of them. */
  static List<Golden> goldens() {
    return goldens("");
  }

  /** Prompts with what the weights of the Q8_0 file make of them. */
  static List<Golden> goldensQ8() {
    return goldens(".q8_0");
  }

  private static List<Golden> goldens(String weights) {
    return Arrays.stream(GOLDENS.getProperty("prompts").split(" "))
        .map(
            name ->
                new Golden(
                    name,
                    GOLDENS.getProperty(name + ".text"),
                    ids(name + ".ids"),
                    ids(name + weights + ".greedy"),
                    ids(name + weights + ".greedy.withoutBos"),
                    GOLDENS.getProperty(name + weights + ".untilEnd")))
        .toList();
  }

  /** The text on which the golden logits were taken. */
  static String text() {
    return GOLDENS.getProperty("text");
  }

  /** Its 256 tokens. */
  static int[] ids() {
    return ids("ids").stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The likeliest token after each of {@link #ids()}.
   *
   * @param weights "exact" or the type of a quantised file
   */
  static List<Integer> top(String weights) {
    return ids("top." + weights);
  }

  /**
   * The logits after tokens 7, 15, 23 … of {@link #ids()}, shape [32, vocab].
   *
   * @param weights "exact" or the type of a quantised file
   */
  static float[] logits(String weights) throws IOException {
    byte[] bytes = Files.readAllBytes(resource("logits-" + weights + ".f32"));
    FloatBuffer source = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] logits = new float[source.remaining()];
    source.get(logits);
    return logits;
  }

  private static List<Integer> ids(String key) {
    return Arrays.stream(GOLDENS.getProperty(key).split(" ")).map(Integer::valueOf).toList();
  }

  /** Writes the BF16 file again with its matrices in another exact type. */
  static Path exact(TensorType type, Path directory) throws IOException {
    Path target = directory.resolve("story-" + type + ".gguf");
    rewrite(target, type, (name, values) -> values);
    return target;
  }

  /** Changes the numbers of a tensor, or returns them as they are. */
  @FunctionalInterface
  interface Change {
    float[] apply(String name, float[] values);
  }

  /** Writes the BF16 file again with its matrices in another type and other numbers. */
  static void rewrite(Path target, TensorType type, Change change) throws IOException {
    try (GgufFile file = GgufFile.open(file("bf16"))) {
      GgufWriter writer = new GgufWriter();
      GgufMetadata metadata = file.metadata();
      metadata.keys().forEach(key -> writer.put(key, metadata.get(key).orElseThrow()));
      for (GgufTensor tensor : file.tensors()) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        BlockCodec.of(tensor.type()).decode(file.data(tensor), 0, values, 0, values.length);
        values = change.apply(tensor.name(), values);
        TensorType to = tensor.type() == TensorType.BF16 ? type : tensor.type();
        byte[] bytes = new byte[Math.toIntExact(values.length * (long) to.blockBytes())];
        BlockCodec.of(to).encode(values, 0, MemorySegment.ofArray(bytes), 0, values.length);
        writer.tensor(tensor.name(), to, tensor.shape(), MemorySegment.ofArray(bytes));
      }
      writer.write(target);
    }
  }
}
