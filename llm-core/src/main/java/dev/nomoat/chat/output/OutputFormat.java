package dev.nomoat.chat.output;

import java.util.ArrayList;
import java.util.List;

/**
 * How a model marks what is not text for the user.
 *
 * @param reasoning the marks around reasoning
 * @param calls the marks around calls, with what stands between them
 * @param ignored marks around other parts, which are left out
 * @param bareJson whether an answer that is a JSON object or array alone may be a call
 * @param channels whether every part of the answer is a message of a channel, as in gpt-oss
 */
public record OutputFormat(
    List<Marks> reasoning,
    List<CallMarks> calls,
    List<String> ignored,
    boolean bareJson,
    boolean channels) {
  /**
   * Two marks.
   *
   * @param open what begins a part
   * @param close what ends it
   */
  public record Marks(String open, String close) {}

  /** Marks around calls; an empty {@code close} stands for the end of the answer. */
  record CallMarks(String open, String close, CallSyntax syntax) {}

  /** Copies the lists. */
  public OutputFormat {
    reasoning = List.copyOf(reasoning);
    calls = List.copyOf(calls);
    ignored = List.copyOf(ignored);
  }

  private static final String DEEPSEEK_CALL = "<｜tool▁call▁begin｜>";

  private static final List<Marks> REASONING =
      List.of(
          new Marks("<think>", "</think>"),
          new Marks("<thinking>", "</thinking>"),
          new Marks("<seed:think>", "</seed:think>"),
          new Marks("[THINK]", "[/THINK]"),
          new Marks("<|channel>thought\n", "<channel|>"),
          new Marks("<|START_THINKING|>", "<|END_THINKING|>"));

  /**
   * The format of a model.
   *
   * @param template its chat template, which shows how calls are written to it
   * @param tools whether the model was given tools; without any nothing is a call
   * @return the format
   */
  public static OutputFormat of(String template, boolean tools) {
    boolean channels = template.contains("<|channel|>") && template.contains("<|message|>");
    List<String> ignored = new ArrayList<>();
    if (template.contains("<|START_RESPONSE|>")) {
      ignored.addAll(List.of("<|START_RESPONSE|>", "<|END_RESPONSE|>"));
    }
    if (tools && template.contains(DEEPSEEK_CALL)) {
      ignored.addAll(List.of("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"));
    }
    List<CallMarks> calls = tools ? callMarks(template) : List.of();
    boolean llama = template.contains("<|start_header_id|>") || template.contains("<|python_tag|>");
    boolean bareJson = tools && (calls.isEmpty() || llama);
    return new OutputFormat(REASONING, calls, ignored, bareJson, channels);
  }

  private static List<CallMarks> callMarks(String template) {
    List<CallMarks> marks = new ArrayList<>();
    if (template.contains("<tool_call>")) {
      CallSyntax syntax =
          template.contains("<function=")
              ? CallSyntax.XML_FUNCTION
              : template.contains("<arg_key>") ? CallSyntax.ARGUMENT_TAGS : CallSyntax.JSON;
      marks.add(new CallMarks("<tool_call>", "</tool_call>", syntax));
    }
    if (template.contains(DEEPSEEK_CALL)) {
      marks.add(new CallMarks(DEEPSEEK_CALL, "<｜tool▁call▁end｜>", CallSyntax.DEEPSEEK));
    }
    if (template.contains("[TOOL_CALLS]")) {
      marks.add(new CallMarks("[TOOL_CALLS]", "", CallSyntax.NAME_AND_JSON));
    }
    if (template.contains("<|START_ACTION|>")) {
      marks.add(new CallMarks("<|START_ACTION|>", "<|END_ACTION|>", CallSyntax.JSON));
    }
    if (template.contains("<|tool_call>")) {
      marks.add(new CallMarks("<|tool_call>", "<tool_call|>", CallSyntax.GEMMA));
    }
    if (template.contains("<start_function_call>")) {
      marks.add(new CallMarks("<start_function_call>", "<end_function_call>", CallSyntax.GEMMA));
    }
    if (template.contains("<|tool_call|>")) {
      // Granite 3 writes no closing mark; Phi-4 does.
      String close = template.contains("<|/tool_call|>") ? "<|/tool_call|>" : "";
      marks.add(new CallMarks("<|tool_call|>", close, CallSyntax.JSON));
    }
    if (template.contains("<|python_tag|>")) {
      marks.add(new CallMarks("<|python_tag|>", "", CallSyntax.JSON));
    }
    return marks;
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
