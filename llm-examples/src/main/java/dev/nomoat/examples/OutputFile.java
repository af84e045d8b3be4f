package dev.nomoat.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What is checked of a file before the work whose result it will hold. */
final class OutputFile {
  private OutputFile() {}

  /** Refuses a file that cannot be written, or that the command reads, also in a model's folder. */
  static void check(Path output, Path... inputs) throws IOException {
    Path folder = output.toAbsolutePath().getParent();
    if (Files.isDirectory(output) || folder == null || !Files.isDirectory(folder)) {
      throw new UsageException("cannot write " + output + ": it is a folder, or in none");
    }
    if (Files.exists(output) && !Files.isRegularFile(output)) {
      throw new UsageException("cannot write " + output + ": it is no regular file");
    }
    for (Path input : Files.exists(output) ? inputs : new Path[0]) {
      refuseWithin(output, input);
    }
  }

  /** Refuses an output that is an input, or in the folder that is one. */
  private static void refuseWithin(Path output, Path input) throws IOException {
    if (!Files.exists(input)) {
      return;
    }
    try (Stream<Path> files = Files.walk(input, 2)) {
      for (Path file : files.toList()) {
        if (Files.isSameFile(output, file)) {
          throw new UsageException("the output " + output + " is an input");
        }
      }
    }
  }
}
