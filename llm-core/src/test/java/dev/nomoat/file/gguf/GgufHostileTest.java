package dev.nomoat.file.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutates a good file at random. Whatever comes out either opens, and then all of it can be read,
 * or is refused with one of the two exceptions for files; in bounded memory and time.
 */
class GgufHostileTest {
  private static final int MUTATIONS = 20_000;
  private static final long[] INTERESTING = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    9,
    12,
    13,
    31,
    33,
    64,
    255,
    256,
    65_535,
    65_536,
    1L << 20,
    1L << 24,
    Integer.MAX_VALUE,
    1L << 31,
    0xffff_ffffL,
    1L << 32,
    1L << 33,
    1L << 59,
    1L << 60,
    1L << 61,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -8,
    -32,
  };

  /** Generous, for machines that do other things too; a hang takes longer. */
  private static final long MAX_NANOS = 5_000_000_000L;

  private static final byte[] EXTREME = {0, 1, (byte) 0xff, 0x7f, (byte) 0x80};

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long opened;
  private long checksum;

  @TempDir Path folder;
  private byte[] good;
  private int headSize;

  @BeforeEach
  void makeGoodFile() throws IOException {
    Path file = GgufSample.write(folder.resolve("good.gguf"));
    good = Files.readAllBytes(file);
    try (GgufFile gguf = GgufFile.open(file)) {
      headSize = (int) gguf.tensors().getFirst().offset();
    }
  }

  @Test
  void aGoodFileOpens() throws IOException {
    Path file = folder.resolve("good.gguf");
    check(file, good, 0);
    assertThat(opened).isEqualTo(1);
    assertThat(checksum).as("what was read").isNotZero();
    assertThat(good).hasSizeBetween(3_000, 10_000);
  }

  @Test
  void everyMutationIsAFileOrAClearError() throws IOException {
    Random random = new Random(20_250_101);
    Path file = folder.resolve("bad.gguf");
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = mutate(random);
      check(file, bytes, i);
    }
    // Both outcomes must be common, or the mutations would be too weak or too strong to test
    // anything.
    assertThat(opened).isBetween(MUTATIONS / 10L, MUTATIONS * 9L / 10);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path file = folder.resolve("cut.gguf");
    // Only padding follows the last tensor, of seven numbers.
    int needed = good.length - 32 + 14;
    for (int length = 0; length < needed; length++) {
      check(file, Arrays.copyOf(good, length), length);
    }
    assertThat(opened).isZero();
    check(file, Arrays.copyOf(good, needed), needed);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void aFileOfManySmallThingsTakesASmallMultipleOfItsSize() throws IOException {
    int count = 20_000;
    GgufBytes bytes = GgufBytes.head(count, count + 2).key("general.alignment", 4).u32(8);
    for (int i = 0; i < count; i++) {
      bytes.key(Integer.toString(i, 36), 0).u8(1);
    }
    bytes.array("empty strings", 8, count).zeros(8 * count);
    for (int i = 0; i < count; i++) {
      bytes.tensor(Integer.toString(i, 36), 24, 8L * i, 1);
    }
    bytes.pad(8).zeros(8 * count);
    Path file = bytes.write(folder.resolve("many.gguf"));
    check(file, Files.readAllBytes(file), 0);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void namesWithTheSameHashTakeNoLonger() throws IOException {
    // "Aa" and "BB" have the same hash, and so have all 2^15 sequences of them.
    int count = 1 << 15;
    GgufBytes bytes = GgufBytes.head(0, count);
    for (int i = 0; i < count; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append((i >>> bit & 1) == 0 ? "Aa" : "BB");
      }
      bytes.key(name.toString(), 0).u8(1);
    }
    Path file = bytes.write(folder.resolve("hash.gguf"));
    check(file, Files.readAllBytes(file), 0);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void aHugeFileOfZerosCostsNothing() throws IOException {
    Path file = GgufBytes.head(0, 1).array("zeros", 0, 1L << 30).write(folder.resolve("sparse"));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), 1L << 36);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes();
    ModelFormatException e =
        catchThrowableOfType(ModelFormatException.class, () -> GgufFile.open(file).close());
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    assertThat(e.offset()).isEqualTo(45);
    assertThat(allocated).isLessThan(1 << 20);
  }

  private byte[] mutate(Random random) {
    byte[] bytes = good.clone();
    int times = random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 1;
    for (int i = 0; i < times; i++) {
      // Faults in the data of tensors would show nothing.
      int at = random.nextInt(Math.min(bytes.length, headSize));
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = EXTREME[random.nextInt(EXTREME.length)];
        case 2 -> bytes[at] = (byte) random.nextInt();
        case 3 -> {
          if (at + 4 <= bytes.length) {
            buffer.putInt(at, (int) INTERESTING[random.nextInt(INTERESTING.length)]);
          }
        }
        case 4 -> {
          if (at + 8 <= bytes.length) {
            buffer.putLong(at, INTERESTING[random.nextInt(INTERESTING.length)]);
          }
        }
        case 5 -> bytes = splice(bytes, random);
        case 6 -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 100));
        default -> throw new AssertionError();
      }
    }
    return bytes;
  }

  /** Replaces a piece of the file by another of another length. */
  private byte[] splice(byte[] bytes, Random random) {
    int from = random.nextInt(bytes.length);
    int removed = random.nextInt(Math.min(64, bytes.length - from) + 1);
    int source = random.nextInt(good.length);
    int inserted = random.nextInt(Math.min(64, good.length - source) + 1);
    byte[] result = new byte[bytes.length - removed + inserted];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(good, source, result, from, inserted);
    int rest = bytes.length - from - removed;
    System.arraycopy(bytes, from + removed, result, from + inserted, rest);
    return result.length == 0 ? new byte[1] : result;
  }

  private void check(Path file, byte[] bytes, int number) throws IOException {
    overwrite(file, bytes);
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    try (GgufFile gguf = GgufFile.open(file)) {
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      readAll(gguf);
      opened++;
    } catch (ModelFormatException e) {
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      require(e.file().equals(file), number, e);
      require(e.offset() >= 0 && e.offset() <= bytes.length, number, e);
      require(!e.expected().isBlank() && !e.found().isBlank(), number, e);
      require(e.toString().length() < 1_000, number, e);
    } catch (UnsupportedModelException e) {
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      require(e.file().equals(Optional.of(file)), number, e);
      require(e.offset().orElse(-1) >= 0 && e.offset().orElse(-1) < bytes.length, number, e);
      require(!e.feature().isBlank(), number, e);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("number " + number, e);
    }
    long elapsed = System.nanoTime() - start;
    if (elapsed > MAX_NANOS) {
      throw new AssertionError("number " + number + " took " + elapsed + " ns");
    }
    if (allocated > 20L * bytes.length + (1 << 20)) {
      throw new AssertionError("number " + number + " allocated " + allocated + " bytes");
    }
  }

  /**
   * Keeps the file and its blocks: file systems take their time over files that are emptied and
   * filled again.
   */
  private static void overwrite(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), 0);
      channel.truncate(bytes.length);
    }
  }

  /** A plain check: an assertion library would take longer than the reader. */
  private static void require(boolean condition, int number, Throwable e) {
    if (!condition) {
      throw new AssertionError("number " + number, e);
    }
  }

  /** Touches everything that the file promises. */
  private void readAll(GgufFile gguf) throws IOException {
    GgufMetadata metadata = gguf.metadata();
    for (String key : metadata.keys()) {
      checksum += read(metadata.get(key).orElseThrow());
    }
    for (GgufTensor tensor : gguf.tensors()) {
      byte[] mapped = gguf.data(tensor).toArray(ValueLayout.JAVA_BYTE);
      byte[] copied = new byte[Math.toIntExact(tensor.byteSize())];
      gguf.read(tensor, 0, MemorySegment.ofArray(copied));
      if (!Arrays.equals(mapped, copied)) {
        throw new AssertionError("tensor " + tensor + " differs");
      }
      checksum += tensor.rows() * tensor.cols();
    }
  }

  private static long read(GgufValue value) {
    return switch (value) {
      case GgufValue.IntegerValue number -> number.bits();
      case GgufValue.Float32Value number -> Float.floatToRawIntBits(number.value());
      case GgufValue.Float64Value number -> Double.doubleToRawLongBits(number.value());
      case GgufValue.BoolValue bool -> bool.value() ? 1 : 0;
      case GgufValue.TextValue text -> text.value().length();
      case GgufStringArray strings -> {
        long sum = 0;
        for (int i = 0; i < strings.size(); i++) {
          sum += strings.text(i).length() + strings.bytes(i).length;
        }
        yield sum;
      }
      case GgufNumberArray array -> {
        if (array.elementType().isInteger()) {
          yield Arrays.stream(array.toBits()).sum();
        }
        yield array.elementType() == GgufValueType.BOOL
            ? array.toBools().length
            : (long) array.toDoubles().length + array.toFloats().length;
      }
    };
  }
}
