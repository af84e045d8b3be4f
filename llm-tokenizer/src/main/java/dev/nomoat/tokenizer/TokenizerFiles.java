package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Reads tokenizers from the files that models come with.
 *
 * <p>What a file asks for and is not supported is refused with its place and name, never left out.
 */
public final class TokenizerFiles {
  private static final String TOKENIZER_JSON = "tokenizer.json";
  private static final String SENTENCE_PIECE = "tokenizer.model";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String NONE = "{}";

  /** In bytes. No file of a tokenizer comes near; the limit keeps its bytes in an array. */
  private static final long LARGEST_FILE = 1L << 30;

  /** In bytes: a text must fit into a string too, which may take two for each. */
  private static final long LARGEST_TEXT = 1L << 29;

  private TokenizerFiles() {}

  /**
   * Reads a tokenizer from a Hugging Face directory or from a file of one.
   *
   * <p>A directory must hold {@code tokenizer.json}, or else SentencePiece's {@code
   * tokenizer.model}; {@code tokenizer_config.json} beside either is read too, and with the latter
   * {@code added_tokens.json}. The path of a file is that of a {@code tokenizer.json} or, if it
   * ends with {@code .model}, of a SentencePiece model. For tiktoken files see {@link #ofTiktoken}.
   *
   * @param path the directory or file
   * @return the tokenizer
   * @throws IOException if a file is not there, cannot be read, or is not UTF-8 where it must be
   * @throws IllegalArgumentException if a file is malformed, or asks for what is not supported; a
   *     {@link TokenizerFormatException} if it is no JSON
   */
  public static Tokenizer read(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? fileIn(path) : path;
    refuseTiktoken(file);
    String config = textOr(file.resolveSibling(CONFIG));
    try {
      return read(file, config);
    } catch (TokenizerFormatException e) {
      throw e.in(file);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static Tokenizer read(Path file, String config) throws IOException {
    if (file.toString().endsWith(".model")) {
      String added = textOr(file.resolveSibling("added_tokens.json"));
      return SentencePieceTokenizer.read(
          bytes(file), TokenizerConfig.parse(config), new JsonPlace("", Json.parse(added)));
    }
    return ofJson(text(file), config);
  }

  private static Path fileIn(Path folder) throws IOException {
    for (String name : List.of(TOKENIZER_JSON, SENTENCE_PIECE)) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(TokenizerFiles::isTiktoken)
          .sorted()
          .findFirst()
          .orElseThrow(
              () ->
                  new FileNotFoundException(
                      "There is neither %s nor %s in %s"
                          .formatted(TOKENIZER_JSON, SENTENCE_PIECE, folder)));
    }
  }

  private static boolean isTiktoken(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".tiktoken") || name.equals("tiktoken.model");
  }

  private static void refuseTiktoken(Path file) {
    if (isTiktoken(file)) {
      throw new IllegalArgumentException(
          "%s has ranks of tokens only: give its contents to TokenizerFiles.ofTiktoken, with the"
                  .formatted(file)
              + " regular expression and the special tokens of the model, which are in its Python"
              + " code");
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    checkSize(file, LARGEST_FILE);
    return Files.readAllBytes(file);
  }

  private static void checkSize(Path file, long largest) throws IOException {
    long size = Files.size(file);
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is not a regular file"); // a pipe or a device has no end
    }
    if (size > largest) {
      throw new IllegalArgumentException(
          "%s has %d bytes, more than any tokenizer".formatted(file, size));
    }
  }

  private static String textOr(Path file) throws IOException {
    return Files.exists(file) ? text(file) : NONE;
  }

  private static String text(Path file) throws IOException {
    checkSize(file, LARGEST_TEXT);
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

  /**
   * Makes a tokenizer of the contents of a SentencePiece model and {@code tokenizer_config.json}.
   *
   * <p>Ids are those of the SentencePiece library. Control tokens of the model, and tokens that the
   * configuration adds, are cut out of the text before; what is between them is a text of its own.
   * BOS and EOS are added where the configuration says so by {@code add_bos_token} and {@code
   * add_eos_token}, or by a {@code tokenizer_class} that does.
   *
   * @param model the contents of {@code tokenizer.model}
   * @param config the contents of {@code tokenizer_config.json}; {@code {}} for none
   * @return the tokenizer
   * @throws TokenizerFormatException if the model is malformed, or asks for what is not supported
   * @throws IllegalArgumentException if the configuration does
   */
  public static Tokenizer ofSentencePiece(byte[] model, String config) {
    return SentencePieceTokenizer.read(
        model, TokenizerConfig.parse(config), new JsonPlace("", Json.parse(NONE)));
  }

  /**
   * Makes a tokenizer of the contents of a tiktoken file, which has a token in Base64 and its rank
   * on each line. Encodes as the tiktoken library does: of the pieces that the pre-tokenizer makes,
   * one that is a token is that token; in others the neighbours merge that are together the token
   * of the lowest rank.
   *
   * @param ranks the contents of the file
   * @param preTokenizer splits the text, by the model's {@code pat_str}; see {@link
   *     PreTokenizer#ofPatterns}
   * @param specialTokens the special tokens by text, which the file does not have
   * @return the tokenizer, without BOS and EOS
   * @throws TokenizerFormatException if the file is malformed
   * @throws IllegalArgumentException if a special token has the id of another, or an impossible one
   * @throws NullPointerException if an argument, or a text or an id of a special token, is null
   */
  public static Tokenizer ofTiktoken(
      byte[] ranks, PreTokenizer preTokenizer, Map<String, Integer> specialTokens) {
    Objects.requireNonNull(ranks, "ranks");
    Objects.requireNonNull(preTokenizer, "preTokenizer");
    Objects.requireNonNull(specialTokens, "specialTokens")
        .forEach(
            (text, id) -> {
              Objects.requireNonNull(text, "specialTokens has null for a text");
              Objects.requireNonNull(
                  id, () -> "specialTokens has null for the id of " + Quoted.of(text));
            });
    return TiktokenReader.read(ranks, preTokenizer, specialTokens);
  }
}
