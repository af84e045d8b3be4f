package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonToken;
import dev.nomoat.LanguageModel;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code llm tokenize}: the ids of a text, or of many. */
@Command(description = "Prints the token ids of a text on one line.")
final class TokenizeCommand implements Callable<Integer> {
  private final Streams streams;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "Use the tokenizer of this GGUF file, tokenizer.json, SentencePiece model (.model) or"
              + " Hugging Face folder. Without it: that of the small story model that comes along.")
  private @Nullable Path model;

  @Option(names = "--special", description = "Read control tokens such as <|im_start|> in TEXT.")
  private boolean special;

  @Option(
      names = "--bos",
      description = "Add the tokens that the model wants around a text, such as BOS.")
  private boolean bos;

  @Option(
      names = "--json",
      description =
          "Read an array of texts from the standard input, and print an array of arrays of ids.")
  private boolean json;

  @Parameters(
      arity = "0..1",
      paramLabel = "TEXT",
      description = "The text; -: read it from the standard input.")
  private @Nullable String text;

  TokenizeCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    String input = text;
    if (json == (input != null)) {
      throw new UsageException("give either a text or --json");
    }
    Tokenizer tokenizer = tokenizer(model == null ? EmbeddedModel.file() : model);
    if (input == null) {
      streams.show(bulk(tokenizer, streams.argument("-")) + System.lineSeparator());
    } else {
      streams.show(ids(tokenizer, streams.argument(input), " ") + System.lineSeparator());
    }
    return 0;
  }

  private static Tokenizer tokenizer(Path path) throws IOException {
    return TokenizerSource.isHuggingFace(path)
        ? TokenizerFiles.read(path)
        : LanguageModel.loadTokenizer(path);
  }

  private String bulk(Tokenizer tokenizer, String texts) throws IOException {
    StringJoiner lists = new StringJoiner(",", "[", "]");
    JsonArray.read(
        texts,
        "texts",
        parser -> {
          if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new IllegalArgumentException("a text must be a string");
          }
          lists.add("[" + ids(tokenizer, parser.getText(), ",") + "]");
        });
    return lists.toString();
  }

  private String ids(Tokenizer tokenizer, String input, String separator) {
    SpecialTokens policy = special ? SpecialTokens.PARSE : SpecialTokens.PLAIN_TEXT;
    int[] ids = bos ? tokenizer.encodePrompt(input, policy) : tokenizer.encode(input, policy);
    return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(separator));
  }
}
