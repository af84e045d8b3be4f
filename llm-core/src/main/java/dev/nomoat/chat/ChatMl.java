package dev.nomoat.chat;

import dev.nomoat.Prompt;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Writes conversations in ChatML, for models whose chat template is that and nothing more. In
 * ChatML a message is {@code <|im_start|>ROLE↵CONTENT<|im_end|>↵}, and {@code
 * <|im_start|>assistant↵} asks for the answer.
 *
 * <p>A template is taken for ChatML only if it is understood in full, apart from spelling: it
 * writes exactly the above for every message, whatever its role. It may write the
 * beginning-of-sequence token first, a fixed system message where a conversation does not begin
 * with one, and it may have the parts for tools that the template of this project's own story model
 * has, which take no effect without tools. Any other template is refused, even if it would write
 * ChatML for most conversations.
 *
 * <p>The ids are those of the rendered template, with the model's beginning-of-sequence token
 * before them if it wants one, as it does for any prompt; but the text of messages is encoded as
 * plain text, so it cannot pose as a message of its own. Immutable and thread-safe.
 */
public final class ChatMl {
  private static final String START = "<|im_start|>";
  private static final String END = "<|im_end|>";

  private final Tokenizer tokenizer;
  private final Optional<String> defaultSystem;
  private final OptionalInt first;
  private final int start;
  private final int end;

  private ChatMl(ChatMlTemplate template, Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.defaultSystem = template.defaultSystem();
    this.first =
        template.writesBos() || tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    this.start = controlToken(START, tokenizer);
    this.end = controlToken(END, tokenizer);
  }

  /**
   * Prepares for a model.
   *
   * @param template the model's chat template, in Jinja, if it has one
   * @param tokenizer the model's tokenizer
   * @return what writes its conversations
   * @throws UnsupportedModelException if there is no template or it is not ChatML, or if {@code
   *     <|im_start|>} or {@code <|im_end|>} is no control token of the vocabulary
   */
  public static ChatMl of(Optional<String> template, Tokenizer tokenizer) {
    String source =
        template.orElseThrow(
            () ->
                new UnsupportedModelException(
                    "chat without a template",
                    "the model does not say how to write conversations"));
    return ChatMlTemplate.recognise(source)
        .map(recognised -> new ChatMl(recognised, tokenizer))
        .orElseThrow(
            () ->
                new UnsupportedModelException(
                    "chat template", "it is something else, or more, than plain ChatML"));
  }

  private static int controlToken(String text, Tokenizer tokenizer) {
    OptionalInt id = tokenizer.idOf(text);
    if (id.isEmpty() || !tokenizer.isControl(id.getAsInt())) {
      throw new UnsupportedModelException(
          "ChatML without control tokens",
          "the chat template writes %s, which is no control token of the vocabulary"
              .formatted(text));
    }
    return id.getAsInt();
  }

  /**
   * Writes a conversation, and the beginning of the assistant's next message.
   *
   * @param messages the conversation, at least one message
   * @return the tokens
   * @throws IllegalArgumentException if there is no message
   */
  public Prompt.Tokens render(List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs a message");
    }
    List<Integer> ids = new ArrayList<>();
    first.ifPresent(ids::add);
    if (messages.getFirst().role() != Role.SYSTEM) {
      defaultSystem.ifPresent(text -> addMessage(Role.SYSTEM, text, SpecialTokens.PARSE, ids));
    }
    for (ChatMessage message : messages) {
      addMessage(message.role(), message.content(), SpecialTokens.PLAIN_TEXT, ids);
    }
    ids.add(start);
    addText(Role.ASSISTANT.label() + "\n", SpecialTokens.PLAIN_TEXT, ids);
    return new Prompt.Tokens(ids);
  }

  private void addMessage(Role role, String content, SpecialTokens policy, List<Integer> ids) {
    ids.add(start);
    // One text, because merges may cross the border of role and content.
    addText(role.label() + "\n" + content, policy, ids);
    ids.add(end);
    addText("\n", SpecialTokens.PLAIN_TEXT, ids);
  }

  private void addText(String text, SpecialTokens policy, List<Integer> ids) {
    for (int id : tokenizer.encode(text, policy)) {
      ids.add(id);
    }
  }
}
