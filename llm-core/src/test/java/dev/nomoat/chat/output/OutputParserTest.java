package dev.nomoat.chat.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

class OutputParserTest {
  private static final String HERMES = "… <tool_call> …";
  private static final String QWEN_CODER = "… <tool_call> <function= …";
  private static final String GLM = "… <tool_call> <arg_key> …";
  private static final String LLAMA = "… <|start_header_id|> <|python_tag|> …";
  private static final String MISTRAL = "… [TOOL_CALLS] …";
  private static final String DEEPSEEK = "… <｜tool▁calls▁begin｜><｜tool▁call▁begin｜> …";
  private static final String GPT_OSS = "… <|channel|> <|message|> …";
  private static final String GEMMA = "… <|tool_call> …";
  private static final String FUNCTION_GEMMA = "… <start_function_call> …";
  private static final String GRANITE = "… <|tool_call|> …";
  private static final String COMMAND_R = "… <|START_ACTION|> <|START_RESPONSE|> …";
  private static final String PLAIN = "…";

  /** Templates, answers, and what is found in them: {@code T} text, {@code R} reasoning. */
  static final List<Arguments> ANSWERS =
      List.of(
          Arguments.of(HERMES, "Hello <b>you", "T:Hello <b>you"),
          Arguments.of(HERMES, "<think>\nhm\n</think>\n\nHi", "R:\nhm\n|T:Hi"),
          Arguments.of(
              HERMES,
              "Wait. <tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"</b>\"}}</tool_call>",
              "T:Wait. |C:f{\"a\":\"</b>\"}"),
          Arguments.of(
              HERMES,
              "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n"
                  + "<tool_call>{\"name\":\"g\",\"arguments\":null}</tool_call>",
              "C:f{}|C:g{}"),
          Arguments.of(
              HERMES,
              "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}",
              "M:<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}"),
          Arguments.of(
              HERMES,
              "<tool_call>{\"name\": \"f\"}</tool_call>x",
              "M:<tool_call>{\"name\": \"f\"}</tool_call>|T:x"),
          Arguments.of(
              HERMES, "<tool_call>nonsense</tool_call>", "M:<tool_call>nonsense</tool_call>"),
          Arguments.of(HERMES, "a <tool_cal", "T:a <tool_cal"),
          Arguments.of(
              QWEN_CODER,
              "<tool_call>\n<function=f>\n<parameter=a>\nx\ny\n</parameter>\n"
                  + "<parameter=b>\n[1, 2]\n</parameter>\n</function>\n</tool_call>",
              "C:f{\"a\":\"x\\ny\",\"b\":[1,2]}"),
          Arguments.of(
              QWEN_CODER,
              "<tool_call><function=f><parameter=a>x</tool_call>",
              "M:<tool_call><function=f><parameter=a>x</tool_call>"),
          Arguments.of(
              GLM,
              "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>x y</arg_value>\n"
                  + "<arg_key>b</arg_key>\n<arg_value>true</arg_value>\n</tool_call>",
              "C:f{\"a\":\"x y\",\"b\":true}"),
          Arguments.of(GLM, "<tool_call>f</tool_call>", "C:f{}"),
          Arguments.of(
              LLAMA, "{\"name\": \"f\", \"parameters\": {\"a\": \"b\"}}", "C:f{\"a\":\"b\"}"),
          Arguments.of(
              LLAMA,
              "<|python_tag|>{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\","
                  + " \"parameters\": {}}",
              "C:f{}|C:g{}"),
          Arguments.of(LLAMA, "<|python_tag|>print(1)", "M:<|python_tag|>print(1)"),
          Arguments.of(LLAMA, "{\"answer\": 1}", "T:{\"answer\": 1}"),
          Arguments.of(LLAMA, "Sure {\"a\"}", "T:Sure {\"a\"}"),
          Arguments.of(
              MISTRAL,
              "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1}, \"id\": \"abcdefghi\"}]",
              "C:f{\"a\":1}#abcdefghi"),
          Arguments.of(MISTRAL, "[TOOL_CALLS]f[ARGS]{\"a\": 1}", "C:f{\"a\":1}"),
          Arguments.of(MISTRAL, "[TOOL_CALLS]f[CALL_ID]123456789[ARGS]{}", "C:f{}#123456789"),
          Arguments.of(MISTRAL, "[THINK]hm[/THINK]Hi", "R:hm|T:Hi"),
          Arguments.of(
              DEEPSEEK,
              "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n"
                  + "{\"a\": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
              "C:f{\"a\":1}"),
          Arguments.of(
              DEEPSEEK,
              "Go.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{}<｜tool▁call▁end｜>\n"
                  + "<｜tool▁call▁begin｜>g<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
              "T:Go.|C:f{}|C:g{}"),
          Arguments.of(
              GPT_OSS,
              "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final"
                  + "<|message|>Hi <b><|return|>",
              "R:hm|T:Hi <b>"),
          Arguments.of(
              GPT_OSS,
              "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\": 1}<|call|>",
              "C:f{\"a\":1}"),
          Arguments.of(
              GPT_OSS,
              "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{\"a\": 1",
              "M:<|channel|>assistant to=functions.f commentary json<|message|>{\"a\": 1"),
          Arguments.of(
              GEMMA,
              "<|tool_call>call:f{a:<|\"|>x, {y}<|\"|>,b:[1,{c:true}]}<tool_call|>",
              "C:f{\"a\":\"x, {y}\",\"b\":[1,{\"c\":true}]}"),
          Arguments.of(GEMMA, "<|channel>thought\nhm<channel|>Hi", "R:hm|T:Hi"),
          Arguments.of(
              FUNCTION_GEMMA,
              "<start_function_call>call:f{a:<escape>x<escape>}<end_function_call>",
              "C:f{\"a\":\"x\"}"),
          Arguments.of(GRANITE, "<|tool_call|>[{\"name\": \"f\", \"arguments\": {}}]", "C:f{}"),
          Arguments.of(
              COMMAND_R,
              "<|START_THINKING|>hm<|END_THINKING|><|START_ACTION|>[{\"tool_call_id\": \"0\", "
                  + "\"tool_name\": \"f\", \"parameters\": {}}]<|END_ACTION|>",
              "R:hm|C:f{}#0"),
          Arguments.of(COMMAND_R, "<|START_RESPONSE|>Hi<|END_RESPONSE|>", "T:Hi"),
          Arguments.of(PLAIN, "[{\"name\": \"f\", \"arguments\": \"{}\"}]", "C:f{}"),
          Arguments.of(PLAIN, "{\"function\": {\"name\": \"f\", \"arguments\": {}}}", "C:f{}"),
          Arguments.of(
              PLAIN,
              "{\"name\": \"f\", \"arguments\": [}",
              "M:{\"name\": \"f\", \"arguments\": [}"),
          Arguments.of(PLAIN, "{1}", "T:{1}"),
          Arguments.of(PLAIN, "", ""));

  @ParameterizedTest
  @FieldSource("ANSWERS")
  void findsTheParts(String template, String answer, String parts) {
    assertThat(parse(template, true, answer, answer.length() + 1)).isEqualTo(parts);
  }

  @ParameterizedTest
  @FieldSource("ANSWERS")
  void howTheTextIsCutMakesNoDifference(String template, String answer, String parts) {
    for (int size : new int[] {1, 2, 3, 7}) {
      assertThat(parse(template, true, answer, size)).isEqualTo(parts);
    }
  }

  @Test
  void withoutToolsNothingIsACall() {
    String text = "<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>";
    assertThat(parse(HERMES, false, text, 5)).isEqualTo("T:" + text);
    assertThat(parse(PLAIN, false, "{\"name\": \"f\", \"arguments\": {}}", 5))
        .isEqualTo("T:{\"name\": \"f\", \"arguments\": {}}");
  }

  @Test
  void reasoningMayHaveBegunInThePrompt() {
    OutputParser parser =
        new OutputParser(OutputFormat.of(HERMES, true), "<|im_start|>assistant\n<think>\n");
    List<OutputPart> parts = new ArrayList<>(parser.text("hm</think>"));
    parts.addAll(parser.text("\n\nHi"));
    parts.addAll(parser.finish());
    assertThat(shown(parts)).isEqualTo("R:hm|T:Hi");
  }

  @Test
  void textComesAtOnce() {
    OutputParser parser = new OutputParser(OutputFormat.of(HERMES, true), "");
    assertThat(parser.text("Hel")).containsExactly(new OutputPart.Content("Hel"));
    assertThat(parser.text("lo <tool")).containsExactly(new OutputPart.Content("lo "));
    assertThat(parser.text("s>")).containsExactly(new OutputPart.Content("<tools>"));
    assertThat(parser.finish()).isEmpty();
  }

  @Test
  void otherControlTokensAreLeftOut() {
    OutputParser parser = new OutputParser(OutputFormat.of(MISTRAL, true), "");
    List<OutputPart> parts = new ArrayList<>(parser.control("[UNUSED]"));
    parts.addAll(parser.control("[TOOL_CALLS]"));
    parts.addAll(parser.text("f"));
    parts.addAll(parser.control("[ARGS]"));
    parts.addAll(parser.text("{}"));
    parts.addAll(parser.finish());
    assertThat(shown(parts)).isEqualTo("C:f{}");
  }

  @Test
  void aValueThatNestsTooDeepAsAMemberIsMalformed() {
    for (int depth : new int[] {199, 200}) {
      String value = "[".repeat(depth) + "]".repeat(depth);
      String answer =
          "<tool_call><function=f><parameter=a>" + value + "</parameter></function></tool_call>";
      assertThat(parse(QWEN_CODER, true, answer, 50)).startsWith(depth < 200 ? "C:f{" : "M:");
    }
  }

  @Test
  void manyMarksTakeLinearTime() {
    assertThat(parse(HERMES, true, "<tool".repeat(100_000), 50)).hasSize(500_002);
    assertThat(parse(HERMES, true, "<tool_call>" + "[".repeat(100_000), 50)).startsWith("M:");
    assertThat(parse(GEMMA, true, "<|tool_call>call:f{a:" + "[".repeat(100_000), 50))
        .startsWith("M:");
    assertThat(parse(PLAIN, true, "[".repeat(20_000), 50)).startsWith("T:");
  }

  private static String parse(String template, boolean tools, String answer, int pieceSize) {
    OutputParser parser = new OutputParser(OutputFormat.of(template, tools), "");
    List<OutputPart> parts = new ArrayList<>();
    for (int at = 0; at < answer.length(); at += pieceSize) {
      parts.addAll(parser.text(answer.substring(at, Math.min(answer.length(), at + pieceSize))));
    }
    parts.addAll(parser.finish());
    return shown(parts);
  }

  /** The parts in one line, text and reasoning put together. */
  private static String shown(List<OutputPart> parts) {
    StringBuilder out = new StringBuilder();
    char before = ' ';
    for (OutputPart part : parts) {
      char kind =
          switch (part) {
            case OutputPart.Content _ -> 'T';
            case OutputPart.Reasoning _ -> 'R';
            case OutputPart.Call _ -> 'C';
            case OutputPart.Malformed _ -> 'M';
          };
      boolean goesOn = kind == before && (kind == 'T' || kind == 'R');
      out.append(goesOn ? "" : (out.isEmpty() ? "" : "|") + kind + ":");
      before = kind;
      switch (part) {
        case OutputPart.Content(String text) -> out.append(text);
        case OutputPart.Reasoning(String text) -> out.append(text);
        case OutputPart.Call(String id, String name, String arguments) ->
            out.append(name).append(arguments).append(id.isEmpty() ? "" : "#" + id);
        case OutputPart.Malformed(String text, String reason) -> {
          assertThat(reason).isNotBlank();
          out.append(text);
        }
      }
    }
    return out.toString();
  }
}
