package dev.nomoat.chat;

import dev.nomoat.chat.TemplateOutline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chat template that was recognised as ChatML.
 *
 * @param writesBos whether it begins with the beginning-of-sequence token
 * @param defaultSystem the system message that it writes before a conversation without one
 */
record ChatMlTemplate(boolean writesBos, Optional<String> defaultSystem) {
  private static final List<Step> PLAIN =
      outline(
          """
          {%- for message in messages -%}
            {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
          {%- endfor -%}
          {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\\n' -}}
          {%- endif -%}
          """);

  /** The template of the story model. Without tools it writes what {@link #PLAIN} does. */
  private static final List<Step> STORY =
      outline(
          """
          {%- if tools %}
              {{- '<|im_start|>system\\n' }}
              {%- if messages[0].role == 'system' %}
                  {{- messages[0].content + '\\n' }}
              {%- endif %}
              {{- 'Tools:\\n' }}
              {%- for tool in tools %}
                  {{- tool | tojson + '\\n' }}
              {%- endfor %}
              {{- '<|im_end|>\\n' }}
          {%- elif messages[0].role == 'system' %}
              {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
          {%- endif %}
          {%- for message in messages %}
              {%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}
                  {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
              {%- elif message.role == 'assistant' %}
                  {{- '<|im_start|>assistant\\n' + message.content }}
                  {%- for call in message.tool_calls or [] %}
                      {%- set f = call.function if call.function is defined else call %}
                      {{- '<tool_call>\\n{"name": "' + f.name + '", "arguments": ' }}
                      {{- f.arguments | tojson + '}\\n</tool_call>' }}
                  {%- endfor %}
                  {{- '<|im_end|>\\n' }}
              {%- elif message.role == 'tool' %}
                  {{- '<|im_start|>user\\n<tool_response>\\n' + message.content }}
                  {{- '\\n</tool_response><|im_end|>\\n' }}
              {%- endif %}
          {%- endfor %}
          {%- if add_generation_prompt %}
              {{- '<|im_start|>assistant\\n' }}
          {%- endif %}
          """);

  /** Ways to say that there is no answer to ask for unless told so, which has no effect here. */
  private static final List<List<Step>> GENERATION_DEFAULTS =
      List.of(
          outline(
              "{% if not add_generation_prompt is defined %}"
                  + "{% set add_generation_prompt = false %}{% endif %}"),
          outline(
              "{% if add_generation_prompt is not defined %}"
                  + "{% set add_generation_prompt = false %}{% endif %}"));

  private static final List<Step> BOS = outline("{{ bos_token }}");

  private static final String SYSTEM_START = "<|im_start|>system\n";
  private static final String MESSAGE_END = "<|im_end|>\n";

  /** What writes a default system message at the start of the loop; its text is yet to be seen. */
  private static final List<Step> DEFAULT_SYSTEM =
      outline("{% if loop.first and messages[0].role != 'system' %}TEXT{% endif %}");

  private static List<Step> outline(String template) {
    return TemplateOutline.of(template).orElseThrow(AssertionError::new);
  }

  /**
   * Recognises a template.
   *
   * @param template a chat template in Jinja
   * @return how it uses ChatML, or nothing if it is not certain to write ChatML only
   */
  static Optional<ChatMlTemplate> recognise(String template) {
    return TemplateOutline.of(template).flatMap(ChatMlTemplate::match);
  }

  private static Optional<ChatMlTemplate> match(List<Step> outline) {
    List<Step> steps = new ArrayList<>(outline);
    for (List<Step> preface : GENERATION_DEFAULTS) {
      removeAtStart(steps, preface);
    }
    boolean writesBos = removeAtStart(steps, BOS);
    if (steps.equals(PLAIN) || steps.equals(STORY)) {
      return Optional.of(new ChatMlTemplate(writesBos, Optional.empty()));
    }
    return removeDefaultSystem(steps)
        .filter(text -> steps.equals(PLAIN))
        .map(text -> new ChatMlTemplate(writesBos, Optional.of(text)));
  }

  private static boolean removeAtStart(List<Step> steps, List<Step> part) {
    if (steps.size() < part.size() || !steps.subList(0, part.size()).equals(part)) {
      return false;
    }
    steps.subList(0, part.size()).clear();
    return true;
  }

  /** Takes a default system message out of the beginning of the loop, and returns its text. */
  private static Optional<String> removeDefaultSystem(List<Step> steps) {
    int from = 1;
    int to = from + DEFAULT_SYSTEM.size();
    if (steps.size() < to
        || !steps.get(from).equals(DEFAULT_SYSTEM.getFirst())
        || !steps.get(to - 1).equals(DEFAULT_SYSTEM.getLast())) {
      return Optional.empty();
    }
    Step message = steps.get(from + 1);
    steps.subList(from, to).clear();
    return switch (message) {
      case Step.Text(String text) -> contentOfSystemMessage(text);
      case Step.Write _, Step.Statement _ -> Optional.empty();
    };
  }

  private static Optional<String> contentOfSystemMessage(String message) {
    if (message.length() < SYSTEM_START.length() + MESSAGE_END.length()
        || !message.startsWith(SYSTEM_START)
        || !message.endsWith(MESSAGE_END)) {
      return Optional.empty();
    }
    String content =
        message.substring(SYSTEM_START.length(), message.length() - MESSAGE_END.length());
    boolean oneMessage = !content.contains("<|im_start|>") && !content.contains("<|im_end|>");
    return oneMessage ? Optional.of(content) : Optional.empty();
  }
}
