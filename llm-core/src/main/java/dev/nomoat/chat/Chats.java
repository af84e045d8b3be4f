package dev.nomoat.chat;

import dev.nomoat.ContextOverflowException;
import dev.nomoat.Generation;
import dev.nomoat.GenerationRequest;
import dev.nomoat.ModelInfo;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.chat.output.OutputParser;
import dev.nomoat.chat.template.Rendered;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes conversations for one model and reads its answers. Thread-safe. */
public final class Chats {
  /** How much of a prompt's end may show that a part of the answer has begun. */
  private static final int PROMPT_END = 100;

  private final ModelInfo info;
  private final Tokenizer tokenizer;

  // Made when first needed; making one twice does no harm.
  private volatile @Nullable ChatTemplate ownTemplate;
  private volatile @Nullable PromptEncoder encoder;

  /**
   * Prepares for a model.
   *
   * @param info the model
   * @param tokenizer its tokenizer
   */
  public Chats(ModelInfo info, Tokenizer tokenizer) {
    this.info = info;
    this.tokenizer = tokenizer;
  }

  /**
   * Starts an answer.
   *
   * @param request what to answer
   * @param start starts a generation of the model
   * @return the running answer
   * @throws TemplateException if the template cannot be used, or refuses the conversation
   * @throws UnsupportedModelException if there is no template, or it leaves out the tools
   * @throws ContextOverflowException if the conversation leaves no room in the context
   */
  public ChatStream start(ChatRequest request, Function<GenerationRequest, Generation> start) {
    ChatTemplate template = request.template().orElseGet(this::ownTemplate);
    Rendered rendered = template.render(request, tokenizer);
    String text = rendered.text();
    requireTools(template, request, text);
    OutputParser parser =
        new OutputParser(
            template.source(),
            schemas(request.tools()),
            text.substring(Math.max(0, text.length() - PROMPT_END)));
    Generation generation =
        start.apply(request.generation().withPrompt(encoder().prompt(rendered)));
    return new ChatStream(generation, tokenizer, parser);
  }

  /**
   * Refuses a conversation with tools of which the model is told nothing. Once it has called one,
   * it knows them; some templates leave them out of later turns.
   */
  private void requireTools(ChatTemplate template, ChatRequest request, String text) {
    if (request.tools().isEmpty()
        || request.messages().stream().anyMatch(message -> message.role() == Role.TOOL)) {
      return;
    }
    if (template.render(request.withTools(), tokenizer).text().equals(text)) {
      throw new UnsupportedModelException(
          "tools", "the chat template does not tell the model of them");
    }
  }

  private static Map<String, Json.ObjectValue> schemas(List<Tool> tools) {
    Map<String, Json.ObjectValue> schemas = new HashMap<>();
    tools.forEach(tool -> schemas.put(tool.name(), Json.parseObject(tool.parameters())));
    return schemas;
  }

  private ChatTemplate ownTemplate() {
    ChatTemplate template = ownTemplate;
    if (template == null) {
      template = ChatTemplate.ofModel(info.chatTemplate(), info.name(), tokenizer);
      ownTemplate = template;
    }
    return template;
  }

  private PromptEncoder encoder() {
    PromptEncoder made = encoder;
    if (made == null) {
      made = new PromptEncoder(tokenizer);
      encoder = made;
    }
    return made;
  }
}
