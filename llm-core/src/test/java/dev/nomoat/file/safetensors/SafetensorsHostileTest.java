package dev.nomoat.file.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.nomoat.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutates good files at random. Whatever comes out either opens, and then all of it can be read, or
 * is refused with the one exception for bad files; in bounded memory and time.
 */
class SafetensorsHostileTest {
  private static final int MUTATIONS = 10_000;
  private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|[0-9]+|[\\[\\]{}:,]");
  private static final List<String> TOKENS =
      """
      { } [ ] : , {} [] "" null true -1 0 1 2 8 1.0 1e9 2147483648 4294967296 4611686018427387904
      9223372036854775807 9223372036854775808 18446744073709551615 "__metadata__" "dtype" "shape"
      "data_offsets" "F4" "U8" "F32" "F64" "\\ud800" "weight_map" "../a.safetensors"
      "\\u0000.safetensors"
      """
          .lines()
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .toList();
  private static final List<Long> LENGTHS =
      List.of(0L, 1L, 2L, 255L, 100_000_000L, 100_000_001L, 1L << 31, Long.MAX_VALUE, -1L);

  /** Generous, for machines that do other things too; a hang takes longer. */
  private static final long MAX_NANOS = 20_000_000_000L;

  /** Most of what is allocated is garbage at once: what stays is a few times the header. */
  private static final long MAX_ALLOCATED_PER_BYTE = 100;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Random random = new Random(20_250_606);
  private long opened;
  private long checksum;

  @TempDir Path folder;

  private static byte[] goodFile() {
    return new SafetensorsBytes()
        .metadata("format", "pt")
        .tensor("embed", SafetensorsType.F32, List.of(2L, 3L), new byte[24])
        .tensor("norm.é", SafetensorsType.BF16, List.of(4L), new byte[8])
        .tensor("none", SafetensorsType.F16, List.of(0L, 5L))
        .tensor("pairs", SafetensorsType.F4, List.of(1L, 2L), new byte[1])
        .tensor("scalar", SafetensorsType.U8, List.of(), (byte) 1)
        .toBytes();
  }

  @Test
  void everyMutationOfAFileIsAFileOrAClearError() throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] good = goodFile();
    int headerLength = Byte.toUnsignedInt(good[0]) + (good[1] << 8);
    String header = new String(good, 8, headerLength, StandardCharsets.UTF_8);
    byte[] data = Arrays.copyOfRange(good, 8 + headerLength, good.length);
    check(file, file, good, 0);
    assertThat(opened).isEqualTo(1);
    assertThat(checksum).isNotZero();
    for (int i = 1; i <= MUTATIONS; i++) {
      byte[] bytes =
          i % 2 == 0
              ? SafetensorsBytes.file(mutateTokens(header), data)
              : mutateBytes(good, headerLength + 8);
      check(file, file, bytes, i);
    }
    // Both outcomes must be common, or the mutations would be too weak or too strong to test
    // anything.
    assertThat(opened).isBetween(MUTATIONS / 50L, MUTATIONS / 2L);
  }

  @Test
  void everyMutationOfAnIndexIsAnIndexOrAClearError() throws IOException {
    Map<String, String> weightMap = new TreeMap<>();
    for (String shard : List.of("a", "b")) {
      String name = shard + ".safetensors";
      new SafetensorsBytes()
          .tensor(shard + "1", SafetensorsType.U8, List.of(1L), (byte) 1)
          .tensor(shard + "2", SafetensorsType.U8, List.of(1L), (byte) 2)
          .write(folder.resolve(name));
      weightMap.put(shard + "1", name);
      weightMap.put(shard + "2", name);
    }
    Path index = folder.resolve("model.safetensors.index.json");
    String good = Files.readString(SafetensorsBytes.writeIndex(index, weightMap));
    for (int i = 0; i < MUTATIONS / 4; i++) {
      byte[] bytes =
          i % 2 == 0
              ? mutateTokens(good).getBytes(StandardCharsets.UTF_8)
              : mutateBytes(good.getBytes(StandardCharsets.UTF_8), good.length());
      check(folder, index, bytes, i);
    }
    assertThat(opened).isBetween(MUTATIONS / 200L, MUTATIONS / 8L);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path file = folder.resolve("cut.safetensors");
    byte[] good = goodFile();
    for (int length = 0; length < good.length; length++) {
      check(file, file, Arrays.copyOf(good, length), length);
    }
    assertThat(opened).isZero();
  }

  @Test
  void aFileOfManySmallThingsTakesASmallMultipleOfItsSize() throws IOException {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"\":\"\"");
    int count = 50_000;
    for (int i = 0; i < count; i++) {
      header.append(",\"").append(i).append("\":\"\"");
    }
    header.append('}');
    for (int i = 0; i < count; i++) {
      header.append(',').append(SafetensorsBytes.describe("" + i, "U8", "[0,0,0]", 0, 0));
    }
    Path file = folder.resolve("many.safetensors");
    check(file, file, SafetensorsBytes.file(header.append('}').toString()), 0);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void namesWithTheSameHashTakeNoLonger() throws IOException {
    // "Aa" and "BB" have the same hash, and so have all 2^15 sequences of them.
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 1 << 15; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append((i >>> bit & 1) == 0 ? "Aa" : "BB");
      }
      header.append(i == 0 ? "" : ",");
      header.append(SafetensorsBytes.describe(name.toString(), "U8", "[0]", 0, 0));
    }
    Path file = folder.resolve("hash.safetensors");
    check(file, file, SafetensorsBytes.file(header.append('}').toString()), 0);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void deepNestingIsNoMatter() throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    Path shard = folder.resolve("x.safetensors");
    new SafetensorsBytes().tensor("b", SafetensorsType.U8, List.of(1L), (byte) 1).write(shard);
    int depth = 1_000_000;
    String end = ",\"weight_map\":{\"b\":\"x.safetensors\"}}";
    String text = "{\"x\":" + "[".repeat(depth) + "]".repeat(depth) + end;
    check(index, index, text.getBytes(StandardCharsets.UTF_8), 0);
    text = "{\"x\":" + "{\"\":".repeat(depth) + "0" + "}".repeat(depth) + end;
    check(index, index, text.getBytes(StandardCharsets.UTF_8), 1);
    assertThat(opened).isEqualTo(2);
    String header = "{\"a\":" + "{\"a\":".repeat(depth);
    check(shard, shard, SafetensorsBytes.file(header), 2);
    header = "{\"a\":{\"shape\":[" + "0,".repeat(depth);
    check(shard, shard, SafetensorsBytes.file(header), 3);
    assertThat(opened).isEqualTo(2);
  }

  @Test
  void aHugeFileOfZerosCostsNothing() throws IOException {
    byte[] start = new byte[9];
    ByteBuffer.wrap(start)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(SafetensorsParser.MAX_HEADER_BYTES);
    for (String name : List.of("sparse.safetensors", "sparse.safetensors.index.json")) {
      Path file = Files.write(folder.resolve(name), start);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.allocate(1), 1L << 36);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes();
      ModelFormatException e =
          catchThrowableOfType(
              ModelFormatException.class, () -> SafetensorsFile.open(file).close());
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      assertThat(e.offset()).isIn(8L, 100_000_000L);
      assertThat(allocated).isLessThan(1 << 20);
    }
  }

  /** Exchanges, doubles or drops a few tokens, so that the JSON often stays JSON. */
  private String mutateTokens(String json) {
    String text = json;
    for (int times = random.nextInt(3); times >= 0; times--) {
      List<MatchResult> tokens = TOKEN.matcher(text).results().toList();
      if (tokens.isEmpty()) {
        return text;
      }
      MatchResult token = tokens.get(random.nextInt(tokens.size()));
      MatchResult other = tokens.get(random.nextInt(tokens.size()));
      String replacement =
          switch (random.nextInt(4)) {
            case 0 -> other.group();
            case 1 -> TOKENS.get(random.nextInt(TOKENS.size()));
            case 2 -> token.group().matches("[0-9]+") ? "" + random.nextInt(40) : " ";
            default -> text.substring(Math.min(token.start(), other.start()), token.end());
          };
      text = text.substring(0, token.start()) + replacement + text.substring(token.end());
    }
    return text;
  }

  /** Exchanges bytes among the first {@code head}, the length of the header, or the file's. */
  private byte[] mutateBytes(byte[] good, int head) {
    byte[] bytes = good.clone();
    for (int times = random.nextInt(3); times >= 0; times--) {
      int at = random.nextInt(Math.min(bytes.length, head));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) "0123456789{}[],:\"\\ ".charAt(random.nextInt(19));
        case 3 -> {
          if (bytes.length >= Long.BYTES) {
            long length =
                random.nextBoolean()
                    ? LENGTHS.get(random.nextInt(LENGTHS.size()))
                    : random.nextInt(600);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
          }
        }
        default -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 100));
      }
    }
    return bytes;
  }

  private void check(Path opens, Path mutated, byte[] bytes, int number) throws IOException {
    overwrite(mutated, bytes);
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    try (SafetensorsFile file = SafetensorsFile.open(opens)) {
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      readAll(file);
      opened++;
    } catch (ModelFormatException e) {
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      require(e.file().getParent().equals(folder), number, e);
      require(e.offset() >= 0 && e.offset() <= Files.size(e.file()), number, e);
      require(!e.expected().isBlank() && !e.found().isBlank(), number, e);
      require(e.toString().length() < 2_000, number, e);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("number " + number, e);
    }
    long elapsed = System.nanoTime() - start;
    if (elapsed > MAX_NANOS) {
      throw new AssertionError("number " + number + " took " + elapsed + " ns");
    }
    if (allocated > MAX_ALLOCATED_PER_BYTE * bytes.length + (1 << 20)) {
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
  private void readAll(SafetensorsFile file) throws IOException {
    for (SafetensorsTensor tensor : file.tensors()) {
      byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
      file.read(tensor, 0, MemorySegment.ofArray(bytes));
      checksum += tensor.elements() + Arrays.hashCode(bytes);
    }
    checksum += file.metadata().hashCode();
  }
}
