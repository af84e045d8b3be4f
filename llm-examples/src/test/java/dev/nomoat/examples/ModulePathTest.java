package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application with a module descriptor: it needs the libraries, SLF4J, and no flag. */
class ModulePathTest {
  @TempDir private Path folder;

  @Test
  void anApplicationOnTheModulePathNeedsNoFlag() throws Exception {
    Path source = Files.createDirectories(folder.resolve("src/app"));
    Files.writeString(
        folder.resolve("src/module-info.java"), "module app { requires dev.nomoat; }");
    Files.writeString(
        source.resolve("Main.java"),
        """
        package app;

        import dev.nomoat.LanguageModel;
        import java.nio.file.Path;

        public class Main {
          public static void main(String[] args) throws Exception {
            boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            System.out.println("vectors " + vectors);
            try (LanguageModel model = LanguageModel.load(Path.of(args[0]))) {
              System.out.println(model.tokenizer().count("Once upon a time") > 0);
            }
          }
        }
        """);
    String modules = libraries();
    String classes = folder.resolve("classes").toString();
    run(
        "javac",
        "--module-path",
        modules,
        "-d",
        classes,
        folder.resolve("src/module-info.java").toString(),
        source.resolve("Main.java").toString());
    String output =
        run(
            "java",
            "--module-path",
            modules + File.pathSeparator + classes,
            "--module",
            "app/app.Main",
            "src/main/resources/dev/nomoat/examples/story-q8_0.gguf");
    assertThat(output).contains("vectors true").contains("\ntrue");
  }

  /** What the engine needs at run time, and nothing beside. */
  private static String libraries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.matches(".*\\b(llm-(core|quant|tokenizer)|slf4j-api)\\b.*"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String run(String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", tool).toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
