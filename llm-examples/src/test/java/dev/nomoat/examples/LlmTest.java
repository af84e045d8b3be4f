package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every subcommand: help, exit codes, messages. */
class LlmTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate",
        "chat",
        "template",
        "tokenize",
        "logits",
        "embed",
        "rerank",
        "inspect",
        "bench"
      })
  void everySubcommandExplainsItself(String command) {
    Run run = Run.llm(command, "--help");

    assertThat(run.status()).isZero();
    assertThat(run.out()).startsWith("Usage: llm " + command).contains("--model=FILE");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpListsTheSubcommands() {
    Run run = Run.llm("--help");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("generate", "chat", "template", "tokenize", "logits", "embed", "rerank")
        .contains("inspect", "bench");
  }

  @Test
  void withoutACommandTheyAreListed() {
    Run run = Run.llm();

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("Usage: llm").contains("generate", "quantize", "diff");
  }

  @Test
  void whatBeginsWithADashMayBeMeantAsItStands() {
    Run prompt = Run.llm("generate", "-5 degrees");
    assertThat(prompt.status()).isEqualTo(2);
    assertThat(prompt.err()).contains("\"-5 degrees\" goes behind -- if it is no option");
    assertThat(Run.llm("generate", "--tempo=1", "x").err()).contains("\"--tempo=1\" goes behind");
    assertThat(Run.llm("generate", "-n", "2").err()).doesNotContain("goes behind");
    assertThat(Run.llm("chat", "--tempo=1").err()).doesNotContain("goes behind");
    assertThat(Run.llm("generate", "-n", "2", "--", "-5 degrees").status()).isZero();
  }

  @Test
  void whatNobodyExpectsIsAnsweredWithWhatWasPerhapsMeant() throws IOException {
    assertThat(Run.llm("genrate", "x").err()).contains("perhaps generate");
    assertThat(Run.llm("generate", "--temprature", "0.5", "x").err()).contains("--temperature");
    assertThat(Run.llm("generate", "Once", "upon").err()).contains("several words goes in quotes");
    assertThat(Run.llm("inspect", "x.gguf").err()).contains("a model's file goes behind -m");
    assertThat(Run.llm("logits", "--tokens=1", "-o", folder + "/no/x").err())
        .contains("cannot write");
    String story = EmbeddedModel.file().toString();
    Run quantize = Run.llm("quantize", story, folder + "/no/x.gguf", "q8_0", "--requantize");
    assertThat(quantize.err()).contains(folder.resolve("no") + ": the folder for x.gguf");
  }

  @Test
  void logitsDoNotReplaceTheirModel() throws IOException {
    Path model = Files.copy(EmbeddedModel.file(), folder.resolve("model.gguf"));
    long size = Files.size(model);
    Run run = Run.llm("logits", "--tokens=1", "-m", model.toString(), "-o", model.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("is an input");
    assertThat(Files.size(model)).isEqualTo(size);
    Path folderOfModel = Files.createDirectory(folder.resolve("hub"));
    Path weights = Files.writeString(folderOfModel.resolve("model.safetensors"), "weights");
    run = Run.llm("logits", "--tokens=1", "-m", folderOfModel.toString(), "-o", weights.toString());
    assertThat(run.err()).contains("is an input");
    assertThat(weights).hasContent("weights");
  }

  @Test
  void versionNamesTheJvm() {
    Run run = Run.llm("--version");

    assertThat(run.status()).isZero();
    assertThat(run.out()).startsWith("llm ").contains("Java " + Runtime.version());
  }

  static Stream<List<String>> wrongUsage() {
    return Stream.of(
        List.of("sing"),
        List.of("generate"),
        List.of("embed"),
        List.of("embed", "--json", "text"),
        List.of("embed", "--dimensions=-1", "text"),
        List.of("embed", "--pooling=most", "text"),
        List.of("rerank", "query"),
        List.of("generate", "one", "two"),
        List.of("generate", "--nonsense", "text"),
        List.of("generate", "-n", "many", "text"),
        List.of("generate", "-n", "-1", "text"),
        List.of("generate", "--temperature", "NaN", "text"),
        List.of("generate", "--top-p", "2", "text"),
        List.of("generate", "--stop", "", "text"),
        List.of("generate", "--threads", "-1", "text"),
        List.of("generate", "--context", "-1", "text"),
        List.of("generate", "--cache-type", "f8", "text"),
        List.of("generate", "--activations", "half", "text"),
        List.of("chat", "hello"),
        List.of("template"),
        List.of("template", "request.json", "--json"),
        List.of("tokenize"),
        List.of("logits", "--tokens", "1,2"),
        List.of("logits", "-o", "out"),
        List.of("logits", "--tokens", "1,x", "-o", "out"),
        List.of("inspect", "--tokens", "-1"),
        List.of("bench", "-p", "0"),
        List.of("bench", "-r", "0"),
        List.of("bench", "--parallel", "1,0"),
        List.of("bench", "-d", "-1"));
  }

  @ParameterizedTest
  @MethodSource
  void wrongUsage(List<String> arguments) {
    Run run = Run.llm(arguments.toArray(String[]::new));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("llm: ").contains("--help").hasLineCount(1);
  }

  @Test
  void aMissingFileIsNamedInOneLine() {
    Path missing = folder.resolve("missing.gguf");

    for (String command : new String[] {"generate", "tokenize"}) {
      Run run = Run.llm(command, "-m", missing.toString(), "text");

      assertThat(run.status()).isEqualTo(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).isEqualToIgnoringNewLines("llm: no such file: " + missing);
    }
  }

  @Test
  void aFolderWithoutAModelIsNamed() {
    Run run = Run.llm("inspect", "-m", folder.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("llm: " + folder, "config.json").hasLineCount(1);
  }

  @Test
  void aBadFileIsExplainedInOneLine() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.gguf"), "this is not a model at all");

    Run run = Run.llm("inspect", "-m", bad.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("llm: ").contains("bad.gguf").hasLineCount(1);
  }

  @Test
  void debugAddsTheStackTrace() {
    String missing = folder.resolve("missing.gguf").toString();

    assertThat(Run.llm("inspect", "-m", missing, "--debug").err()).contains("\tat dev.nomoat.");
    assertThat(Run.llm("--debug", "inspect", "-m", missing).err()).contains("\tat dev.nomoat.");
  }

  @Test
  void outputThatNobodyReadsEndsTheRun() {
    var err = new ByteArrayOutputStream();
    var closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("broken pipe");
          }
        };
    var streams =
        new Streams(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(closed, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);

    int status = Llm.run(streams, "generate", "-n", "5", "Once upon a time");

    assertThat(status).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualToIgnoringNewLines("llm: cannot write to the standard output");
  }
}
