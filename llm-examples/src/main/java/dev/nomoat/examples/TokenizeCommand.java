package dev.nomoat.examples;

import dev.nomoat.LanguageModel;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm tokenize}: the ids of a text. */
@Command(description = "Prints the token ids of a text on one line.")
final class TokenizeCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final ModelFile file = new ModelFile();

  @Option(names = "--special", description = "Read control tokens such as <|im_start|> in TEXT.")
  private boolean special;

  @Option(
      names = "--bos",
      description = "Add the tokens that the model wants around a text, such as BOS.")
  private boolean bos;

  @Parameters(paramLabel = "TEXT", description = "The text; -: read it from the standard input.")
  private String text = "";

  TokenizeCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    String input = streams.argument(text);
    SpecialTokens policy = special ? SpecialTokens.PARSE : SpecialTokens.PLAIN_TEXT;
    Tokenizer tokenizer = LanguageModel.loadTokenizer(file.path());
    int[] ids = bos ? tokenizer.encodePrompt(input, policy) : tokenizer.encode(input, policy);
    String line = Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    streams.show(line + System.lineSeparator());
    return 0;
  }
}
