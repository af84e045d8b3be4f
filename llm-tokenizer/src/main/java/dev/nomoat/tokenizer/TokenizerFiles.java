package dev.nomoat.tokenizer;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads tokenizers from the files that models come with.
 *
 * <p>What a file asks for and is not supported is refused with its place and name, never left out.
 */
public final class TokenizerFiles {
  private TokenizerFiles() {}

  /**
   * Reads a tokenizer from a Hugging Face directory with {@code tokenizer.json} and, if it is
   * there, {@code tokenizer_config.json}; or from the path of the former.
   *
   * @param path the directory or file
   * @return the tokenizer
   * @throws IOException if a file cannot be read, or is not UTF-8
   * @throws IllegalArgumentException if a file is malformed, or asks for what is not supported
   */
  public static Tokenizer read(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    Path config = file.resolveSibling("tokenizer_config.json");
    return ofJson(text(file), Files.exists(config) ? text(config) : "{}");
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not UTF-8", e);
    }
  }

  /**
   * Makes a tokenizer of the contents of {@code tokenizer.json} and {@code tokenizer_config.json}.
   * From the latter come BOS and EOS; truncation and padding of the former are left to the caller.
   *
   * @param tokenizer the contents of {@code tokenizer.json}
   * @param config the contents of {@code tokenizer_config.json}; {@code {}} for none
   * @return the tokenizer
   * @throws IllegalArgumentException if one is malformed, or asks for what is not supported
   */
  public static Tokenizer ofJson(String tokenizer, String config) {
    return HuggingFaceReader.read(tokenizer, config);
  }
}
