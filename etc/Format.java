import com.google.googlejavaformat.java.GoogleJavaFormatToolProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs google-java-format over every Java file of the given folders: {@code check|apply FOLDER…}.
 */
final class Format {
  private Format() {}

  public static void main(String[] args) throws IOException {
    List<String> arguments = new ArrayList<>();
    switch (args[0]) {
      case "check" -> arguments.addAll(List.of("--dry-run", "--set-exit-if-changed"));
      case "apply" -> arguments.add("--replace");
      default -> throw new IllegalArgumentException("check or apply, not " + args[0]);
    }
    int options = arguments.size();
    for (int i = 1; i < args.length; i++) {
      Path folder = Path.of(args[i]);
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (var files = Files.walk(folder)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !folder.relativize(file).toString().contains("target/"))
            .map(Path::toString)
            .sorted()
            .forEach(arguments::add);
      }
    }
    if (arguments.size() == options) {
      return;
    }
    int exit =
        new GoogleJavaFormatToolProvider()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    if (exit != 0) {
      System.err.println("The files above are not formatted: mvn -N -Pformat");
    }
    System.exit(exit);
  }
}
