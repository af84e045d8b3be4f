package dev.nomoat.chat;

import dev.nomoat.Prompt;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.chat.template.Rendered;
import dev.nomoat.chat.template.Template;
import dev.nomoat.chat.template.Variables;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.Json;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The way in which a model wants conversations written: a Jinja template, which is run as Hugging
 * Face runs it.
 *
 * <p>The template's own control tokens become tokens; what looks like one in a message, in a tool
 * or in a result stays text, wherever the template puts it. The template may ask for the time; it
 * gets the local one. Immutable and thread-safe.
 */
public final class ChatTemplate {
  private final String source;
  private final Template template;

  private ChatTemplate(String source) {
    this.source = source;
    this.template = Template.parse(source);
  }

  /**
   * Parses a template.
   *
   * @param jinja the template
   * @return the template, ready to use
   * @throws TemplateException if it is not valid, or has something that is not supported
   */
  public static ChatTemplate of(String jinja) {
    return new ChatTemplate(Objects.requireNonNull(jinja, "jinja"));
  }

  /**
   * The template of a family of models.
   *
   * @param family the family
   * @return the template, ready to use
   */
  public static ChatTemplate of(TemplateFamily family) {
    Objects.requireNonNull(family, "family");
    return new ChatTemplate(family.template());
  }

  /**
   * The template of a model: the one of its file, or for files without one that of its family,
   * which the vocabulary or the name tells.
   *
   * @param template the template of the file, if it has one
   * @param name the name of the model, if it has one
   * @param tokenizer its tokenizer
   * @return the template, ready to use
   * @throws TemplateException if the file's template is not valid, or has something that is not
   *     supported
   * @throws UnsupportedModelException if the file has no template and no family is recognised
   */
  public static ChatTemplate ofModel(
      Optional<String> template, Optional<String> name, Tokenizer tokenizer) {
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(tokenizer, "tokenizer");
    if (template.isPresent()) {
      return of(template.get());
    }
    TemplateFamily family =
        TemplateFamily.of(name.orElse(""), tokenizer)
            .orElseThrow(
                () ->
                    new UnsupportedModelException(
                        "chat without a template",
                        "the model does not say how to write conversations: give a template"));
    return of(family);
  }

  /**
   * The template as it was given.
   *
   * @return Jinja
   */
  public String source() {
    return source;
  }

  /**
   * Writes a conversation, and the beginning of the assistant's next message.
   *
   * @param request the conversation; its own template is not looked at
   * @param tokenizer the model's tokenizer
   * @return the tokens
   * @throws TemplateException if the template refuses the conversation
   */
  public Prompt.Tokens encode(ChatRequest request, Tokenizer tokenizer) {
    Objects.requireNonNull(request, "request");
    Objects.requireNonNull(tokenizer, "tokenizer");
    return new PromptEncoder(tokenizer).prompt(render(request, tokenizer));
  }

  Rendered render(ChatRequest request, Tokenizer tokenizer) {
    Variables variables = TemplateVariables.of(request);
    token(variables, "bos_token", tokenizer.bosId(), tokenizer);
    token(variables, "eos_token", tokenizer.eosId(), tokenizer);
    return template.render(variables, LocalDateTime.now(ZoneId.systemDefault()));
  }

  private static void token(Variables variables, String name, OptionalInt id, Tokenizer tokenizer) {
    id.ifPresent(present -> variables.trustedText(name, tokenizer.token(present).text()));
  }

  /**
   * Runs the template on variables as Hugging Face would. {@code tools} and {@code documents} are
   * {@code None} and {@code add_generation_prompt} is {@code False} unless given.
   *
   * @param request a JSON object: the variables by their names, {@code messages} above all
   * @param tokens texts of special tokens by their names, such as {@code bos_token}, for requests
   *     that do not give them
   * @return the text
   * @throws TemplateException if the template refuses them
   * @throws IllegalArgumentException if the request is no JSON object
   */
  public String renderJson(String request, Map<String, String> tokens) {
    Objects.requireNonNull(request, "request");
    Objects.requireNonNull(tokens, "tokens");
    Json.ObjectValue object = Json.parseObject(request);
    Variables variables = TemplateVariables.defaults();
    tokens.forEach(variables::trustedText);
    object.members().forEach(variables::json);
    return template.render(variables, LocalDateTime.now(ZoneId.systemDefault())).text();
  }
}
