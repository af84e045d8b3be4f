package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedModelTest {
  @TempDir private Path folder;

  @Test
  void isWrittenOnceAndUsedAgain() throws IOException {
    Path file = EmbeddedModel.file(folder.resolve("new"));
    FileTime past = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(file, past);

    assertThat(EmbeddedModel.file(folder.resolve("new"))).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(past);
    assertThat(file).binaryContent().startsWith('G', 'G', 'U', 'F');
  }

  @Test
  void aDamagedCopyIsReplaced() throws IOException {
    Path file = EmbeddedModel.file(folder);
    byte[] good = Files.readAllBytes(file);
    byte[] bad = good.clone();
    bad[bad.length / 2] ^= 1;
    Files.write(file, bad);

    assertThat(EmbeddedModel.file(folder)).isEqualTo(file).hasBinaryContent(good);
    assertThat(folder).isDirectoryContaining(file::equals);
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void manyMayAskAtOnce() throws Exception {
    Set<Path> files = new HashSet<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<Path> ask = () -> EmbeddedModel.file(folder);
      for (Future<Path> file : threads.invokeAll(java.util.Collections.nCopies(8, ask))) {
        files.add(file.get());
      }
    }
    assertThat(files).hasSize(1);
    try (var left = Files.list(folder)) {
      assertThat(left).hasSize(1);
    }
  }
}
