package dev.nomoat.examples;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a run of the program reads and writes. Output is UTF-8 whatever the platform says.
 *
 * @param in the standard input
 * @param out for the result and nothing else; buffered, so flush what should be seen at once
 * @param err for everything else
 * @param typedInput whether a person types the input
 * @param errorsOnTerminal whether a person sees the error stream
 */
record Streams(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean typedInput,
    boolean errorsOnTerminal) {

  /**
   * The streams of this process. {@code bin/llm} says in a property which of them are terminals;
   * started in another way, the program takes none for one.
   */
  static Streams standard() {
    String terminals = System.getProperty("llm.interactive", "");
    var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
    var err = new FileOutputStream(FileDescriptor.err);
    return new Streams(
        System.in,
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminals.contains("stdin"),
        terminals.contains("stderr"));
  }

  /** The text {@code argument}, or for a hyphen the standard input without its last line end. */
  String argument(String argument) throws IOException {
    if (!argument.equals("-")) {
      return argument;
    }
    String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /**
   * Writes {@code text} to the result and lets it be seen at once.
   *
   * @throws IOException when nobody reads the output any more
   */
  void show(String text) throws IOException {
    out.print(text);
    // Print streams swallow exceptions; checkError flushes, too.
    if (out.checkError()) {
      throw new IOException("cannot write to the standard output");
    }
  }

  /** Prints one line about the run, beside the result. */
  void note(String message) {
    out.flush();
    err.println("llm: " + message);
  }
}
