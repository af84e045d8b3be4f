package dev.nomoat.examples;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.chat.TemplateException;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code llm}. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
    name = "llm",
    description = "Runs open language models in this Java process.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Llm.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = "%nExit codes: 0 done, 1 failed, 2 wrong usage. LLM_JAVA_OPTS: options for the JVM.",
    sortOptions = false,
    usageHelpAutoWidth = true)
final class Llm {
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean debug;

  private Llm() {}

  /** Runs the program and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(Streams.standard(), arguments));
  }

  /** Runs the program on {@code streams} and returns its exit code. */
  static int run(Streams streams, String... arguments) {
    var llm = new Llm();
    CommandLine program =
        new CommandLine(llm)
            .addSubcommand("generate", new GenerateCommand(streams))
            .addSubcommand("chat", new ChatCommand(streams))
            .addSubcommand("template", new TemplateCommand(streams))
            .addSubcommand("tokenize", new TokenizeCommand(streams))
            .addSubcommand("logits", new LogitsCommand(streams))
            .addSubcommand("embed", new EmbedCommand(streams))
            .addSubcommand("rerank", new RerankCommand(streams))
            .addSubcommand("inspect", new InspectCommand(streams))
            .addSubcommand("convert", new ConvertCommand(streams))
            .addSubcommand("quantize", new QuantizeCommand(streams))
            .addSubcommand("imatrix", new ImatrixCommand(streams))
            .addSubcommand("perplexity", new PerplexityCommand(streams))
            .addSubcommand("split", new SplitCommand(streams))
            .addSubcommand("merge", new MergeCommand(streams))
            .addSubcommand("diff", new DiffCommand(streams))
            .addSubcommand("bench", new BenchCommand(streams))
            // A prompt may begin with an @.
            .setExpandAtFiles(false)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .registerConverter(TensorType.class, new EncodableType())
            .setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8))
            .setParameterExceptionHandler((e, all) -> wrongUsage(streams, e, List.of(all)))
            .setExecutionExceptionHandler(
                (e, command, _) ->
                    e instanceof UsageException
                        ? wrongUsage(streams, command, oneLine(e))
                        : llm.failed(streams, e));
    if (arguments.length == 0) {
      program.usage(program.getErr());
      return ExitCode.USAGE;
    }
    int status;
    try {
      status = program.execute(arguments);
    } catch (Error e) {
      status = llm.failed(streams, e);
    }
    streams.out().flush();
    return status;
  }

  private static int wrongUsage(Streams streams, ParameterException e, List<String> arguments) {
    CommandLine command = e.getCommandLine();
    String message = oneLine(e);
    if (e instanceof MissingParameterException || e instanceof UnmatchedArgumentException) {
      message += unknownOption(command.getCommandSpec(), arguments);
    }
    if (e instanceof UnmatchedArgumentException unmatched) {
      message += advice(command.getCommandSpec(), unmatched);
    }
    return wrongUsage(streams, command, message);
  }

  private static int wrongUsage(Streams streams, CommandLine command, String message) {
    String name = command.getCommandSpec().qualifiedName();
    streams.note(message + " (see " + name + " --help)");
    return ExitCode.USAGE;
  }

  /** What to do with an argument, such as a prompt, that was taken for an option. */
  private static String unknownOption(CommandSpec command, List<String> arguments) {
    return arguments.stream()
        .filter(argument -> argument.startsWith("-") && !argument.equals("--"))
        .filter(argument -> command.findOption(argument.replaceFirst("=.*", "")) == null)
        .filter(_ -> !command.positionalParameters().isEmpty())
        .findFirst()
        .map("; \"%s\" goes behind -- if it is no option"::formatted)
        .orElse("");
  }

  /** What arguments that nobody expects were perhaps meant to be. */
  private static String advice(CommandSpec command, UnmatchedArgumentException e) {
    List<String> similar = e.getSuggestions();
    if (!similar.isEmpty()) {
      return "; perhaps " + String.join(" or ", similar);
    }
    if (e.isUnknownOption() || command.parent() == null) {
      return "";
    }
    return command.positionalParameters().isEmpty()
        ? "; a model's file goes behind -m"
        : "; an argument of several words goes in quotes";
  }

  private int failed(Streams streams, Throwable e) {
    streams.note(describe(e));
    if (debug) {
      e.printStackTrace(streams.err());
    }
    return ExitCode.SOFTWARE;
  }

  private static String describe(Throwable e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file: " + oneLine(e);
      case AccessDeniedException _ -> "no access to the file " + oneLine(e);
      case OutOfMemoryError _ -> "out of memory: " + oneLine(e);
      case IOException _,
          IllegalArgumentException _,
          ModelFormatException _,
          TemplateException _,
          UnsupportedModelException _ ->
          oneLine(e);
      default -> e.getClass().getSimpleName() + ": " + oneLine(e);
    };
  }

  private static String oneLine(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.strip().replaceAll("\\R", " ");
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Llm.class.getPackage().getImplementationVersion();
      return new String[] {
        "llm " + (version == null ? "(not packaged)" : version) + ", Java " + Runtime.version()
      };
    }
  }
}
