package dev.nomoat.chat;

import dev.nomoat.chat.template.Variables;
import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.List;

/** Brings a request into the form in which templates expect it. */
final class TemplateVariables {
  private TemplateVariables() {}

  /** What templates can rely on to be there. */
  static Variables defaults() {
    return new Variables().none("tools").none("documents").truth("add_generation_prompt", false);
  }

  static Variables of(ChatRequest request) {
    Variables variables = defaults().truth("add_generation_prompt", true);
    variables.objects(
        "messages", request.messages().stream().map(TemplateVariables::message).toList());
    if (!request.tools().isEmpty()) {
      List<Variables> tools = new ArrayList<>();
      request.tools().forEach(tool -> tools.add(tool(tool)));
      variables.objects("tools", tools);
    }
    request.variables().forEach((name, json) -> variables.json(name, Json.parse(json)));
    return variables;
  }

  private static Variables message(ChatMessage message) {
    // Roles become part of control tokens in many templates.
    Variables variables =
        new Variables()
            .trustedText("role", message.role().label())
            .text("content", message.content());
    if (!message.reasoning().isEmpty()) {
      // Templates know it by either name.
      variables.text("reasoning_content", message.reasoning());
      variables.text("thinking", message.reasoning());
    }
    if (!message.toolCalls().isEmpty()) {
      variables.objects(
          "tool_calls", message.toolCalls().stream().map(TemplateVariables::call).toList());
    }
    if (message.role() == Role.TOOL) {
      variables.text("tool_call_id", message.toolCallId()).text("name", message.toolName());
    }
    return variables;
  }

  private static Variables call(ToolCall call) {
    return new Variables()
        .text("id", call.id())
        .trustedText("type", "function")
        .object(
            "function",
            new Variables()
                .text("name", call.name())
                .json("arguments", Json.parse(call.arguments())));
  }

  private static Variables tool(Tool tool) {
    return new Variables()
        .trustedText("type", "function")
        .object(
            "function",
            new Variables()
                .text("name", tool.name())
                .text("description", tool.description())
                .json("parameters", Json.parse(tool.parameters())));
  }
}
