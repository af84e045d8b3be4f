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
 * The files of a split model: {@code stem-00001-of-00003.gguf} and so on, in one folder.
 *
 * @param first the first file
 * @param stem what stands before the numbers; empty and unused for a single file
 * @param count how many files there are, 1 for a single file
 */
record GgufSplit(Path first, String stem, int count) {
  static final String NUMBER_KEY = "split.no";
  static final String COUNT_KEY = "split.count";
  static final String TENSORS_KEY = "split.tensors.count";

  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  /** The set that begins with a file of this metadata. */
  static GgufSplit of(Path file, GgufMetadata metadata) {
    int count = metadata.integer(COUNT_KEY).orElse(1);
    // A set that was merged again keeps the key with a count of 0.
    if (count == 0 || count == 1) {
      return new GgufSplit(file, "", 1);
    }
    if (count < 0) {
      throw metadata.fault(COUNT_KEY, "a number of files");
    }
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    String numbers = "-00001-of-%05d.gguf".formatted(count);
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

  /** The path of a file of a set, from 0. */
  Path file(int part) {
    return first.resolveSibling("%s-%05d-of-%05d.gguf".formatted(stem, part + 1, count));
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
