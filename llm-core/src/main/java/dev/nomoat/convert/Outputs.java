package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the writers of model files share. */
final class Outputs {
  private Outputs() {}

  static GgufValue uint32(int value) {
    return new GgufValue.IntegerValue(GgufValueType.UINT32, value);
  }

  /**
   * Refuses an output that is an input.
   *
   * @throws IllegalArgumentException if it is
   */
  static void refuseInput(Path output, List<Path> inputs) throws IOException {
    for (Path input : inputs) {
      if (Files.exists(output) && Files.isSameFile(output, input)) {
        throw new IllegalArgumentException("the output " + output + " is the input");
      }
    }
  }
}
