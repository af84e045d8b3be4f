package dev.nomoat.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that appear complete or not at all. */
class NewFileTest {
  private static final byte[] OURS = "ours".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;

  private static void ours(FileChannel channel) throws IOException {
    channel.write(ByteBuffer.wrap(OURS));
  }

  @Test
  void writingReplacesAFile() throws IOException {
    Path target = Files.writeString(directory.resolve("f"), "theirs");
    NewFile.write(target, NewFileTest::ours);
    assertThat(target).hasBinaryContent(OURS);
    assertThat(directory.toFile().list()).containsExactly("f");
  }

  @Test
  void devicesAndFoldersAreNotReplaced() throws IOException {
    Path device = Files.createSymbolicLink(directory.resolve("null"), Path.of("/dev/null"));
    Path folder = Files.createDirectory(directory.resolve("folder"));
    for (Path target : new Path[] {device, folder}) {
      assertThatThrownBy(() -> NewFile.write(target, NewFileTest::ours))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(target + " is not a regular file");
    }
    assertThat(device).isSymbolicLink();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("null", "folder");
  }

  @Test
  void creatingReplacesNothing() throws IOException {
    Path target = directory.resolve("f");
    NewFile.create(target, NewFileTest::ours);
    assertThat(target).hasBinaryContent(OURS);
    assertThatThrownBy(() -> NewFile.create(target, channel -> {}))
        .isInstanceOf(FileAlreadyExistsException.class);
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    assertThatThrownBy(() -> NewFile.create(link, NewFileTest::ours))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasBinaryContent(OURS);
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("f", "link");
  }

  @Test
  void ofTwoThatCreateAFileTheFirstToEndWins() throws IOException {
    Path target = directory.resolve("f");
    assertThatThrownBy(
            () ->
                NewFile.create(
                    target,
                    slow -> {
                      slow.write(ByteBuffer.wrap(new byte[3]));
                      NewFile.create(target, NewFileTest::ours);
                    }))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasBinaryContent(OURS);
    assertThat(directory.toFile().list()).containsExactly("f");
  }
}
