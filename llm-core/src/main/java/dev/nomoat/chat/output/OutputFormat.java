package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a model marks what is not text for the user.
 *
 * @param reasoning the marks around reasoning
 * @param calls the marks around calls, with what stands between them
 * @param ignored marks around other parts, which are left out
 * @param bareJson whether an answer that is a JSON object or array alone may be a call
 * @param channels whether every part of the answer is a message of a channel, as in gpt-oss
 * @param texts which parameters of tools are text
 */
record OutputFormat(
    List<Marks> reasoning,
    List<CallMarks> calls,
    List<String> ignored,
    boolean bareJson,
    boolean channels,
    TextParameters texts) {
  /**
   * Two marks.
   *
   * @param open what begins a part
   * @param close what ends it
   */
  record Marks(String open, String close) {}

  /** Marks around calls; an empty {@code close} stands for the end of the answer. */
  record CallMarks(String open, String close, CallSyntax syntax) {}

  /** Copies the lists. */
  OutputFormat {
    reasoning = List.copyOf(reasoning);
    calls = List.copyOf(calls);
    ignored = List.copyOf(ignored);
  }

  private static final List<Marks> REASONING =
      List.of(
          new Marks("<think>", "</think>"),
          new Marks("<thinking>", "</thinking>"),
          new Marks("<seed:think>", "</seed:think>"),
          new Marks("[THINK]", "[/THINK]"),
          new Marks("<|channel>thought\n", "<channel|>"),
          new Marks("<|START_THINKING|>", "<|END_THINKING|>"));

  /** Marks around text for the user. */
  private static final List<List<String>> IGNORED =
      List.of(
          List.of("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
          List.of("<|START_TEXT|>", "<|END_TEXT|>"),
          List.of("<response>", "</response>"),
          List.of("<|channel>", "<channel|>"));

  /** Marks around several calls together. */
  private static final List<List<String>> SECTIONS =
      List.of(
          List.of("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
          List.of("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"));

  /** Marks of calls that a model knows if they are in its template. */
  private static final List<CallMarks> CALLS =
      List.of(
          new CallMarks("<seed:tool_call>", "</seed:tool_call>", CallSyntax.XML_FUNCTION),
          new CallMarks("<minimax:tool_call>", "</minimax:tool_call>", CallSyntax.INVOKE),
          new CallMarks("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", CallSyntax.DEEPSEEK),
          new CallMarks("<|tool_call_begin|>", "<|tool_call_end|>", CallSyntax.KIMI),
          new CallMarks("[TOOL_CALLS]", "", CallSyntax.NAME_AND_JSON),
          new CallMarks("<|START_ACTION|>", "<|END_ACTION|>", CallSyntax.JSON),
          new CallMarks("<|tool_call>", "<tool_call|>", CallSyntax.GEMMA),
          new CallMarks("<start_function_call>", "<end_function_call>", CallSyntax.FUNCTION_GEMMA),
          new CallMarks("<TOOLCALL>", "</TOOLCALL>", CallSyntax.JSON),
          new CallMarks("<|function_call|>", "", CallSyntax.JSON),
          new CallMarks("<|python_tag|>", "", CallSyntax.JSON));

  /** Marks of calls that do not occur in reasoning: where a model forgot to end it, they do. */
  private static final List<String> ENDS_OF_REASONING =
      List.of(
          "<｜tool▁calls▁begin｜>",
          "<｜tool▁call▁begin｜>",
          "<|tool_calls_section_begin|>",
          "<|tool_call_begin|>");

  /**
   * The format of a model.
   *
   * @param template its chat template, which shows how calls are written to it
   * @param tools the JSON schemas of the tools that the model was given, by their names; without
   *     any nothing is a call
   * @return the format
   */
  static OutputFormat of(String template, Map<String, Json.ObjectValue> tools) {
    List<List<String>> ignored = new ArrayList<>(IGNORED);
    ignored.addAll(tools.isEmpty() ? List.of() : SECTIONS);
    ignored.removeIf(marks -> !template.contains(marks.getFirst()));
    List<CallMarks> calls = tools.isEmpty() ? List.of() : callMarks(template);
    boolean llama = template.contains("<|start_header_id|>") || template.contains("<|python_tag|>");
    return new OutputFormat(
        REASONING,
        calls,
        ignored.stream().flatMap(List::stream).toList(),
        !tools.isEmpty() && (calls.isEmpty() || llama),
        template.contains("<|channel|>") && template.contains("<|message|>"),
        new TextParameters(tools));
  }

  private static List<CallMarks> callMarks(String template) {
    List<CallMarks> marks = new ArrayList<>();
    if (template.contains("<tool_calls>[")) {
      marks.add(new CallMarks("<tool_calls>", "</tool_calls>", CallSyntax.JSON));
    } else if (template.contains("<tool_call>")) {
      CallSyntax syntax =
          template.contains("<function=")
              ? CallSyntax.XML_FUNCTION
              : template.contains("<arg_key>") ? CallSyntax.ARGUMENT_TAGS : CallSyntax.JSON;
      marks.add(new CallMarks("<tool_call>", "</tool_call>", syntax));
    }
    if (template.contains("<|tool_call|>")) {
      // Granite 3 writes no closing mark; Phi-4 does.
      String close = template.contains("<|/tool_call|>") ? "<|/tool_call|>" : "";
      marks.add(new CallMarks("<|tool_call|>", close, CallSyntax.JSON));
    }
    if (template.contains("Action:") && template.contains("directly-answer")) {
      // Command-R writes its calls into a block of code.
      marks.add(new CallMarks("Action:\n```json\n", "\n```", CallSyntax.JSON));
      marks.add(new CallMarks("Action: ```json\n", "\n```", CallSyntax.JSON));
    }
    if (template.contains("｜DSML｜")) {
      marks.add(
          new CallMarks("<｜DSML｜function_calls>", "</｜DSML｜function_calls>", CallSyntax.DSML));
    }
    CALLS.stream().filter(each -> template.contains(each.open())).forEach(marks::add);
    return marks;
  }

  /** What ends a part of reasoning: its own mark, or that of a call. */
  List<String> endsOf(Marks reasoning) {
    List<String> ends = new ArrayList<>(List.of(reasoning.close()));
    for (String mark : ENDS_OF_REASONING) {
      if (ignored.contains(mark) || calls.stream().anyMatch(each -> each.open().equals(mark))) {
        ends.add(mark);
      }
    }
    return ends;
  }

  /** Everything that is a mark, so that control tokens among them are not left out. */
  List<String> marks() {
    List<String> all = new ArrayList<>(ignored);
    for (Marks marks : reasoning) {
      all.add(marks.open());
      all.add(marks.close());
    }
    for (CallMarks marks : calls) {
      all.add(marks.open());
      all.add(marks.close());
    }
    return all;
  }
}
