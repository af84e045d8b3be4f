package dev.nomoat.examples;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where tokenizers may come from besides GGUF files. */
final class TokenizerSource {
  private TokenizerSource() {}

  /** Whether a path is that of a Hugging Face folder, or of a tokenizer's file of one. */
  static boolean isHuggingFace(Path path) {
    String name = path.toString();
    return Files.isDirectory(path) || name.endsWith(".json") || name.endsWith(".model");
  }
}
