package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/llm} in a source tree of its own, whose path has spaces, with a java that prints how
 * it was called and a mvn that makes an empty jar. The last test runs the real program.
 */
class LauncherTest {
  /** What the launcher may call. A PATH of these alone has neither java nor mvn. */
  private static final List<String> TOOLS =
      List.of(
          "sh", "dirname", "readlink", "sed", "find", "head", "mkdir", "ln", "rm", "mv", "sleep");

  @TempDir private Path folder;

  private Path root;
  private Path launcher;
  private Path tools;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeTree() throws IOException {
    root = folder.resolve("it's a \"place\" with spaces");
    launcher = root.resolve("llm-examples/bin/llm");
    write(launcher, Files.readString(Path.of("bin/llm")));
    write(root.resolve("pom.xml"), "<project/>");
    write(root.resolve("llm-examples/pom.xml"), "<project/>");
    write(source(), "class A {}");
    tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : TOOLS) {
      // No links: JUnit warns about those that lead out of the folder that it deletes.
      write(tools.resolve(tool), "#!/bin/sh\nexec '" + find(tool) + "' \"$@\"\n");
    }
    write(
        tools.resolve("mvn"),
        """
        #!/bin/sh
        echo noise of the build
        read -r line && echo "mvn has read $line"
        echo "in $PWD with $JAVA_HOME: $*" >>build.log
        sleep "${BUILD_SECONDS:-0}"
        [ -z "${BUILD_FAILS:-}" ] || exit 7
        mkdir -p llm-examples/target
        : >llm-examples/target/llm-examples.jar
        """);
    environment.put("PATH", tools.toString());
    environment.put("HOME", folder.toString());
    environment.put("JAVA_HOME", jdk("good jdk", "25.0.1").toString());
  }

  @Test
  void passesArgumentsUnchanged() throws Exception {
    Result result =
        script("'%s' generate 'two  words' '' '*' '$HOME' '\"quoted\"' 'é🦊' -- '-x\ny' '\\n'");

    assertThat(result.status()).isZero();
    assertThat(result.arguments())
        .containsExactly(
            "generate", "two  words", "", "*", "$HOME", "\"quoted\"", "é🦊", "--", "-x\ny", "\\n");
  }

  @Test
  void givesTheJvmWhatTheProgramNeeds() throws Exception {
    environment.put("LLM_JAVA_OPTS", "-Xmx1g  -Dglob=*");

    Result result = script("'%s'");

    assertThat(result.options())
        .containsSequence("--add-modules", "jdk.incubator.vector")
        .contains("-Dstdout.encoding=UTF-8", "-Dstdin.encoding=UTF-8", "-Dllm.interactive=")
        .containsSubsequence("-Xmx1g", "-Dglob=*", "-jar");
    assertThat(result.options().getLast())
        .isEqualTo(root.toRealPath().resolve("llm-examples/target/llm-examples.jar").toString());
  }

  @Test
  void staysInTheCallersFolder() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));

    assertThat(script("cd '" + elsewhere + "' && '%s'").out())
        .contains("folder " + elsewhere.toRealPath() + "\n");
  }

  @Test
  void worksThroughLinksAndRelativePaths() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("home/my bin"));
    Files.createSymbolicLink(bin.resolve("real"), launcher);
    Files.createSymbolicLink(bin.resolve("llm"), Path.of("real"));
    Files.createSymbolicLink(folder.resolve("linked tree"), root);

    for (String call :
        List.of(
            "'" + bin.resolve("llm") + "' text",
            "cd '" + bin + "' && ./llm text",
            "cd '" + bin + "' && sh llm text",
            "cd '" + folder + "' && 'linked tree/llm-examples/bin/llm' text",
            "CDPATH=/ PATH='" + bin + "':$PATH && llm text")) {
      Result result = script(call);
      assertThat(result.status()).as(call).isZero();
      assertThat(result.arguments()).as(call).containsExactly("text");
    }
  }

  @Test
  void readsArgumentsAsUtf8InAPlainLocale() throws Exception {
    assertThat(script("LC_ALL=C '%s'").out()).contains("locale C.UTF-8\n");
    assertThat(script("LC_ALL= LC_CTYPE= LANG= '%s'").out()).contains("locale C.UTF-8\n");
    assertThat(script("LC_ALL=fr_FR.UTF-8 '%s'").out()).contains("locale fr_FR.UTF-8\n");
  }

  @Test
  void prefersJavaHomeThenThePath() throws Exception {
    Path other = jdk("other jdk", "26-ea");
    Files.createSymbolicLink(tools.resolve("java"), other.resolve("bin/java"));

    assertThat(script("'%s'").out()).contains("java " + folder.resolve("good jdk"));
    environment.put("JAVA_HOME", jdk("old jdk", "17.0.2").toString());
    assertThat(script("'%s'").out()).contains("java " + other);
    environment.remove("JAVA_HOME");
    assertThat(script("'%s'").out()).contains("java " + other);
  }

  @Test
  void asksAJavaThatIsNoPartOfItsHome() throws Exception {
    Path home = jdk("hidden jdk", "25");
    write(tools.resolve("java"), "#!/bin/sh\necho '    java.home = " + home + "' >&2\n");
    environment.remove("JAVA_HOME");

    assertThat(script("'%s'").out()).contains("java " + home);
  }

  @Test
  void asksAJdkWithoutAReleaseFileForItsVersion() throws Exception {
    Path home = jdk("good jdk", "25");
    Files.delete(home.resolve("release"));

    assertThat(script("'%s'").out()).contains("java " + home);
  }

  @Test
  void findsAJdkOfTheUser() throws Exception {
    environment.remove("JAVA_HOME");
    // No release of Java satisfies this launcher but the one in the home folder.
    write(launcher, Files.readString(launcher).replace("needed=25", "needed=900"));
    Path home = jdk(".sdkman/candidates/java/900.0.1-open", "900.0.1");

    assertThat(script("'%s'").out()).contains("java " + home);
  }

  @Test
  void saysThatThereIsNoJdk() throws Exception {
    write(launcher, Files.readString(launcher).replace("needed=25", "needed=900"));

    Result result = script("'%s'");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("no JDK 900", "25.0.1 in " + folder.resolve("good jdk"));
  }

  @Test
  void aRuntimeWithoutACompilerIsNoJdk() throws Exception {
    Path other = jdk("other jdk", "25.0.2");
    Files.createSymbolicLink(tools.resolve("java"), other.resolve("bin/java"));
    Files.delete(folder.resolve("good jdk/bin/javac"));

    assertThat(script("'%s'").out()).contains("java " + other);
  }

  @Test
  void saysThatThereIsNoMaven() throws Exception {
    Files.delete(tools.resolve("mvn"));

    Result result = script("'%s'");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("no mvn on the PATH");
  }

  @Test
  void buildsOnFirstUseAndWhenASourceIsNewer() throws Exception {
    Result first = script("echo input | '%s'");

    assertThat(first.status()).isZero();
    assertThat(first.out()).doesNotContain("noise", "mvn").contains("input input\n");
    assertThat(first.err()).contains("building with Maven", "noise of the build");
    assertThat(builds())
        .singleElement()
        .asString()
        .startsWith("in " + root.toRealPath() + " with " + folder.resolve("good jdk") + ": ")
        .contains("-pl llm-examples -am package");

    assertThat(script("'%s'").err()).isEmpty();
    assertThat(builds()).hasSize(1);

    makeOld();
    Files.setLastModifiedTime(source(), FileTime.from(Instant.now().minusSeconds(30)));
    assertThat(script("'%s'").err()).contains("building");
    assertThat(builds()).hasSize(2);
    assertThat(script("'%s'").err()).isEmpty();

    makeOld();
    Files.delete(source());
    assertThat(script("'%s'").err()).contains("building");
    assertThat(builds()).hasSize(3);
  }

  @Test
  void leavesAFreshBuildByMavenAlone() throws Exception {
    write(root.resolve("llm-examples/target/llm-examples.jar"), "");

    assertThat(script("'%s'").err()).isEmpty();
  }

  @Test
  void aFailedBuildEndsTheRunAndIsTriedAgain() throws Exception {
    environment.put("BUILD_FAILS", "yes");
    for (int i = 1; i <= 2; i++) {
      Result result = script("'%s'");

      assertThat(result.status()).isEqualTo(1);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).contains("the build failed");
      assertThat(builds()).hasSize(i);
    }
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    environment.put("BUILD_SECONDS", "0.3");

    Result result = script("'%1$s' one & '%1$s' two; wait");

    assertThat(result.status()).isZero();
    assertThat(result.arguments()).containsExactlyInAnyOrder("one", "two");
    assertThat(builds()).hasSize(1);
    assertThat(root.resolve("llm-examples/target/llm.lock")).doesNotExist();
  }

  @Test
  void theLockOfADeadBuildIsIgnored() throws Exception {
    Path target = Files.createDirectories(root.resolve("llm-examples/target"));
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.createSymbolicLink(target.resolve("llm.lock"), Path.of(Long.toString(dead.pid())));

    assertThat(script("'%s'").status()).isZero();
    assertThat(builds()).hasSize(1);
  }

  @Test
  void runsTheProgram() throws Exception {
    packageProgram(root.resolve("llm-examples/target/llm-examples.jar"));
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.copy(EmbeddedModel.file(models), models.resolve("my story.gguf"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("LC_ALL", "C");

    Result ids = script("cd '" + models + "' && '%s' tokenize -m 'my story.gguf' 'é 🦊'");
    Result text = script("cd '" + models + "' && '%s' generate -m 'my story.gguf' -n3 --seed=1 é");

    assertThat(ids.out()).isEqualToIgnoringNewLines(Run.llm("tokenize", "é 🦊").out());
    assertThat(text.status()).isZero();
    assertThat(text.out()).isEqualTo(Run.llm("generate", "-n3", "--seed=1", "é").out());
  }

  private record Result(int status, String out, String err) {
    List<String> options() {
      return lines("option ");
    }

    List<String> arguments() {
      return lines("argument ");
    }

    private List<String> lines(String kind) {
      return Stream.of(out.split("\0\n"))
          .filter(line -> line.startsWith(kind))
          .map(line -> line.substring(kind.length()))
          .toList();
    }
  }

  /**
   * Runs a shell script, with the path of the launcher for {@code %s}. A script rather than a
   * process, because how Java encodes the arguments of processes depends on the locale.
   */
  private Result script(String text) throws IOException, InterruptedException {
    String quoted = launcher.toString().replace("'", "'\\''");
    Path script = folder.resolve("script");
    write(script, text.replace("%s", quoted).replace("%1$s", quoted) + "\n");
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder =
        new ProcessBuilder("/bin/sh", script.toString())
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    int status = process.waitFor();
    return new Result(status, Files.readString(out), Files.readString(err));
  }

  private List<String> builds() throws IOException {
    return Files.readAllLines(root.resolve("build.log"));
  }

  private Path source() {
    return root.resolve("llm-examples/src/main/java/A.java");
  }

  /** Sets all files and folders back, so that a change now is newer on any file system. */
  private void makeOld() throws IOException {
    FileTime past = FileTime.from(Instant.now().minusSeconds(60));
    try (var files = Files.walk(root)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, past);
      }
    }
  }

  /** A JDK by its looks: its java prints where and how it was called. */
  private Path jdk(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    write(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    write(home.resolve("bin/javac"), "#!/bin/sh\n");
    write(
        home.resolve("bin/java"),
        """
        #!/bin/sh
        [ "$1" != -version ] || { echo 'openjdk version "VERSION" x' >&2; exit; }
        kind=option
        jar=
        for argument; do
          printf '%s %s\\0\\n' "$kind" "$argument"
          [ -z "$jar" ] || kind=argument
          jar=
          [ "$argument" != -jar ] || jar=next
        done
        echo "java ${0%/bin/java}"
        echo "folder $PWD"
        echo "locale ${LC_ALL:-}"
        read -r line && echo "input $line"
        exit 0
        """
            .replace("VERSION", version));
    return home;
  }

  private static Path find(String tool) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .map(entry -> Path.of(entry, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** What Maven makes in its package phase, which comes after the tests. */
  private static void packageProgram(Path jar) throws IOException {
    Files.createDirectories(jar.getParent());
    List<String> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      classPath.add(Path.of(entry).toUri().toString());
    }
    var manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, "dev.nomoat.examples.Llm");
    attributes.put(Attributes.Name.CLASS_PATH, String.join(" ", classPath));
    try (OutputStream out = Files.newOutputStream(jar);
        var archive = new JarOutputStream(out, manifest)) {
      archive.finish();
    }
  }
}
