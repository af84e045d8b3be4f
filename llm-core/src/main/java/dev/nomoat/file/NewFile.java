package dev.nomoat.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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

  /** Gives a complete file its name. */
  private interface Naming {
    void name(Path temporary, Path target) throws IOException;
  }

  /**
   * Writes a file, replacing what was there. The bytes go to a temporary file in the same folder,
   * which is removed on failure.
   *
   * @param target where to write
   * @param body writes the bytes; what it throws is passed on
   * @throws IOException if writing fails, or what is there is no regular file
   */
  public static void write(Path target, Body body) throws IOException {
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new IOException(target + " is not a regular file, and is not replaced by one");
    }
    write(target, body, NewFile::replace);
  }

  /**
   * Writes a file where none is. The bytes go to a temporary file in the same folder, which is
   * removed on failure.
   *
   * @param target where to write
   * @param body writes the bytes; what it throws is passed on
   * @throws FileAlreadyExistsException if there is something, or somebody else was faster
   * @throws IOException if writing fails
   */
  public static void create(Path target, Body body) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    write(target, body, NewFile::addName);
  }

  private static void replace(Path temporary, Path target) throws IOException {
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A link is made only where nothing is; looking first and renaming then is two steps. */
  private static void addName(Path temporary, Path target) throws IOException {
    try {
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(temporary, target); // a file system without links
      return;
    }
    Files.delete(temporary);
  }

  private static void write(Path target, Body body, Naming naming) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "the folder for " + target.getFileName());
    }
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
      naming.name(temporary, target);
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
