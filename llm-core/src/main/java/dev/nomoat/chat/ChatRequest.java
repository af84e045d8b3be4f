package dev.nomoat.chat;

import dev.nomoat.GenerationRequest;
import dev.nomoat.SamplingOptions;
import dev.nomoat.grammar.Grammar;
import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A conversation that the model is to go on with. Immutable; start from {@link
 * #of(ChatMessage...)}.
 *
 * @param messages the conversation, at least one message
 * @param tools what the model may call; refused where the template does not tell the model of them
 * @param template how to write the conversation; empty for the way of the model's own file
 * @param variables what else the template may use, by name: JSON values as text, such as {@code
 *     false} for {@code enable_thinking}
 * @param generation how to generate and when to stop; its prompt is not used. Stop strings are
 *     looked for in all that the model writes, reasoning and calls too, as other engines do; one
 *     within a call ends the answer with a malformed call.
 */
public record ChatRequest(
    List<ChatMessage> messages,
    List<Tool> tools,
    Optional<ChatTemplate> template,
    Map<String, String> variables,
    GenerationRequest generation) {
  /**
   * Checks and copies the parts.
   *
   * @throws IllegalArgumentException if there is no message, or a variable is no JSON
   */
  public ChatRequest {
    messages = List.copyOf(Objects.requireNonNull(messages, "messages"));
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs a message");
    }
    tools = List.copyOf(Objects.requireNonNull(tools, "tools"));
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(variables, "variables");
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    variables.forEach((name, json) -> Json.parse(Objects.requireNonNull(json, name)));
    Objects.requireNonNull(generation, "generation");
  }

  /**
   * Asks for the next message of a conversation: no tools, the model's own template, as long as the
   * context has room, the model's own sampling, another seed every time.
   *
   * @param messages the conversation, at least one message
   * @return the request
   * @throws IllegalArgumentException if there is no message
   */
  public static ChatRequest of(ChatMessage... messages) {
    return of(List.of(Objects.requireNonNull(messages, "messages")));
  }

  /**
   * Asks for the next message of a conversation, as {@link #of(ChatMessage...)} does.
   *
   * @param messages the conversation, at least one message
   * @return the request
   * @throws IllegalArgumentException if there is no message
   */
  public static ChatRequest of(List<ChatMessage> messages) {
    return new ChatRequest(
        messages, List.of(), Optional.empty(), Map.of(), GenerationRequest.of(""));
  }

  /**
   * This request with another conversation.
   *
   * @param messages the conversation, at least one message
   * @return a new request
   * @throws IllegalArgumentException if there is no message
   */
  public ChatRequest withMessages(List<ChatMessage> messages) {
    return new ChatRequest(messages, tools, template, variables, generation);
  }

  /**
   * This request with more messages behind its own.
   *
   * @param more the messages
   * @return a new request
   */
  public ChatRequest plus(ChatMessage... more) {
    List<ChatMessage> all = new ArrayList<>(messages);
    all.addAll(List.of(Objects.requireNonNull(more, "more")));
    return withMessages(all);
  }

  /**
   * This request with these tools instead of its own.
   *
   * @param tools what the model may call
   * @return a new request
   */
  public ChatRequest withTools(Tool... tools) {
    return new ChatRequest(
        messages, List.of(Objects.requireNonNull(tools, "tools")), template, variables, generation);
  }

  /**
   * This request with a template instead of the model's own.
   *
   * @param template how to write the conversation
   * @return a new request
   */
  public ChatRequest withTemplate(ChatTemplate template) {
    return new ChatRequest(
        messages,
        tools,
        Optional.of(Objects.requireNonNull(template, "template")),
        variables,
        generation);
  }

  /**
   * This request with one more variable for the template.
   *
   * @param name the name
   * @param json its value, in JSON
   * @return a new request
   * @throws IllegalArgumentException if the value is no JSON
   */
  public ChatRequest withVariable(String name, String json) {
    Map<String, String> all = new LinkedHashMap<>(variables);
    all.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(json, "json"));
    return new ChatRequest(messages, tools, template, all, generation);
  }

  /**
   * This request with other limits, stop strings, seed and sampling.
   *
   * @param generation how to generate; its prompt is not used
   * @return a new request
   */
  public ChatRequest withGeneration(GenerationRequest generation) {
    return new ChatRequest(messages, tools, template, variables, generation);
  }

  /**
   * This request with another limit on tokens.
   *
   * @param maxTokens the most tokens to generate; 0 for as many as the context has room for
   * @return a new request
   * @throws IllegalArgumentException if {@code maxTokens} is negative
   */
  public ChatRequest withMaxTokens(int maxTokens) {
    return withGeneration(generation.withMaxTokens(maxTokens));
  }

  /**
   * This request with these stop strings instead of its own. They end the answer wherever the model
   * writes them, also within reasoning or a call. Control tokens, such as those that begin a call,
   * are not text: no stop string is found in them.
   *
   * @param stop the answer ends before the first of these; none to never end so
   * @return a new request
   * @throws IllegalArgumentException if one is empty or has half a surrogate pair
   */
  public ChatRequest withStop(String... stop) {
    return withGeneration(generation.withStop(stop));
  }

  /**
   * This request with a fixed start of the random numbers.
   *
   * @param seed any number
   * @return a new request
   */
  public ChatRequest withSeed(long seed) {
    return withGeneration(generation.withSeed(seed));
  }

  /**
   * This request with log-probabilities: each token of {@link ChatReply#tokens} then tells how
   * likely the model considers it.
   *
   * @param top for how many of the most likely tokens they are told as well; 0 for none
   * @return a new request
   * @throws IllegalArgumentException if {@code top} is negative
   */
  public ChatRequest withLogProbabilities(int top) {
    return withGeneration(generation.withLogProbabilities(top));
  }

  /**
   * This request with a grammar for all that the model writes, reasoning and calls of tools
   * included; it is told nothing of it, so say in a message what is wanted.
   *
   * @param grammar what the answer must match
   * @return a new request
   */
  public ChatRequest withGrammar(Grammar grammar) {
    return withGeneration(generation.withGrammar(grammar));
  }

  /**
   * This request with another way to choose tokens.
   *
   * @param sampling how tokens are chosen
   * @return a new request
   */
  public ChatRequest withSampling(SamplingOptions sampling) {
    return withGeneration(generation.withSampling(sampling));
  }
}
