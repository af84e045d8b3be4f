package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.measure.MeasureOptions;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The text that a model is measured on, and how it is cut. */
final class TextFile {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "TEXT",
      required = true,
      description = "The text, in UTF-8.")
  private Path file = Path.of("");

  @Option(
      names = "--chunk",
      paramLabel = "N",
      description = "Tokens that are evaluated at a time (default: ${DEFAULT-VALUE}).")
  private int chunk = MeasureOptions.defaults().chunkSize();

  @Option(
      names = "--chunks",
      paramLabel = "N",
      description = "How many chunks of the text are used; 0, the default: all.")
  private int chunks;

  /** The file. */
  Path path() {
    return file;
  }

  /** The file's name. */
  String name() {
    return String.valueOf(file.getFileName());
  }

  /** The tokens of the text. */
  int[] tokens(LanguageModel model) throws IOException {
    try {
      return MeasureOptions.tokens(model.tokenizer(), Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is no text in UTF-8", e);
    }
  }

  /** How the text is cut. */
  MeasureOptions options(Streams streams) {
    try {
      MeasureOptions options = MeasureOptions.defaults().withChunkSize(chunk);
      options = chunks == 0 ? options : options.withMostChunks(chunks);
      return streams.errorsOnTerminal() ? options.withListener(new Counter(streams)) : options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  /** Shows on a terminal how many chunks are done. */
  private record Counter(Streams streams) implements MeasureOptions.Listener {
    @Override
    public void progress(int done, int total) {
      streams.err().print("\r" + done + " of " + total + " chunks" + (done < total ? "" : "\n"));
      streams.err().flush();
    }
  }
}
