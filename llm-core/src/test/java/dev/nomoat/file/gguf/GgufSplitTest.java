package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nomoat.ModelFormatException;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {
  @TempDir Path folder;

  private Path member(int number, int count) {
    return folder.resolve("my-model-%05d-of-%05d.gguf".formatted(number, count));
  }

  private static GgufWriter part(int number, int count, int tensors) {
    return new GgufWriter()
        .put("split.no", GgufValue.integer(GgufValueType.UINT16, number))
        .put("split.count", GgufValue.integer(GgufValueType.UINT16, count))
        .put("split.tensors.count", GgufValue.integer(GgufValueType.INT32, tensors));
  }

  private static GgufWriter tensor(GgufWriter writer, String name, int... bytes) {
    byte[] data = new byte[bytes.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) bytes[i];
    }
    return writer.tensor(
        name, TensorType.I8, List.of((long) data.length), MemorySegment.ofArray(data));
  }

  /** Three files; the first holds no tensors, as some tools write it. */
  private void writeSet() throws IOException {
    part(0, 3, 3).put("general.architecture", GgufValue.text("test")).write(member(1, 3));
    tensor(tensor(part(1, 3, 3), "a", 1, 2, 3), "b", 4).write(member(2, 3));
    tensor(part(2, 3, 3).put("general.alignment", GgufValue.uint32(64)), "c", 5, 6)
        .write(member(3, 3));
  }

  private ModelFormatException fault(Path opened, Path faulty) {
    ModelFormatException e =
        catchThrowableOfType(ModelFormatException.class, () -> GgufFile.open(opened).close());
    assertThat(e).as("the fault").isNotNull();
    assertThat(e.file()).isEqualTo(faulty);
    return e;
  }

  @Test
  void opensTheSetFromItsFirstFile() throws IOException {
    writeSet();
    try (GgufFile gguf = GgufFile.open(member(1, 3))) {
      assertThat(gguf.files()).containsExactly(member(1, 3), member(2, 3), member(3, 3));
      assertThat(gguf.metadata().requireString("general.architecture")).isEqualTo("test");
      assertThat(gguf.tensors()).extracting(GgufTensor::name).containsExactly("a", "b", "c");
      assertThat(gguf.tensors()).extracting(GgufTensor::part).containsExactly(1, 1, 2);
      assertThat(gguf.data(gguf.requireTensor("a")).toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(1, 2, 3);
      assertThat(gguf.data(gguf.requireTensor("c")).toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(5, 6);
      byte[] b = new byte[1];
      gguf.read(gguf.requireTensor("b"), 0, MemorySegment.ofArray(b));
      assertThat(b).containsExactly(4);
    }
  }

  @Test
  void opensASetFromARelativePath() throws IOException {
    writeSet();
    Path relative = Path.of("").toAbsolutePath().relativize(member(1, 3).toAbsolutePath());
    try (GgufFile gguf = GgufFile.open(relative)) {
      assertThat(gguf.tensors()).hasSize(3);
    }
  }

  @Test
  void takesAMergedFileAsSingle() throws IOException {
    for (int count : new int[] {0, 1}) {
      Path file = folder.resolve("merged.gguf");
      tensor(part(0, count, 7), "a", 1).write(file);
      try (GgufFile gguf = GgufFile.open(file)) {
        assertThat(gguf.files()).containsExactly(file);
        assertThat(gguf.tensors()).hasSize(1);
      }
    }
  }

  @Test
  void namesTheFirstFileWhenAnotherIsOpened() throws IOException {
    writeSet();
    ModelFormatException e = fault(member(2, 3), member(2, 3));
    assertThat(e.expected()).contains("my-model-00001-of-00003.gguf");
    assertThat(e.found()).isEqualTo("UINT16 1");
  }

  @Test
  void namesAMissingFile() throws IOException {
    writeSet();
    Files.delete(member(3, 3));
    assertThat(fault(member(1, 3), member(3, 3))).hasMessageContaining("no such file");
  }

  @Test
  void reportsARenamedFile() throws IOException {
    writeSet();
    Path renamed = Files.move(member(1, 3), folder.resolve("renamed.gguf"));
    assertThat(fault(renamed, renamed)).hasMessageContaining("*-00001-of-00003.gguf");
    Path other = Files.move(renamed, member(1, 4));
    assertThat(fault(other, other)).hasMessageContaining("*-00001-of-00003.gguf");
  }

  @Test
  void reportsMembersOfAnotherSet() throws IOException {
    writeSet();
    tensor(part(1, 4, 3), "c", 5, 6).write(member(3, 3));
    assertThat(fault(member(1, 3), member(3, 3))).hasMessageContaining("split.no");
    tensor(part(2, 4, 3), "c", 5, 6).write(member(3, 3));
    assertThat(fault(member(1, 3), member(3, 3))).hasMessageContaining("split.count");
    tensor(new GgufWriter(), "c", 5, 6).write(member(3, 3));
    assertThat(fault(member(1, 3), member(3, 3))).hasMessageContaining("no such key");
  }

  @Test
  void reportsATensorThatIsInTwoFiles() throws IOException {
    writeSet();
    tensor(part(2, 3, 3), "b", 5, 6).write(member(3, 3));
    assertThat(fault(member(1, 3), member(3, 3))).hasMessageContaining("\"b\" again");
  }

  @Test
  void reportsAWrongNumberOfTensors() throws IOException {
    writeSet();
    tensor(tensor(part(2, 3, 3), "c", 5, 6), "d", 7).write(member(3, 3));
    assertThat(fault(member(1, 3), member(1, 3)))
        .hasMessageContaining("split.tensors.count")
        .hasMessageContaining("expected 4")
        .hasMessageContaining("INT32 3");
  }

  @Test
  void reportsAFaultInALaterFileAsThatFiles() throws IOException {
    writeSet();
    byte[] whole = Files.readAllBytes(member(2, 3));
    Files.write(member(2, 3), Arrays.copyOf(whole, whole.length - 32));
    fault(member(1, 3), member(2, 3));
  }

  @Test
  void reportsImpossibleCounts() throws IOException {
    for (long count : new long[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1L << 40}) {
      Path file = member(1, 3);
      new GgufWriter()
          .put("split.no", GgufValue.uint32(0))
          .put("split.count", GgufValue.integer(GgufValueType.INT64, count))
          .write(file);
      assertThat(fault(file, file)).hasMessageContaining("split.count");
    }
  }
}
