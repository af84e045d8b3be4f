package dev.nomoat.chat;

import dev.nomoat.tokenizer.Tokenizer;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Ways to write conversations that families of models have in common, for files that do not bring a
 * template. A family without a place for the system's message puts it before the first question.
 */
public enum TemplateFamily {
  /** {@code ### Instruction:} and {@code ### Response:}. */
  ALPACA(
      """
      {%- for message in messages %}
        {%- if message.role == 'system' %}
          {{- message.content + '\\n\\n' }}
        {%- elif message.role == 'assistant' %}
          {{- '### Response:\\n' + message.content + '\\n\\n' }}
        {%- else %}
          {{- '### Instruction:\\n' + message.content + '\\n\\n' }}
        {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- '### Response:\\n' }}
      {%- endif %}
      """),
  /** {@code USER:} and {@code ASSISTANT:}. */
  VICUNA(
      """
      {%- for message in messages %}
        {%- if message.role == 'system' %}
          {{- message.content + '\\n\\n' }}
        {%- elif message.role == 'assistant' %}
          {{- 'ASSISTANT: ' + message.content + eos_token + '\\n' }}
        {%- else %}
          {{- 'USER: ' + message.content + '\\n' }}
        {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- 'ASSISTANT:' }}
      {%- endif %}
      """),
  /** {@code [INST]} with the system's message in {@code <<SYS>>}. */
  LLAMA_2(
      """
      {%- set ns = namespace(system='') %}
      {%- for message in messages %}
        {%- if message.role == 'system' %}
          {%- set ns.system = '<<SYS>>\\n' + message.content + '\\n<</SYS>>\\n\\n' %}
        {%- elif message.role == 'assistant' %}
          {{- ' ' + message.content | trim + ' ' + eos_token }}
        {%- else %}
          {{- bos_token + '[INST] ' + ns.system + message.content | trim + ' [/INST]' }}
          {%- set ns.system = '' %}
        {%- endif %}
      {%- endfor %}
      """),
  /** {@code <|im_start|>} and {@code <|im_end|>}. */
  CHATML(
      """
      {%- for message in messages %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- '<|im_start|>assistant\\n' }}
      {%- endif %}
      """),
  /** {@code [INST]} without more. */
  MISTRAL(
      """
      {{- bos_token }}
      {%- set ns = namespace(system='') %}
      {%- for message in messages %}
        {%- if message.role == 'system' %}
          {%- set ns.system = message.content + '\\n\\n' %}
        {%- elif message.role == 'assistant' %}
          {{- ' ' + message.content | trim + eos_token }}
        {%- else %}
          {{- '[INST] ' + ns.system + message.content + ' [/INST]' }}
          {%- set ns.system = '' %}
        {%- endif %}
      {%- endfor %}
      """),
  /** {@code <|user|>} and {@code <|assistant|>}, each message ended by the end of sequence. */
  ZEPHYR(
      """
      {%- for message in messages %}
        {{- '<|' + message.role + '|>\\n' + message.content + eos_token + '\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- '<|assistant|>\\n' }}
      {%- endif %}
      """),
  /** {@code <start_of_turn>} and {@code <end_of_turn>}. */
  GEMMA(
      """
      {{- bos_token }}
      {%- set ns = namespace(system='') %}
      {%- for message in messages %}
        {%- if message.role == 'system' %}
          {%- set ns.system = message.content | trim + '\\n\\n' %}
        {%- else %}
          {%- set role = 'model' if message.role == 'assistant' else 'user' %}
          {{- '<start_of_turn>' + role + '\\n' + ns.system + message.content | trim }}
          {{- '<end_of_turn>\\n' }}
          {%- set ns.system = '' %}
        {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- '<start_of_turn>model\\n' }}
      {%- endif %}
      """),
  /** {@code <|user|>} and {@code <|assistant|>}, each message ended by {@code <|end|>}. */
  PHI(
      """
      {%- for message in messages %}
        {{- '<|' + message.role + '|>\\n' + message.content + '<|end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
        {{- '<|assistant|>\\n' }}
      {%- endif %}
      """);

  private final String template;

  TemplateFamily(String template) {
    this.template = template;
  }

  String template() {
    return template;
  }

  /** The family of a model: by its control tokens, which are certain, else by its name. */
  static Optional<TemplateFamily> of(String name, Tokenizer tokenizer) {
    if (isControl("<|im_start|>", tokenizer) && isControl("<|im_end|>", tokenizer)) {
      return Optional.of(CHATML);
    }
    if (isControl("<start_of_turn>", tokenizer) && isControl("<end_of_turn>", tokenizer)) {
      return Optional.of(GEMMA);
    }
    if (isControl("<|user|>", tokenizer) && isControl("<|end|>", tokenizer)) {
      return Optional.of(PHI);
    }
    String words = name.toLowerCase(Locale.ROOT).replaceAll("[ _]", "-");
    if (words.contains("alpaca")) {
      return Optional.of(ALPACA);
    }
    if (words.contains("vicuna")) {
      return Optional.of(VICUNA);
    }
    if (words.contains("zephyr")) {
      return Optional.of(ZEPHYR);
    }
    if (words.contains("llama-2") && words.contains("chat")) {
      return Optional.of(LLAMA_2);
    }
    if (words.contains("mistral") && words.contains("instruct")) {
      return Optional.of(MISTRAL);
    }
    return Optional.empty();
  }

  private static boolean isControl(String text, Tokenizer tokenizer) {
    OptionalInt id = tokenizer.idOf(text);
    return id.isPresent() && tokenizer.isControl(id.getAsInt());
  }
}
