package dev.nomoat.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the model. */
final class ModelFile {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "The model: a GGUF file, or a Hugging Face folder. Without it: the small story model that"
              + " comes along.")
  private @Nullable Path file;

  /** Whether a model was named. */
  boolean given() {
    return file != null;
  }

  Path path() throws IOException {
    if (file == null) {
      return EmbeddedModel.file();
    }
    return file;
  }
}
