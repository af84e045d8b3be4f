package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording tells of a model. */
class FlightRecordingTest {
  private static long sum(
      List<RecordedEvent> events, String name, ToLongFunction<RecordedEvent> of) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("dev.nomoat." + name))
        .mapToLong(of)
        .sum();
  }

  @Test
  void tellsOfLoadingStepsWaitingReuseAndEviction(@TempDir Path folder) throws IOException {
    int[] first = Arrays.copyOf(Story.ids(), 100);
    int[] other = Arrays.copyOfRange(Story.ids(), 50, 200);
    Path file = folder.resolve("a.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("dev.nomoat.Load");
      for (String name : List.of("Step", "QueueWait", "Eviction")) {
        recording.enable("dev.nomoat." + name).withoutThreshold();
      }
      recording.start();
      try (LanguageModel model =
          Story.load("q4_0", options -> options.withContextLength(192).withCacheBytes(1 << 20))) {
        for (int[] ids : List.of(first, first, other, other)) {
          model.generate(
              GenerationRequest.of(Prompt.tokens(ids))
                  .withMaxTokens(10)
                  .withIgnoreEndOfGeneration(true));
        }
      }
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(sum(events, "Load", event -> 1)).isEqualTo(1);
    assertThat(sum(events, "Load", event -> event.getInt("threads"))).isPositive();
    long reused = sum(events, "QueueWait", event -> event.getInt("reusedTokens"));
    assertThat(sum(events, "QueueWait", event -> 1)).isEqualTo(4);
    assertThat(sum(events, "QueueWait", event -> event.getInt("promptTokens"))).isEqualTo(500);
    assertThat(reused).isBetween(99L + 149, 110L + 160);
    // the first token of a request comes out of its last prompt token
    assertThat(sum(events, "Step", event -> event.getInt("prefillTokens")))
        .isBetween(500 - reused - 4, 500 - reused);
    assertThat(sum(events, "Step", event -> event.getInt("decodeTokens"))).isBetween(36L, 44L);
    assertThat(sum(events, "Step", event -> event.getInt("sequences"))).isGreaterThan(38);
  }
}
