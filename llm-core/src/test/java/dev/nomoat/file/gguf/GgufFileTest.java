package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.ModelFormatException;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("model.gguf");
  }

  private Path twoTensors(byte[] first, byte[] second) throws IOException {
    new GgufWriter()
        .put("general.architecture", GgufValue.text("test"))
        .tensor("first", TensorType.Q4_0, List.of(3L, 64L), MemorySegment.ofArray(first))
        .tensor("second", TensorType.I8, List.of(2L, 3L, 5L), MemorySegment.ofArray(second))
        .write(file());
    return file();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readsWhatTheSpecificationDescribes(int version) throws IOException {
    GgufBytes bytes =
        GgufBytes.head(version, 2, 2)
            .key("general.architecture", GgufBytes.STRING)
            .string("llama")
            .key("llama.block_count", 4)
            .u32(7)
            .tensor("token_embd.weight", 0, 0, 3, 2)
            .tensor("output_norm.weight", 1, 32, 5)
            .pad(32);
    int dataStart = bytes.position();
    for (int i = 0; i < 6; i++) {
      bytes.u32(Float.floatToRawIntBits(i + 0.5f));
    }
    bytes.zeros(8).raw((byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6);
    bytes.raw((byte) 7, (byte) 8, (byte) 9, (byte) 10).write(file());

    try (GgufFile gguf = GgufFile.open(file())) {
      assertThat(gguf.version()).isEqualTo(version);
      assertThat(gguf.files()).containsExactly(file());
      assertThat(gguf.metadata().keys())
          .containsExactly("general.architecture", "llama.block_count");
      assertThat(gguf.metadata().requireString("general.architecture")).isEqualTo("llama");
      assertThat(gguf.metadata().requireInt("llama.block_count")).isEqualTo(7);
      GgufTensor embedding =
          new GgufTensor("token_embd.weight", TensorType.F32, List.of(2L, 3L), dataStart, 24, 0);
      GgufTensor norm =
          new GgufTensor("output_norm.weight", TensorType.F16, List.of(5L), dataStart + 32L, 10, 0);
      assertThat(gguf.tensors()).containsExactly(embedding, norm);
      assertThat(gguf.tensor("output_norm.weight")).contains(norm);
      assertThat(gguf.tensor("output.weight")).isEmpty();
      assertThat(gguf.requireTensor("token_embd.weight")).isEqualTo(embedding);
      assertThat(gguf.data(embedding).toArray(ValueLayout.JAVA_FLOAT))
          .containsExactly(0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f);
      assertThat(gguf.data(norm).toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }
  }

  @Test
  void opensAFileWithNothingInIt() throws IOException {
    GgufBytes.head(0, 0).write(file());
    try (GgufFile gguf = GgufFile.open(file())) {
      assertThat(gguf.metadata().keys()).isEmpty();
      assertThat(gguf.tensors()).isEmpty();
    }
  }

  @Test
  void respectsTheAlignmentOfTheFile() throws IOException {
    GgufBytes bytes =
        GgufBytes.head(2, 1)
            .key("general.alignment", 4)
            .u32(8)
            .tensor("a", 24, 0, 1)
            .tensor("b", 24, 8, 1)
            .pad(8);
    int dataStart = bytes.position();
    bytes.u8(1).zeros(7).u8(2).write(file());
    try (GgufFile gguf = GgufFile.open(file())) {
      assertThat(gguf.requireTensor("b").offset()).isEqualTo(dataStart + 8);
      assertThat(gguf.data(gguf.requireTensor("b")).get(ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 2);
    }
  }

  @Test
  void readsLongStringsAcrossItsBuffer() throws IOException {
    String text = "é".repeat(100_000);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      words.add("w".repeat(i % 17) + i);
    }
    words.add(text);
    int[] numbers = new Random(1).ints(100_000).toArray();
    new GgufWriter()
        .put("text", GgufValue.text(text))
        .put("words", GgufStringArray.of(words))
        .put("numbers", GgufNumberArray.ofInts(numbers))
        .put("end", GgufValue.uint32(5))
        .write(file());
    try (GgufFile gguf = GgufFile.open(file())) {
      assertThat(gguf.metadata().requireString("text")).isEqualTo(text);
      assertThat(gguf.metadata().requireStrings("words").toTexts())
          .containsExactlyElementsOf(words);
      assertThat(gguf.metadata().requireInts("numbers")).isEqualTo(numbers);
      assertThat(gguf.metadata().requireInt("end")).isEqualTo(5);
    }
  }

  @Test
  void lendsReadOnlyViews() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      MemorySegment data = gguf.data(gguf.requireTensor("first"));
      assertThat(data.isReadOnly()).isTrue();
      assertThat(data.byteSize()).isEqualTo(108);
      assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(random(108, 1));
    }
  }

  @Test
  void copiesAnyRangeOfATensor() throws IOException {
    byte[] bytes = random(108, 3);
    twoTensors(bytes, random(30, 4));
    try (GgufFile gguf = GgufFile.open(file());
        Arena arena = Arena.ofConfined()) {
      GgufTensor tensor = gguf.requireTensor("first");
      byte[] heap = new byte[20];
      gguf.read(tensor, 7, MemorySegment.ofArray(heap).asSlice(2, 10));
      assertThat(heap).startsWith(0, 0).endsWith(0, 0, 0, 0, 0, 0, 0, 0);
      assertThat(Arrays.mismatch(heap, 2, 12, bytes, 7, 17)).isEqualTo(-1);
      MemorySegment all = arena.allocate(108);
      gguf.read(tensor, 0, all);
      assertThat(all.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
      gguf.read(tensor, 108, arena.allocate(0));
    }
  }

  @Test
  void copiesTensorsLargerThanAChunk() throws IOException {
    byte[] bytes = random(3_000_000, 5);
    new GgufWriter()
        .tensor("large", TensorType.I8, List.of(3_000_000L), MemorySegment.ofArray(bytes))
        .write(file());
    try (GgufFile gguf = GgufFile.open(file())) {
      byte[] copy = new byte[bytes.length];
      gguf.read(gguf.requireTensor("large"), 0, MemorySegment.ofArray(copy));
      assertThat(copy).isEqualTo(bytes);
    }
  }

  @Test
  void refusesRangesOutsideTheTensor() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      GgufTensor tensor = gguf.requireTensor("first");
      MemorySegment target = MemorySegment.ofArray(new byte[10]);
      for (long from : new long[] {-1, 99, 108, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThatIllegalArgumentException().isThrownBy(() -> gguf.read(tensor, from, target));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gguf.read(tensor, 0, MemorySegment.ofArray(new byte[109])));
    }
  }

  @Test
  void refusesTargetsItCannotFill() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      GgufTensor tensor = gguf.requireTensor("first");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gguf.read(tensor, 0, MemorySegment.ofArray(new float[2])));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gguf.read(tensor, 0, MemorySegment.ofArray(new byte[2]).asReadOnly()));
    }
  }

  @Test
  void refusesTensorsOfOtherFiles() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      GgufTensor alien = new GgufTensor("first", TensorType.I8, List.of(1L << 40), 0, 1L << 40, 0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gguf.data(alien))
          .withMessageContaining("first");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gguf.read(alien, 0, MemorySegment.ofArray(new byte[1])));
    }
  }

  @Test
  void namesAMissingTensor() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> gguf.requireTensor("output.weight"))
          .withMessageContaining("output.weight")
          .satisfies(e -> assertThat(e.file()).isEqualTo(file()));
    }
  }

  @Test
  void isUnusableAfterClose() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    GgufFile gguf = GgufFile.open(file());
    GgufTensor tensor = gguf.requireTensor("first");
    MemorySegment lent = gguf.data(tensor);
    gguf.close();
    gguf.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> gguf.data(tensor))
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> gguf.read(tensor, 0, MemorySegment.ofArray(new byte[1])))
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(() -> lent.get(ValueLayout.JAVA_BYTE, 0));
    assertThat(gguf.metadata().requireString("general.architecture")).isEqualTo("test");
    assertThat(gguf.tensors()).hasSize(2);
  }

  @Test
  void reportsAFileShortenedAfterOpen() throws IOException {
    twoTensors(random(108, 1), random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      GgufTensor tensor = gguf.requireTensor("first");
      try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        channel.truncate(tensor.offset() + 100);
      }
      gguf.read(tensor, 0, MemorySegment.ofArray(new byte[100]));
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> gguf.read(tensor, 90, MemorySegment.ofArray(new byte[18])))
          .withMessageContaining("shortened")
          .satisfies(e -> assertThat(e.file()).isEqualTo(file()))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(tensor.offset() + 100));
    }
  }

  @Test
  void interruptingAReaderEndsReadingButNotTheViews() throws IOException {
    byte[] bytes = random(108, 1);
    twoTensors(bytes, random(30, 2));
    try (GgufFile gguf = GgufFile.open(file())) {
      GgufTensor tensor = gguf.requireTensor("first");
      MemorySegment target = MemorySegment.ofArray(new byte[108]);
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(ClosedByInterruptException.class)
          .isThrownBy(() -> gguf.read(tensor, 0, target));
      assertThat(Thread.interrupted()).isTrue();
      assertThatExceptionOfType(ClosedChannelException.class)
          .isThrownBy(() -> gguf.read(tensor, 0, target));
      assertThat(gguf.data(tensor).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
    }
  }

  @Test
  void passesOnThatAFileIsMissing() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> GgufFile.open(folder.resolve("absent.gguf")));
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    byte[] first = random(1_000_000, 6);
    byte[] second = random(700_001, 7);
    new GgufWriter()
        .tensor("first", TensorType.I8, List.of(1_000_000L), MemorySegment.ofArray(first))
        .tensor("second", TensorType.I8, List.of(700_001L), MemorySegment.ofArray(second))
        .write(file());
    try (GgufFile gguf = GgufFile.open(file());
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        Random random = new Random(thread);
        tasks.add(
            () -> {
              for (int i = 0; i < 100; i++) {
                boolean odd = random.nextBoolean();
                byte[] bytes = odd ? first : second;
                GgufTensor tensor = gguf.requireTensor(odd ? "first" : "second");
                int from = random.nextInt(bytes.length);
                byte[] copy = new byte[random.nextInt(Math.min(100_000, bytes.length - from))];
                gguf.read(tensor, from, MemorySegment.ofArray(copy));
                MemorySegment expected = MemorySegment.ofArray(bytes).asSlice(from, copy.length);
                assertThat(expected.mismatch(MemorySegment.ofArray(copy))).isEqualTo(-1);
                MemorySegment lent = gguf.data(tensor).asSlice(from, copy.length);
                assertThat(expected.mismatch(lent)).isEqualTo(-1);
              }
              return null;
            });
      }
      for (Future<Void> task : threads.invokeAll(tasks)) {
        task.get();
      }
    }
  }

  @Test
  void closingWhileThreadsReadEndsThemWithAClearError() throws Exception {
    byte[] bytes = random(1_000_000, 8);
    new GgufWriter()
        .tensor("t", TensorType.I8, List.of(1_000_000L), MemorySegment.ofArray(bytes))
        .write(file());
    GgufFile gguf = GgufFile.open(file());
    GgufTensor tensor = gguf.requireTensor("t");
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        readers.add(
            threads.submit(
                () -> {
                  byte[] copy = new byte[bytes.length];
                  while (true) {
                    gguf.read(tensor, 0, MemorySegment.ofArray(copy));
                  }
                }));
      }
      Thread.sleep(50);
      gguf.close();
      for (Future<?> reader : readers) {
        assertThat(reader)
            .failsWithin(Duration.ofMinutes(5))
            .withThrowableThat()
            .havingCause()
            .isInstanceOf(IllegalStateException.class)
            .withMessageContaining("closed");
      }
    }
  }
}
