package dev.nomoat.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mixes for Falcon, whose rules differ, as {@code llama-quantize --dry-run} prints them. */
class FalconMixTest {
  private static final int LAYERS = 40;

  @TempDir private Path directory;
  private Path model = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    GgufWriter writer =
        new GgufWriter()
            .put("general.architecture", GgufValue.text("falcon"))
            .put("falcon.block_count", GgufValue.uint32(LAYERS))
            .put("falcon.attention.head_count", GgufValue.uint32(4))
            .put("falcon.attention.head_count_kv", GgufValue.uint32(4));
    matrix(writer, "token_embd.weight");
    for (int layer = 0; layer < LAYERS; layer++) {
      for (String part : List.of("attn_qkv", "attn_output", "ffn_up", "ffn_down")) {
        matrix(writer, "blk.%d.%s.weight".formatted(layer, part));
      }
    }
    model = directory.resolve("falcon.gguf");
    writer.write(model);
  }

  private static void matrix(GgufWriter writer, String name) {
    MemorySegment zeros = MemorySegment.ofArray(new byte[2 * 256 * Float.BYTES]);
    writer.tensor(name, TensorType.F32, List.of(2L, 256L), zeros);
  }

  /** The bits of the K formats of one kind of matrix, layer by layer. */
  private String bits(QuantizationMix mix, String part) throws IOException {
    return ModelQuantizer.plan(model, QuantizeOptions.of(mix)).stream()
        .filter(tensor -> tensor.name().contains(part))
        .map(tensor -> tensor.to().name().replaceAll("^Q(\\d)_K$", "$1"))
        .collect(Collectors.joining());
  }

  @Test
  void downProjectionsGetFewerBits() throws IOException {
    assertThat(bits(QuantizationMix.Q3_K_M, "ffn_down"))
        .isEqualTo("5544433433433433433433433433433433444444");
    assertThat(bits(QuantizationMix.Q4_K_M, "ffn_down"))
        .isEqualTo("6655544544544544544544544544544544555555");
    assertThat(bits(QuantizationMix.Q3_K_L, "ffn_down")).isEqualTo("4".repeat(LAYERS));
    assertThat(bits(QuantizationMix.Q4_K_S, "ffn_down")).isEqualTo("4".repeat(LAYERS));
    assertThat(bits(QuantizationMix.Q2_K, "ffn_down")).isEqualTo("3".repeat(LAYERS));
    assertThat(bits(QuantizationMix.Q5_K_M, "ffn_down")).startsWith("66666556");
  }

  @Test
  void attentionOutputsHardlyDiffer() throws IOException {
    Map<QuantizationMix, String> expected =
        Map.of(
            QuantizationMix.Q2_K, "2",
            QuantizationMix.Q3_K_M, "3",
            QuantizationMix.Q3_K_L, "4",
            QuantizationMix.Q4_K_M, "4");
    for (Map.Entry<QuantizationMix, String> entry : expected.entrySet()) {
      assertThat(bits(entry.getKey(), "attn_output"))
          .as(entry.getKey().name())
          .isEqualTo(entry.getValue().repeat(LAYERS));
    }
  }

  @Test
  void theHeadHasEightBits() throws IOException {
    for (QuantizationMix mix : List.of(QuantizationMix.Q4_K_M, QuantizationMix.Q2_K)) {
      assertThat(bits(mix, "token_embd")).isEqualTo("Q8_0");
    }
  }
}
