package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.LanguageModel;
import dev.nomoat.LoadOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pieces of Java in the README compile, and those of its guide run. */
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Pattern PIECE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static final Pattern IMPORT = Pattern.compile("^    (import .*;)$", Pattern.MULTILINE);

  /** What pieces of the guide have, as the README says. */
  private static final String GIVEN = "LanguageModel model, Path file";

  /** What pieces that are only compiled have instead. */
  private static final String PATHS = "Path folder, Path full, Path small, Path path";

  @TempDir private Path classes;

  @Test
  void theWholeProgramRuns() throws Exception {
    String program = pieces("## Use it", "### The one flag").getFirst();

    compile("Main", program);

    String printed =
        printed("Main", "main", (Object) new String[] {EmbeddedModel.file().toString()});
    assertThat(printed).startsWith("Once upon a time").hasSizeGreaterThan(100);
  }

  @Test
  void thePiecesOfTheGuideRun() throws Exception {
    List<String> pieces = pieces("## Guide", "## Model files");
    assertThat(pieces).hasSizeGreaterThan(7);

    try (LanguageModel model =
        LanguageModel.load(EmbeddedModel.file(), LoadOptions.defaults().withContextLength(256))) {
      for (String piece : pieces) {
        compile("Piece", inMethod(GIVEN, piece));
        String printed = printed("Piece", "run", model, EmbeddedModel.file());
        assertThat(printed.isBlank()).as(piece).isEqualTo(!piece.contains("println"));
      }
    }
  }

  @Test
  void theOtherPiecesCompile() throws IOException {
    List<String> pieces = pieces("## Model files", "## Artifacts");
    assertThat(pieces).isNotEmpty();

    for (String piece : pieces) {
      compile("Piece", inMethod(PATHS, piece));
    }
  }

  private static List<String> pieces(String from, String to) throws IOException {
    return found(PIECE, from, to);
  }

  /** A piece in its method, with the imports that the guide lists. */
  private static String inMethod(String parameters, String piece) throws IOException {
    String imports = String.join("\n", found(IMPORT, "## Guide", "## Model files"));
    return """
    %s

    public class Piece {
      public static void run(%s) throws Exception {
    %s
      }
    }
    """
        .formatted(imports, parameters, piece);
  }

  /** What matches between two headings. */
  private static List<String> found(Pattern pattern, String from, String to) throws IOException {
    String all = Files.readString(README);
    String part = all.substring(all.indexOf("\n" + from + "\n"), all.indexOf("\n" + to + "\n"));
    return pattern.matcher(part).results().map(match -> match.group(1)).toList();
  }

  private void compile(String name, String source) throws IOException {
    Path file = classes.resolve(name + ".java");
    Files.writeString(file, source);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var messages = new StringWriter();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean right =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      assertThat(right).as("%s%n%s", messages, source).isTrue();
    }
  }

  /** What a method of a class that was compiled prints. */
  private String printed(String name, String method, Object... arguments) throws Exception {
    var printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Method found =
          Stream.of(loader.loadClass(name).getMethods())
              .filter(each -> each.getName().equals(method))
              .findFirst()
              .orElseThrow();
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      found.invoke(null, arguments);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
