package dev.nomoat.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What all writers check before they write. */
final class Outputs {
  private Outputs() {}

  /**
   * Refuses an output that is an input, or a folder.
   *
   * @throws IllegalArgumentException if it is
   */
  static void refuseInput(Path output, List<Path> inputs) throws IOException {
    if (Files.isDirectory(output)) {
      throw new IllegalArgumentException(output + " is a folder, not a file to write");
    }
    for (Path input : inputs) {
      if (Files.exists(output) && Files.isSameFile(output, input)) {
        throw new IllegalArgumentException("the output " + output + " is the input");
      }
    }
  }
}
