package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.nomoat.LanguageModel;
import dev.nomoat.chat.ChatTemplate;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The template of a model on disk, and the special tokens that templates name. */
final class TemplateSource {
  private static final String CONFIG = "tokenizer_config.json";
  private static final Set<String> TOKENS =
      Set.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token");

  private final @Nullable ChatTemplate template;
  private final Map<String, String> tokens;

  private TemplateSource(@Nullable ChatTemplate template, Map<String, String> tokens) {
    this.template = template;
    this.tokens = tokens;
  }

  ChatTemplate template() {
    if (template == null) {
      throw new IllegalStateException("the template was not asked for");
    }
    return template;
  }

  Map<String, String> tokens() {
    return tokens;
  }

  /**
   * Reads a GGUF file, which need not hold more than a vocabulary, or a Hugging Face folder, or the
   * one that a tokenizer's file is in.
   *
   * @param withTemplate whether the template is needed
   */
  static TemplateSource of(Path model, boolean withTemplate) throws IOException {
    if (Files.isDirectory(model)) {
      return ofFolder(model, withTemplate);
    }
    return TokenizerSource.isHuggingFace(model)
        ? ofTokenizer(model, withTemplate)
        : ofGguf(model, withTemplate);
  }

  private static TemplateSource ofTokenizer(Path file, boolean withTemplate) throws IOException {
    // Reading it first tells what is wrong with it; it knows tokens that the configuration may not.
    Tokenizer tokenizer = TokenizerFiles.read(file);
    TemplateSource source = ofFolder(file.toAbsolutePath().resolveSibling(""), withTemplate);
    Map<String, String> tokens = new HashMap<>();
    put(tokens, "bos_token", tokenizer.bosId(), tokenizer);
    put(tokens, "eos_token", tokenizer.eosId(), tokenizer);
    tokens.putAll(source.tokens);
    return new TemplateSource(source.template, tokens);
  }

  private static TemplateSource ofGguf(Path file, boolean withTemplate) throws IOException {
    Optional<String> source;
    Optional<String> name;
    try (GgufFile gguf = GgufFile.open(file)) {
      source = gguf.metadata().string("tokenizer.chat_template");
      name = gguf.metadata().string("general.name");
    }
    Tokenizer tokenizer = LanguageModel.loadTokenizer(file);
    Map<String, String> tokens = new HashMap<>();
    put(tokens, "bos_token", tokenizer.bosId(), tokenizer);
    put(tokens, "eos_token", tokenizer.eosId(), tokenizer);
    ChatTemplate template = withTemplate ? ChatTemplate.ofModel(source, name, tokenizer) : null;
    return new TemplateSource(template, tokens);
  }

  private static void put(
      Map<String, String> tokens, String name, OptionalInt id, Tokenizer tokenizer) {
    id.ifPresent(present -> tokens.put(name, tokenizer.token(present).text()));
  }

  private static TemplateSource ofFolder(Path folder, boolean withTemplate) throws IOException {
    Map<String, String> strings = new HashMap<>();
    if (Files.exists(folder.resolve(CONFIG))) {
      read(Files.readString(folder.resolve(CONFIG)), strings);
    }
    Path file = folder.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      strings.put("chat_template", Files.readString(file));
    }
    String source = strings.remove("chat_template");
    if (withTemplate && source == null) {
      throw new FileNotFoundException("no chat template in the folder " + folder);
    }
    return new TemplateSource(
        withTemplate && source != null ? ChatTemplate.of(source) : null, strings);
  }

  /** Takes the template and the tokens out of a tokenizer's configuration. */
  private static void read(String config, Map<String, String> strings) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(config)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        boolean wanted = name.equals("chat_template") || TOKENS.contains(name);
        if (wanted && value == JsonToken.VALUE_STRING) {
          strings.put(name, parser.getText());
        } else if (wanted && value == JsonToken.START_OBJECT) {
          content(parser, name, strings);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  /** A token that is given as an object with its {@code content}. */
  private static void content(JsonParser parser, String name, Map<String, String> strings)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean content = parser.currentName().equals("content");
      if (parser.nextToken() == JsonToken.VALUE_STRING && content) {
        strings.put(name, parser.getText());
      }
      parser.skipChildren();
    }
  }
}
