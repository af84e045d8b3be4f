package dev.nomoat.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Files that appear under their name at once and complete, or not at all. */
public final class NewFile {
  /** In bytes: what is left when a file has taken all that there was. */
  private static final long NEXT_TO_NOTHING = 1 << 16;

  private NewFile() {}

  /** Writes the bytes. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes all of them.
     *
     * @param channel where to
     * @throws IOException if writing fails
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes a file, replacing what was there. The bytes go to a temporary file in the same folder,
   * which is removed on failure.
   *
   * @param target where to write
   * @param body writes the bytes; what it throws is passed on
   * @throws IOException if writing fails
   */
  public static void write(Path target, Body body) throws IOException {
    Path temporary = null;
    try {
      temporary = createBeside(target);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        try (WriteBehind _ = new WriteBehind(channel)) {
          body.writeTo(channel);
        }
        // Or else a crash of the machine could leave the name with an empty file.
        channel.force(true);
      } catch (IOException e) {
        throw isFull(temporary) ? full(target, e) : e;
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable e) {
      try {
        if (temporary != null) {
          Files.deleteIfExists(temporary);
        }
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static boolean isFull(Path temporary) throws IOException {
    return Files.getFileStore(temporary).getUsableSpace() < NEXT_TO_NOTHING;
  }

  /** What the system says names no file. */
  private static IOException full(Path target, IOException cause) {
    return new IOException("the disk is full, %s was not written".formatted(target), cause);
  }

  /** Not {@link Files#createTempFile}, whose files only their owner may read. */
  private static Path createBeside(Path target) throws IOException {
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return Files.createFile(target.resolveSibling("." + target.getFileName() + "." + suffix));
  }
}
