package dev.nomoat.file.gguf;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a split model: {@code stem-00001-of-00003.gguf} and so on, in one folder. Immutable.
 *
 * @param first the first file
 * @param stem what stands before the numbers; empty and unused for a single file
 * @param count how many files there are, 1 for a single file
 */
public record GgufSplit(Path first, String stem, int count) {
  /** How many files a set has at most: they are counted in 16 bits. */
  public static final int MOST_FILES = 65_535;

  private static final String KEYS = "split.";
  private static final String NUMBER_KEY = KEYS + "no";
  private static final String COUNT_KEY = KEYS + "count";
  private static final String TENSORS_KEY = KEYS + "tensors.count";

  private static final String NUMBERS = "-%05d-of-%05d.gguf";
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  /**
   * A new set.
   *
   * @param stem the path of the set, without numbers; it has a name
   * @param count how many files, 1 to {@value #MOST_FILES}
   * @return the set
   */
  public static GgufSplit named(Path stem, int count) {
    String name = String.valueOf(stem.getFileName());
    return new GgufSplit(stem.resolveSibling(name + NUMBERS.formatted(1, count)), name, count);
  }

  /**
   * Whether a key tells of a set, and nothing of the model.
   *
   * @param key a key of metadata
   * @return true for those that {@link #put} puts
   */
  public static boolean isKey(String key) {
    return key.startsWith(KEYS);
  }

  /**
   * Whether a file says that it belongs to a set, which may be of one file.
   *
   * @param metadata of the file
   * @return false also for what was merged again
   */
  public static boolean isPart(GgufMetadata metadata) {
    // what was merged keeps the key with a count of 0
    return metadata.integer(COUNT_KEY).orElse(0) != 0;
  }

  /**
   * Puts the keys of a file of this set.
   *
   * @param writer of the file
   * @param part which file, from 0
   * @param tensors how many tensors the whole set has
   */
  public void put(GgufWriter writer, int part, int tensors) {
    writer.put(NUMBER_KEY, GgufValue.integer(GgufValueType.UINT16, part));
    writer.put(COUNT_KEY, GgufValue.integer(GgufValueType.UINT16, count));
    writer.put(TENSORS_KEY, GgufValue.integer(GgufValueType.INT32, tensors));
  }

  /** The set that begins with a file of this metadata. */
  static GgufSplit of(Path file, GgufMetadata metadata) {
    int count = isPart(metadata) ? metadata.requireInt(COUNT_KEY) : 1;
    if (count == 1) {
      return new GgufSplit(file, "", 1);
    }
    if (count < 0) {
      throw metadata.fault(COUNT_KEY, "a number of files");
    }
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    String numbers = NUMBERS.formatted(1, count);
    if (metadata.requireInt(NUMBER_KEY) != 0) {
      String first = name.matches() ? name.group(1) + numbers : "the one named *" + numbers;
      throw metadata.fault(NUMBER_KEY, "0: open the first file of the set, " + first + ", instead");
    }
    if (!name.matches() || !file.getFileName().toString().endsWith(numbers)) {
      throw metadata.fault(
          COUNT_KEY, "a file named *" + numbers + ", as the first of a set of " + count);
    }
    return new GgufSplit(file, name.group(1), count);
  }

  /**
   * The path of a file of the set.
   *
   * @param part which file, from 0
   * @return the path
   */
  public Path file(int part) {
    return first.resolveSibling(stem + NUMBERS.formatted(part + 1, count));
  }

  /** Opens a file of a set. */
  OpenFile open(int part) throws IOException {
    try {
      return OpenFile.open(file(part));
    } catch (NoSuchFileException e) {
      throw new ModelFormatException(
          file(part), 0, "file %d of a set of %d".formatted(part + 1, count), "no such file", e);
    }
  }

  /** Checks that a file says that it is the part of the set that its name says. */
  void checkPart(int part, GgufMetadata metadata) {
    OptionalInt number = metadata.integer(NUMBER_KEY);
    if (number.isEmpty() || number.getAsInt() != part) {
      throw metadata.fault(NUMBER_KEY, String.valueOf(part));
    }
    OptionalInt total = metadata.integer(COUNT_KEY);
    if (total.isEmpty() || total.getAsInt() != count) {
      throw metadata.fault(COUNT_KEY, String.valueOf(count));
    }
  }

  /** Checks the number of tensors in the whole set against what the first file promises. */
  void checkTensorCount(GgufMetadata metadata, int tensors) {
    if (count > 1 && metadata.integer(TENSORS_KEY).orElse(tensors) != tensors) {
      throw metadata.fault(
          TENSORS_KEY, tensors + ", the number of tensors in the " + count + " files");
    }
  }
}
