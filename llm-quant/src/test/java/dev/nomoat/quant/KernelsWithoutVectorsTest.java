package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** In a JVM that was started without the vector module. */
@Tag("novector")
class KernelsWithoutVectorsTest {
  @Test
  void scalarKernelsRunAndOneWarningNamesTheFlag() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Kernels>> found = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        found.add(
            threads.submit(
                () -> {
                  start.await();
                  return Kernels.best();
                }));
      }
      start.countDown();
      for (Future<Kernels> kernels : found) {
        assertThat(kernels.get()).isSameAs(Kernels.scalar());
      }
    }
    assertThat(ModuleLayer.boot().findModule("jdk.incubator.vector")).isEmpty();
    assertThat(Kernels.best().description()).isEqualTo("scalar");
    assertThat(RecordingLogs.events())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.level()).isEqualTo(Level.WARN);
              assertThat(event.logger()).isEqualTo(Kernels.class.getName());
              assertThat(event.message()).contains("--add-modules jdk.incubator.vector");
            });
  }

  @Test
  void productsHaveTheSameBitsAsWithVectors() {
    assertThat(KernelsGoldens.compute(Kernels.best())).isEqualTo(KernelsGoldens.EXPECTED);
  }

  @Test
  void blocksHaveTheSameBitsAsWithVectors() {
    assertThat(EncoderRows.checksums(Kernels.best())).isEqualTo(EncoderRows.CHECKSUMS);
  }
}
