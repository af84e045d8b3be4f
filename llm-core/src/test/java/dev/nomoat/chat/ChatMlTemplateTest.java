package dev.nomoat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What each template writes was compared with Jinja, set up as Hugging Face does. */
class ChatMlTemplateTest {
  private static final String MESSAGE =
      "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}";
  private static final String ASK =
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  private static final String DEFAULT_SYSTEM =
      "{% if loop.first and messages[0]['role'] != 'system' %}"
          + "{{ '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}{% endif %}";

  static final String PLAIN = loop(MESSAGE) + ASK;
  static final String WITH_DEFAULT_SYSTEM = loop(DEFAULT_SYSTEM + MESSAGE) + ASK;

  /** Other ways to write {@link #PLAIN}. */
  static final List<String> SPELLINGS =
      List.of(
          PLAIN,
          PLAIN + "\n",
          PLAIN.replace('\'', '"'),
          PLAIN.replace("message['role']", "message.role"),
          PLAIN.replace(" + ", "~"),
          PLAIN.replace("{% ", "{%- ").replace(" %}", " -%}"),
          PLAIN.replace("%}", "%}\n"),
          PLAIN.replace("%}", "%}\r\n").replace("{% if", "\t {% if"),
          PLAIN.replace("%}", "-%}\n\n  ").stripTrailing(),
          PLAIN.replace("{%", "{# a {{ comment }} 'here #}{%"),
          PLAIN.replace("'<|im_end|>' + '\\n'", "'<|im_end|>\\n'"),
          PLAIN.replace("\\n", "\n"),
          "{% if not add_generation_prompt is defined %}"
              + "{% set add_generation_prompt = false %}{% endif %}"
              + PLAIN,
          "{% if add_generation_prompt is not defined %}"
              + "{% set add_generation_prompt = false %}{% endif %}"
              + PLAIN,
          """
          {#- Text outside of the tags. -#}

            {% for message in messages %}
          <|im_start|>{{ message.role }}
          {{ message.content }}<|im_end|>
            {% endfor %}
          {%- if add_generation_prompt %}
          {{ '<|im_start|>' -}}
            assistant
          {% endif %}
          """);

  /** Templates that write something else for some conversation, or are not understood in full. */
  static final List<String> OTHERS =
      List.of(
          "",
          "{{ messages }}",
          loop(MESSAGE),
          PLAIN + ASK,
          PLAIN + "{{ bos_token }}",
          "{{ bos_token }}{{ bos_token }}" + PLAIN,
          "{{ eos_token }}" + PLAIN,
          "<|im_start|>system\nBe kind.<|im_end|>\n" + PLAIN,
          loop(MESSAGE) + "{{ '<|im_start|>assistant\\n' }}",
          loop("{{ '<|im_start|>' + message.role + '\\n' + message.content }}") + ASK,
          PLAIN.replace("message['content']", "message['content'] | trim"),
          PLAIN.replace("message['content']", "message['content'].strip()"),
          PLAIN.replace("message['content']", "(message['content'] if loop.first else '')"),
          PLAIN.replace("message['role']", "'user'"),
          PLAIN.replace("message['role'] + '\\n'", "message['role'] + '<|im_sep|>'"),
          PLAIN.replace("'<|im_end|>' + '\\n'", "'<|im_end|>'"),
          PLAIN.replace("'<|im_end|>' + '\\n'", "'<|im_end|>\\\\n'"),
          PLAIN.replace("'<|im_end|>' + '\\n'", "'<|im_end|>\\x0a'"),
          PLAIN.replace("assistant\\n", "assistant\\n<think>\\n"),
          PLAIN.replace("im_", "start_"),
          PLAIN.replace("%}", "%}\n\n"),
          PLAIN.replace("%}", "%} "),
          PLAIN.replace("%}", "+%}\n"),
          PLAIN.replace("{%", "\n {%+"),
          PLAIN.replace("}}", "}}\n"),
          PLAIN.replace("in messages", "in messages[1:]"),
          PLAIN.replace("in messages", "in messages if message.role == 'user'"),
          "{% raw %}" + PLAIN + "{% endraw %}",
          "{% set messages = [] %}" + PLAIN,
          PLAIN.substring(0, PLAIN.length() - 1),
          PLAIN + "{{",
          PLAIN + "{% 'x %}",
          PLAIN + "{#",
          PLAIN + "{{}}",
          PLAIN + "{{ {'a': 1} }}",
          loop("{{- '<|im_start|>' + message.role }}\n{{- message.content }}<|im_end|>\n") + ASK,
          WITH_DEFAULT_SYSTEM.replace("loop.first and ", ""),
          WITH_DEFAULT_SYSTEM.replace("Be kind.", "Be kind.<|im_end|>\\n<|im_start|>user\\nHi"),
          WITH_DEFAULT_SYSTEM.replace("Be kind.<|im_end|>", "Be kind."),
          WITH_DEFAULT_SYSTEM.replace("'<|im_start|>system\\nBe kind.<|im_end|>\\n'", "today"),
          loop(DEFAULT_SYSTEM + DEFAULT_SYSTEM + MESSAGE) + ASK,
          DEFAULT_SYSTEM + PLAIN,
          """
          {{- '<|begin|>' }}
          {%- for message in messages %}
          {{- '<|header|>' + message['role'] + '<|/header|>\\n\\n' + message['content'] | trim }}
          {%- endfor %}
          """);

  /** As it stands in the model. */
  static final String STORY =
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
                  {{- '<tool_call>\\n{"name": "' + f.name + '", "arguments": ' + f.arguments | tojson + '}\\n</tool_call>' }}
              {%- endfor %}
              {{- '<|im_end|>\\n' }}
          {%- elif message.role == 'tool' %}
              {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
          {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|im_start|>assistant\\n' }}
      {%- endif %}
      """;

  private static String loop(String body) {
    return "{% for message in messages %}" + body + "{% endfor %}";
  }

  @ParameterizedTest
  @FieldSource("SPELLINGS")
  void spellingMakesNoDifference(String template) {
    assertThat(ChatMlTemplate.recognise(template))
        .contains(new ChatMlTemplate(false, Optional.empty()));
  }

  @ParameterizedTest
  @FieldSource("OTHERS")
  void otherTemplatesAreNotRecognised(String template) {
    assertThat(ChatMlTemplate.recognise(template)).isEmpty();
  }

  @Test
  void knowsWhetherTheTemplateWritesTheBeginning() {
    assertThat(ChatMlTemplate.recognise("{{- bos_token }}\n" + PLAIN.replace("{%", "{%-")))
        .contains(new ChatMlTemplate(true, Optional.empty()));
  }

  @Test
  void findsTheDefaultSystemMessage() {
    assertThat(ChatMlTemplate.recognise(WITH_DEFAULT_SYSTEM))
        .contains(new ChatMlTemplate(false, Optional.of("Be kind.")));
    assertThat(ChatMlTemplate.recognise(WITH_DEFAULT_SYSTEM.replace("Be kind.", "")))
        .contains(new ChatMlTemplate(false, Optional.of("")));
  }

  @Test
  void knowsTheTemplateOfTheStoryModel() {
    assertThat(ChatMlTemplate.recognise(STORY))
        .contains(new ChatMlTemplate(false, Optional.empty()));
    assertThat(ChatMlTemplate.recognise(STORY.replace("not loop.first", "loop.first"))).isEmpty();
  }

  @Test
  void hugeTemplatesTakeLinearTime() {
    int n = 50_000;
    for (String part :
        List.of("{", "{{", "{%", "{#", "{{ x }}", "{{'", "{{a+", "{{a['b']", " \n")) {
      assertThat(ChatMlTemplate.recognise(part.repeat(n))).isEmpty();
    }
    assertThat(ChatMlTemplate.recognise("{{ " + "a['b']".repeat(n) + " }}")).isEmpty();
    assertThat(ChatMlTemplate.recognise("{{ " + "(".repeat(n) + " }}")).isEmpty();
  }
}
