package dev.nomoat.file.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.quant.TensorType;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Reads what the reference implementation wrote: make_golden.py, beside the files, tells how. */
class SafetensorsGoldenTest {
  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(SafetensorsGoldenTest.class.getResource(name)).toURI());
  }

  @Test
  void readsEveryType() throws IOException, URISyntaxException {
    String text = Files.readString(resource("every-type.json"));
    JsonPlace written = new JsonPlace("", Json.parse(text));
    Set<SafetensorsType> types = EnumSet.noneOf(SafetensorsType.class);
    try (SafetensorsFile file = SafetensorsFile.open(resource("every-type.safetensors"))) {
      JsonPlace metadata = written.get("metadata");
      assertThat(file.metadata().keySet()).isEqualTo(metadata.names());
      file.metadata().forEach((k, v) -> assertThat(v).isEqualTo(metadata.get(k).text()));
      JsonPlace tensors = written.get("tensors");
      assertThat(file.tensors()).hasSameSizeAs(tensors.names());
      for (String name : tensors.names()) {
        JsonPlace expected = tensors.get(name);
        SafetensorsTensor tensor = file.requireTensor(name);
        types.add(tensor.type());
        assertThat(tensor.type().name()).as(name).isEqualTo(expected.get("type").text());
        List<Long> shape =
            expected.get("shape").elements().stream().map(d -> (long) d.count()).toList();
        assertThat(tensor.shape()).as(name).isEqualTo(shape);
        byte[] bytes = new byte[(int) tensor.byteSize()];
        file.read(tensor, 0, MemorySegment.ofArray(bytes));
        assertThat(HexFormat.of().formatHex(bytes))
            .as(name)
            .isEqualTo(expected.get("bytes").text());
      }
    }
    types.addAll(EnumSet.of(SafetensorsType.F6_E2M3, SafetensorsType.F6_E3M2));
    assertThat(types).hasSize(SafetensorsType.values().length);
  }

  @Test
  void namesTheNumberFormatsThatHaveTheSameBytes() {
    for (SafetensorsType type : SafetensorsType.values()) {
      type.tensorType()
          .ifPresent(
              same -> {
                assertThat(same.name()).isEqualTo(type.name());
                assertThat(same.blockElements()).isEqualTo(1);
                assertThat(same.blockBytes() * Byte.SIZE).isEqualTo(type.bits());
              });
      assertThat(SafetensorsType.of(type.name())).contains(type);
    }
    assertThat(Arrays.stream(SafetensorsType.values()).flatMap(t -> t.tensorType().stream()))
        .containsExactlyInAnyOrder(
            TensorType.F32,
            TensorType.F16,
            TensorType.BF16,
            TensorType.F64,
            TensorType.I8,
            TensorType.I16,
            TensorType.I32,
            TensorType.I64);
    assertThat(SafetensorsType.of("f32")).isEmpty();
    assertThat(SafetensorsType.of("Q4_0")).isEmpty();
  }
}
