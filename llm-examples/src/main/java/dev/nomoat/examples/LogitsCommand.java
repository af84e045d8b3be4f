package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm logits}: the raw scores of the model, to compare engines. */
@Command(
    description = {
      "Writes the logits behind each of some tokens.",
      "The file holds little-endian 32-bit floats, shape [tokens, vocabulary]."
    })
final class LogitsCommand implements Callable<Integer> {
  private static final int BUFFER_FLOATS = 1 << 16;

  private final Streams streams;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = "--tokens",
      hideParamSyntax = true,
      paramLabel = "ID,ID...",
      split = ",",
      required = true,
      description = "The ids, exactly these: nothing is added at the front.")
  private int[] tokens = {};

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The file to write.")
  private Path output = Path.of("");

  LogitsCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, engine.path());
    try (LanguageModel model = engine.load(streams)) {
      write(model.logits(tokens));
    }
    return 0;
  }

  private void write(float[] logits) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(BUFFER_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file =
        FileChannel.open(
            output,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (int start = 0; start < logits.length; start += BUFFER_FLOATS) {
        int count = Math.min(BUFFER_FLOATS, logits.length - start);
        buffer.clear();
        buffer.asFloatBuffer().put(logits, start, count);
        buffer.limit(count * Float.BYTES);
        while (buffer.hasRemaining()) {
          file.write(buffer);
        }
      }
    }
  }
}
