package dev.nomoat.examples;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The story model that comes inside the jar of the examples, so that everything runs without a
 * download. It has 3.7 million parameters, tells short stories, answers simple questions and calls
 * tools.
 */
final class EmbeddedModel {
  private static final String RESOURCE = "/dev/nomoat/examples/story-q8_0.gguf";

  private EmbeddedModel() {}

  /**
   * A file with the model, for {@code LanguageModel.load}. The first call writes it to the user's
   * cache folder; later ones check its content and use it again. Safe to call from several
   * processes at once.
   *
   * @throws IOException when the file cannot be written
   */
  static Path file() throws IOException {
    try {
      return file(cacheFolder());
    } catch (FileSystemException e) {
      // A service account may have no home that it can write to.
      Path file = Files.createTempFile("story-q8_0", ".gguf");
      file.toFile().deleteOnExit();
      return Files.write(file, content());
    }
  }

  /** {@link #file()} with {@code folder} as the cache. */
  static Path file(Path folder) throws IOException {
    byte[] content = content();
    // Named by its content, so that programs of different versions do not overwrite each other's.
    Path file = folder.resolve("story-q8_0-" + digest(content) + ".gguf");
    if (Files.isRegularFile(file)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content)) {
      return file;
    }
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "story", ".part");
    try {
      Files.write(part, content);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    return file;
  }

  private static byte[] content() throws IOException {
    try (InputStream stream = EmbeddedModel.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new FileNotFoundException("the resource " + RESOURCE + " is missing from the jar");
      }
      return stream.readAllBytes();
    }
  }

  private static String digest(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static Path cacheFolder() {
    String home = System.getProperty("user.home", ".");
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    Path caches;
    if (system.startsWith("mac")) {
      caches = Path.of(home, "Library", "Caches");
    } else if (system.startsWith("windows")) {
      caches = environment("LOCALAPPDATA", Path.of(home, "AppData", "Local"));
    } else {
      caches = environment("XDG_CACHE_HOME", Path.of(home, ".cache"));
    }
    return caches.resolve("nomoat");
  }

  private static Path environment(String variable, Path otherwise) {
    String value = System.getenv(variable);
    return value == null || value.isBlank() ? otherwise : Path.of(value);
  }
}
