package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
  @TempDir Path folder;

  private Path target() {
    return folder.resolve("model.gguf");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static GgufWriter copyOf(GgufFile gguf) {
    GgufWriter writer = new GgufWriter();
    for (String key : gguf.metadata().keys()) {
      writer.put(key, gguf.metadata().get(key).orElseThrow());
    }
    for (GgufTensor tensor : gguf.tensors()) {
      writer.tensor(tensor.name(), tensor.type(), tensor.shape(), gguf.data(tensor));
    }
    return writer;
  }

  @Test
  void writesExactlyTheSpecifiedBytes() throws IOException {
    new GgufWriter()
        .put("a", GgufValue.text("é"))
        .put("b", GgufNumberArray.ofIntegers(GgufValueType.UINT16, 1, 2))
        .put("c", GgufStringArray.of(List.of("x", "")))
        .put("d", GgufValue.bool(true))
        .tensor("t", TensorType.I16, List.of(2L, 3L), MemorySegment.ofArray(new byte[12]))
        .tensor("u", TensorType.I8, List.of(1L), MemorySegment.ofArray(new byte[] {9}))
        .write(target());
    Path expected =
        GgufBytes.head(2, 4)
            .key("a", 8)
            .string("é")
            .array("b", 2, 2)
            .u16(1)
            .u16(2)
            .array("c", 8, 2)
            .string("x")
            .string("")
            .key("d", 7)
            .u8(1)
            .tensor("t", 25, 0, 3, 2)
            .tensor("u", 24, 32, 1)
            .pad(32)
            .zeros(32)
            .u8(9)
            .pad(32)
            .write(folder.resolve("expected.gguf"));
    assertThat(target()).hasSameBinaryContentAs(expected);
  }

  @Test
  void copiesAFileByteForByte() throws IOException {
    Path sample = GgufSample.write(folder.resolve("sample.gguf"));
    try (GgufFile gguf = GgufFile.open(sample)) {
      copyOf(gguf).write(target());
    }
    assertThat(target()).hasSameBinaryContentAs(sample);
  }

  @Test
  void copiesBytesThatAreNotText() throws IOException {
    Path odd =
        GgufBytes.head(0, 2)
            .array("tokens", 8, 2)
            .u64(1)
            .raw((byte) 0xff)
            .string("ok")
            .key("nan", 6)
            .u32(0x7fa0_0001L)
            .write(folder.resolve("odd.gguf"));
    try (GgufFile gguf = GgufFile.open(odd)) {
      copyOf(gguf).write(target());
    }
    assertThat(target()).hasSameBinaryContentAs(odd);
  }

  @Test
  void writesTheSameBytesEachTime() throws IOException {
    Path again = folder.resolve("again.gguf");
    assertThat(GgufSample.write(target())).hasSameBinaryContentAs(GgufSample.write(again));
    GgufWriter writer = new GgufWriter().put("k", GgufValue.uint32(1));
    writer.write(target());
    writer.write(again);
    assertThat(target()).hasSameBinaryContentAs(again);
  }

  @Test
  void alignsTensorsAsTheMetadataSay() throws IOException {
    GgufWriter writer = new GgufWriter().put("general.alignment", GgufValue.uint32(4096));
    for (int i = 1; i <= 3; i++) {
      byte[] data = new byte[5000 * i];
      Arrays.fill(data, (byte) i);
      writer.tensor(
          "t" + i, TensorType.I8, List.of((long) data.length), MemorySegment.ofArray(data));
    }
    writer.write(target());
    try (GgufFile gguf = GgufFile.open(target())) {
      for (GgufTensor tensor : gguf.tensors()) {
        assertThat(tensor.offset() % 4096).isZero();
        byte expected = (byte) Integer.parseInt(tensor.name().substring(1));
        assertThat(gguf.data(tensor).toArray(ValueLayout.JAVA_BYTE)).containsOnly(expected);
      }
    }
  }

  @Test
  void takesBytesFromASourceInPieces() throws IOException {
    new GgufWriter()
        .tensor(
            "t",
            TensorType.I8,
            List.of(200_000L),
            out -> {
              try (OutputStream stream = Channels.newOutputStream(out)) {
                for (int i = 0; i < 200; i++) {
                  byte[] piece = new byte[1000];
                  Arrays.fill(piece, (byte) i);
                  stream.write(piece);
                }
              }
            })
        .tensor("after", TensorType.I8, List.of(1L), MemorySegment.ofArray(new byte[] {7}))
        .write(target());
    try (GgufFile gguf = GgufFile.open(target())) {
      MemorySegment data = gguf.data(gguf.requireTensor("t"));
      for (int i = 0; i < 200_000; i++) {
        assertThat(data.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) (i / 1000));
      }
      assertThat(gguf.data(gguf.requireTensor("after")).get(ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 7);
    }
  }

  @Test
  void leavesNothingBehindWhenASourceFails() throws IOException {
    GgufWriter writer =
        new GgufWriter()
            .tensor(
                "t",
                TensorType.I8,
                List.of(10L),
                out -> {
                  out.write(ByteBuffer.allocate(3));
                  throw new IOException("disk on fire");
                });
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> writer.write(target()))
        .withMessage("disk on fire");
    assertThat(files()).isEmpty();
  }

  @Test
  void keepsTheOldFileWhenWritingFails() throws IOException {
    Files.writeString(target(), "old");
    GgufWriter writer =
        new GgufWriter()
            .tensor(
                "t",
                TensorType.I8,
                List.of(10L),
                out -> {
                  throw new IllegalStateException("no");
                });
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> writer.write(target()));
    assertThat(files()).containsExactly(target());
    assertThat(target()).hasContent("old");
    new GgufWriter().write(target());
    assertThat(files()).containsExactly(target());
    assertThat(target()).hasSize(24);
  }

  @Test
  void removesItsTemporaryFileWhenTheTargetCannotBeReplaced() throws IOException {
    Path directory = Files.createDirectory(target());
    Path child = Files.createFile(directory.resolve("child"));
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> new GgufWriter().write(target()));
    assertThat(files()).containsExactly(directory);
    assertThat(child).exists();
  }

  @Test
  void insistsOnTheSizeOfATensor() throws IOException {
    for (int length : new int[] {0, 9, 11}) {
      GgufWriter writer =
          new GgufWriter()
              .tensor(
                  "t", TensorType.I8, List.of(10L), out -> out.write(ByteBuffer.allocate(length)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write(target()))
          .withMessageContaining("tensor t")
          .withMessageContaining(length > 10 ? "11 bytes" : "of 10 bytes");
      assertThat(files()).isEmpty();
    }
  }

  @Test
  void closesTheChannelOfASource() throws IOException {
    List<WritableByteChannel> kept = new ArrayList<>();
    new GgufWriter()
        .tensor(
            "t",
            TensorType.I8,
            List.of(1L),
            out -> {
              kept.add(out);
              out.write(ByteBuffer.allocate(1));
            })
        .write(target());
    assertThat(kept).hasSize(1);
    assertThat(kept.getFirst().isOpen()).isFalse();
    assertThatExceptionOfType(ClosedChannelException.class)
        .isThrownBy(() -> kept.getFirst().write(ByteBuffer.allocate(0)));
  }

  @Test
  void refusesKeysThatCannotBeWritten() {
    GgufValue value = GgufValue.uint32(1);
    GgufWriter writer = new GgufWriter().put("k", value).put("x".repeat(65_535), value);
    for (String key : List.of("k", "", "x".repeat(65_536), "é".repeat(32_768), "\udc00")) {
      assertThatIllegalArgumentException().isThrownBy(() -> writer.put(key, value));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.put("text", GgufValue.text("\ud800 alone")));
  }

  @Test
  void refusesMoreMetadataThanAreRead() throws IOException {
    GgufWriter writer = new GgufWriter();
    GgufNumberArray large = GgufNumberArray.ofBools(new boolean[1 << 25]);
    for (int key = 0; key < 8; key++) {
      writer.put("key" + key, large);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(target()))
        .withMessageContaining("more than 268435456");
    assertThat(files()).isEmpty();
  }

  @Test
  void refusesAlignmentsThatCannotBeRead() {
    List<GgufValue> bad =
        List.of(
            GgufValue.uint32(0),
            GgufValue.uint32(4),
            GgufValue.uint32(48),
            GgufValue.uint32(1 << 21),
            GgufValue.integer(GgufValueType.UINT64, 32),
            GgufValue.text("32"));
    for (GgufValue value : bad) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new GgufWriter().put("general.alignment", value));
    }
  }

  @Test
  void refusesTensorsThatCannotBeWritten() {
    GgufWriter writer = new GgufWriter();
    MemorySegment four = MemorySegment.ofArray(new byte[4]);
    writer.tensor("t", TensorType.I8, List.of(4L), four);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("t", TensorType.I8, List.of(4L), four));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("", TensorType.I8, List.of(4L), four));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("u", TensorType.I8, List.of(5L), four))
        .withMessageContaining("takes 5 bytes, not 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("u", TensorType.I8, List.of(), four));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("u", TensorType.I8, List.of(1L, 1L, 1L, 1L, 4L), four));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("u", TensorType.I8, List.of(-2L, -2L), four));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.tensor("u", TensorType.Q4_0, List.of(16L), four));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                writer.tensor(
                    "u", TensorType.F32, List.of(1L), MemorySegment.ofArray(new float[1])));
  }

  @Test
  void tensorsRefusePartsThatDisagree() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GgufTensor("t", TensorType.F32, List.of(2L, 2L), 0, 15, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GgufTensor("t", TensorType.F32, List.of(1L), -1, 4, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GgufTensor("", TensorType.F32, List.of(1L), 0, 4, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufTensor.byteSize(TensorType.I8, List.of(1L << 32, 1L << 31)));
    GgufTensor tensor = new GgufTensor("t", TensorType.Q8_0, List.of(2L, 3L, 64L), 0, 408, 0);
    assertThat(tensor.cols()).isEqualTo(64);
    assertThat(tensor.rows()).isEqualTo(6);
    assertThat(tensor.elements()).isEqualTo(384);
  }
}
