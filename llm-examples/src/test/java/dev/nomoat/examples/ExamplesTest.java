package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stand-alone examples do what their comments say. */
class ExamplesTest {
  private final PrintStream before = System.out;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void capture() {
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void release() {
    System.setOut(before);
  }

  @Test
  void streamAStory() throws IOException {
    StreamAStory.main(new String[0]);

    assertThat(text()).startsWith("Once upon a time").containsPattern("\\d+ tokens/s");
  }

  @Test
  void askAQuestion() throws IOException {
    AskAQuestion.main(new String[0]);

    assertThat(text()).contains("The sky is blue.", "The cow says moo.");
  }

  @Test
  void callATool() throws IOException {
    CallATool.main(new String[0]);

    assertThat(text().lines()).hasSize(2).first().isEqualTo("get_weather {\"city\":\"Paris\"}");
    assertThat(text()).contains("sunny", "21 degrees");
  }

  @Test
  void manyThreads() throws IOException {
    ManyThreads.main(new String[0]);

    assertThat(text().lines().filter(line -> line.startsWith("* Once upon a time"))).hasSize(4);
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
