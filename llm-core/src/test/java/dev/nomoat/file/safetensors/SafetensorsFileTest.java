package dev.nomoat.file.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("model.safetensors");
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(SafetensorsFile file, SafetensorsTensor tensor) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
    file.read(tensor, 0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private Path oneTensor(byte... bytes) throws IOException {
    return new SafetensorsBytes()
        .tensor("a", SafetensorsType.U8, List.of((long) bytes.length), bytes)
        .write(file());
  }

  @Test
  void readsWhatTheFormatDescribes() throws IOException {
    byte[] bytes =
        new SafetensorsBytes()
            .metadata("format", "pt")
            .tensor(
                "norm", SafetensorsType.F16, List.of(2L), (byte) 1, (byte) 2, (byte) 3, (byte) 4)
            .tensor("scalar", SafetensorsType.U8, List.of(), (byte) 5)
            .tensor("nothing", SafetensorsType.F32, List.of(0L, 7L))
            .tensor("rows", SafetensorsType.I8, List.of(2L, 1L), (byte) 6, (byte) 7)
            .toBytes();
    Files.write(file(), bytes);
    int data = bytes.length - 7;
    try (SafetensorsFile opened = SafetensorsFile.open(file())) {
      assertThat(opened.files()).containsExactly(file());
      assertThat(opened.metadata()).isEqualTo(Map.of("format", "pt"));
      SafetensorsTensor norm =
          new SafetensorsTensor("norm", SafetensorsType.F16, List.of(2L), data, 4, 0);
      SafetensorsTensor scalar =
          new SafetensorsTensor("scalar", SafetensorsType.U8, List.of(), data + 4L, 1, 0);
      SafetensorsTensor nothing =
          new SafetensorsTensor("nothing", SafetensorsType.F32, List.of(0L, 7L), data + 5L, 0, 0);
      SafetensorsTensor rows =
          new SafetensorsTensor("rows", SafetensorsType.I8, List.of(2L, 1L), data + 5L, 2, 0);
      assertThat(opened.tensors()).containsExactly(norm, scalar, nothing, rows);
      assertThat(opened.tensors())
          .extracting(SafetensorsTensor::elements)
          .containsExactly(2L, 1L, 0L, 2L);
      assertThat(opened.tensor("norm")).contains(norm);
      assertThat(opened.tensor("norm ")).isEmpty();
      assertThat(opened.requireTensor("rows")).isEqualTo(rows);
      assertThat(read(opened, norm)).containsExactly(1, 2, 3, 4);
      assertThat(read(opened, scalar)).containsExactly(5);
      assertThat(read(opened, nothing)).isEmpty();
      assertThat(read(opened, rows)).containsExactly(6, 7);
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> opened.requireTensor("bias"))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(data))
          .withMessageContaining("a tensor \"bias\", found 4 tensors without it");
    }
  }

  @Test
  void readsTensorsInTheOrderOfTheirBytes() throws IOException {
    String header =
        "{%s ,\r\n\t%s,%s }  "
            .formatted(
                SafetensorsBytes.describe("b", "U8", "[ 1 , 1 ]", 2, 3),
                SafetensorsBytes.describe("c", "BOOL", "[0]", 2, 2),
                SafetensorsBytes.describe("a", "U16", "[1]", 0, 2));
    Files.write(file(), SafetensorsBytes.file(header, (byte) 1, (byte) 2, (byte) 3));
    try (SafetensorsFile opened = SafetensorsFile.open(file())) {
      assertThat(opened.tensors())
          .extracting(SafetensorsTensor::name)
          .containsExactly("a", "c", "b");
      assertThat(read(opened, opened.requireTensor("b"))).containsExactly(3);
    }
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    Random random = new Random(5);
    SafetensorsType[] types = SafetensorsType.values();
    for (int i = 0; i < 100; i++) {
      SafetensorsBytes writer = new SafetensorsBytes();
      List<byte[]> written = new ArrayList<>();
      for (int t = random.nextInt(8); t >= 0; t--) {
        SafetensorsType type = types[random.nextInt(types.length)];
        List<Long> shape = new ArrayList<>();
        for (int d = random.nextInt(4); d > 0; d--) {
          shape.add((long) random.nextInt(5));
        }
        // Four numbers fill whole bytes in every type.
        shape.add(4L);
        byte[] bytes = random((int) SafetensorsTensor.byteSize(type, shape), i);
        writer.tensor("tensor " + written.size(), type, shape, bytes);
        written.add(bytes);
      }
      writer.write(file());
      try (SafetensorsFile opened = SafetensorsFile.open(file())) {
        assertThat(opened.metadata()).isEmpty();
        assertThat(opened.tensors()).hasSameSizeAs(written);
        for (int t = 0; t < written.size(); t++) {
          assertThat(read(opened, opened.requireTensor("tensor " + t))).isEqualTo(written.get(t));
        }
      }
    }
  }

  @Test
  void opensAFileWithNothingInIt() throws IOException {
    Files.write(file(), SafetensorsBytes.file("{}"));
    try (SafetensorsFile opened = SafetensorsFile.open(file())) {
      assertThat(opened.tensors()).isEmpty();
      assertThat(opened.metadata()).isEmpty();
    }
  }

  @Test
  void readsAnyPartOfATensor() throws IOException {
    byte[] bytes = random(3_000_000, 1);
    oneTensor(bytes);
    try (SafetensorsFile opened = SafetensorsFile.open(file());
        Arena arena = Arena.ofConfined()) {
      SafetensorsTensor tensor = opened.requireTensor("a");
      assertThat(read(opened, tensor)).isEqualTo(bytes);
      MemorySegment target = arena.allocate(2_500_001);
      opened.read(tensor, 499_999, target);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(Arrays.copyOfRange(bytes, 499_999, bytes.length));
      byte[] piece = new byte[10];
      opened.read(tensor, 7, MemorySegment.ofArray(piece).asSlice(2, 5));
      assertThat(piece).startsWith(0, 0, bytes[7]).endsWith(bytes[11], 0, 0, 0);
      opened.read(tensor, bytes.length, MemorySegment.ofArray(new byte[0]));
    }
  }

  @Test
  void refusesReadsThatCannotBe() throws IOException {
    oneTensor((byte) 1, (byte) 2);
    Path other = folder.resolve("other.safetensors");
    new SafetensorsBytes()
        .tensor("a", SafetensorsType.U8, List.of(1L), (byte) 1)
        .tensor("b", SafetensorsType.U8, List.of(1L), (byte) 1)
        .write(other);
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    MemorySegment three = MemorySegment.ofArray(new byte[3]);
    try (SafetensorsFile opened = SafetensorsFile.open(file());
        SafetensorsFile another = SafetensorsFile.open(other)) {
      SafetensorsTensor a = opened.requireTensor("a");
      for (long from : new long[] {-1, 2, 3, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatIllegalArgumentException().isThrownBy(() -> opened.read(a, from, one));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> opened.read(a, 0, three))
          .withMessageContaining("3 bytes from byte 0 of tensor a, which has 2");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> opened.read(a, 0, one.asReadOnly()))
          .withMessageContaining("cannot read into");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> opened.read(a, 0, MemorySegment.ofArray(new char[1])));
      for (String name : List.of("a", "b")) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> opened.read(another.requireTensor(name), 0, one))
            .withMessageContaining("is not of");
      }
    }
  }

  @Test
  void reportsAFileThatWasShortened() throws IOException {
    oneTensor(random(3_000_000, 2));
    try (SafetensorsFile opened = SafetensorsFile.open(file())) {
      SafetensorsTensor tensor = opened.requireTensor("a");
      long left = tensor.offset() + 2_000_000;
      try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        channel.truncate(left);
      }
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> read(opened, tensor))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(left))
          .satisfies(e -> assertThat(e.file()).isEqualTo(file()))
          .withMessageContaining("expected 3000000 bytes for tensor \"a\"")
          .withMessageContaining("shortened");
      byte[] rest = new byte[1_000_000];
      opened.read(tensor, 1_000_000, MemorySegment.ofArray(rest));
      assertThat(rest).isEqualTo(Arrays.copyOfRange(random(3_000_000, 2), 1_000_000, 2_000_000));
    }
  }

  @Test
  void readsInManyThreads() throws Exception {
    byte[] bytes = random(1_000_000, 3);
    oneTensor(bytes);
    try (SafetensorsFile opened = SafetensorsFile.open(file());
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      SafetensorsTensor tensor = opened.requireTensor("a");
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        int from = i * 10_001;
        tasks.add(
            () -> {
              byte[] part = new byte[300_000];
              opened.read(tensor, from, MemorySegment.ofArray(part));
              return Arrays.equals(part, Arrays.copyOfRange(bytes, from, from + part.length));
            });
      }
      for (Future<Boolean> task : threads.invokeAll(tasks)) {
        assertThat(task.get()).isTrue();
      }
    }
  }

  @Test
  void endsReadsWhenItIsClosed() throws Exception {
    oneTensor(random(1_000_000, 4));
    SafetensorsFile opened = SafetensorsFile.open(file());
    SafetensorsTensor tensor = opened.requireTensor("a");
    CountDownLatch started = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<Object> reader =
          threads.submit(
              () -> {
                while (true) {
                  read(opened, tensor);
                  started.countDown();
                }
              });
      started.await();
      opened.close();
      assertThat(reader)
          .failsWithin(Duration.ofMinutes(5))
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(IllegalStateException.class)
          .withMessage(file() + " is closed");
    }
  }

  @Test
  void keepsDescriptionsWhenItIsClosed() throws IOException {
    oneTensor((byte) 1);
    SafetensorsFile opened = SafetensorsFile.open(file());
    opened.close();
    opened.close();
    assertThat(opened.files()).containsExactly(file());
    SafetensorsTensor tensor = opened.requireTensor("a");
    assertThat(opened.tensors()).containsExactly(tensor);
    assertThatIllegalStateException()
        .isThrownBy(() -> read(opened, tensor))
        .withMessage(file() + " is closed");
  }

  @Test
  void tellsAnInterruptFromAClose() throws IOException {
    oneTensor((byte) 1);
    try (SafetensorsFile opened = SafetensorsFile.open(file())) {
      SafetensorsTensor tensor = opened.requireTensor("a");
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(ClosedByInterruptException.class)
          .isThrownBy(() -> read(opened, tensor));
      assertThat(Thread.interrupted()).isTrue();
      assertThatExceptionOfType(ClosedChannelException.class)
          .isThrownBy(() -> read(opened, tensor));
    }
  }

  @Test
  void opensWhatIsInAFolder() throws IOException {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> SafetensorsFile.open(folder))
        .satisfies(e -> assertThat(e.file()).isEqualTo(folder))
        .withMessageContaining("model.safetensors.index.json, found neither");
    Path shard = folder.resolve("model-00001-of-00001.safetensors");
    new SafetensorsBytes().tensor("x", SafetensorsType.U8, List.of(1L), (byte) 9).write(shard);
    SafetensorsBytes.writeIndex(
        folder.resolve("model.safetensors.index.json"),
        Map.of("x", String.valueOf(shard.getFileName())));
    try (SafetensorsFile opened = SafetensorsFile.open(folder)) {
      assertThat(opened.files()).containsExactly(shard);
    }
    oneTensor((byte) 1);
    try (SafetensorsFile opened = SafetensorsFile.open(folder)) {
      assertThat(opened.files()).containsExactly(file());
    }
    try (SafetensorsFile opened = SafetensorsFile.open(shard)) {
      assertThat(opened.requireTensor("x").part()).isZero();
    }
  }

  @Test
  void letsExceptionsOfTheFileSystemPass() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors.index.json")));
    Path notRegular = Path.of("/dev/null");
    if (Files.exists(notRegular)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> SafetensorsFile.open(notRegular))
          .withMessageContaining("is not a regular file");
    }
  }

  @Test
  void checksDescriptions() {
    assertThat(SafetensorsTensor.byteSize(SafetensorsType.F4, List.of(3L, 2L))).isEqualTo(3);
    assertThat(SafetensorsTensor.byteSize(SafetensorsType.F6_E3M2, List.of(4L))).isEqualTo(3);
    assertThat(SafetensorsTensor.byteSize(SafetensorsType.F64, List.of())).isEqualTo(8);
    assertThat(SafetensorsTensor.byteSize(SafetensorsType.U8, List.of(1L << 59)))
        .isEqualTo(1L << 59);
    for (List<Long> shape :
        List.of(List.of(-1L), List.of(0L, -1L), List.of(1L << 60), List.of(1L << 40, 1L << 40))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SafetensorsTensor.byteSize(SafetensorsType.U8, shape));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsTensor.byteSize(SafetensorsType.F4, List.of(3L)))
        .withMessageContaining("12 bits of [3] are no whole bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SafetensorsTensor("a", SafetensorsType.U8, List.of(2L), 0, 1, 0))
        .withMessageContaining("U8 [2] takes 2 bytes, not 1");
    for (int wrong : new int[] {-1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> new SafetensorsTensor("a", SafetensorsType.U8, List.of(1L), wrong, 1, 0));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> new SafetensorsTensor("a", SafetensorsType.U8, List.of(1L), 0, 1, wrong));
    }
  }
}
