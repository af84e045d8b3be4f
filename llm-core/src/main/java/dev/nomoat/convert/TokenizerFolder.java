package dev.nomoat.convert;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.model.huggingface.HuggingFaceFolder;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerFiles;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The files of a folder that describe its tokenizer.
 *
 * @param path the folder
 * @param tokenizer what they make, read before
 * @param json {@code tokenizer.json}, if there is one
 * @param sentencePiece the pieces of {@code tokenizer.model}, if the tokenizer is made of them
 * @param settings {@code tokenizer_config.json}, or an empty object
 * @param config {@code config.json}
 */
record TokenizerFolder(
    Path path,
    Tokenizer tokenizer,
    Optional<JsonPlace> json,
    Optional<Tokenizer> sentencePiece,
    JsonPlace settings,
    JsonPlace config) {
  /** In bytes; those of models have some millions. */
  private static final long LARGEST_MODEL = 1 << 28;

  private static final JsonPlace NOTHING = new JsonPlace("", Json.parse("{}"));

  /**
   * Reads the files.
   *
   * @param path the folder
   * @param tokenizer its tokenizer, so that its files are known to be of some size and well-formed
   * @param config its {@code config.json}
   */
  static TokenizerFolder read(Path path, Tokenizer tokenizer, JsonPlace config) throws IOException {
    Path file = path.resolve("tokenizer.json");
    Optional<JsonPlace> json = Optional.empty();
    if (Files.exists(file)) {
      try {
        json = Optional.of(new JsonPlace("", Json.parse(Files.readString(file))));
      } catch (JsonException e) {
        throw new ModelFormatException(file, 0, "JSON", String.valueOf(e.getMessage()), e);
      }
    }
    Optional<Tokenizer> pieces =
        json.isPresent() && !spellsBytes(json.get())
            ? Optional.empty()
            : sentencePiece(path.resolve("tokenizer.model"), tokenizer);
    JsonPlace settings = HuggingFaceFolder.json(path, "tokenizer_config.json").orElse(NOTHING);
    return new TokenizerFolder(path, tokenizer, json, pieces, settings, config);
  }

  /** Whether what is in no token is spelt by byte tokens, as SentencePiece does. */
  private static boolean spellsBytes(JsonPlace json) {
    return json.get("model").flag("byte_fallback", false);
  }

  /** The pieces, if ids mean the same there. */
  private static Optional<Tokenizer> sentencePiece(Path file, Tokenizer tokenizer)
      throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Tokenizer pieces;
    try (OpenFile open = OpenFile.open(file)) {
      if (open.size() > LARGEST_MODEL) {
        throw open.fault(LARGEST_MODEL, "at most %d bytes".formatted(LARGEST_MODEL), "more");
      }
      byte[] bytes = new byte[(int) open.size()];
      open.read(0, MemorySegment.ofArray(bytes), "a SentencePiece model");
      // without the folder's configuration, which may name ids otherwise
      pieces = TokenizerFiles.ofSentencePiece(bytes, "{}");
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          file, 0, "a SentencePiece model", String.valueOf(e.getMessage()), e);
    }
    int ids = Math.min(pieces.vocabularySize(), tokenizer.vocabularySize());
    boolean same =
        IntStream.range(0, ids)
            .filter(id -> tokenizer.token(id).type() == TokenType.NORMAL)
            .allMatch(id -> tokenizer.token(id).text().equals(pieces.token(id).text()));
    return same ? Optional.of(pieces) : Optional.empty();
  }
}
