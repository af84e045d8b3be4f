package dev.nomoat.chat.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private static final String KIMI = "… <|tool_calls_section_begin|><|tool_call_begin|> …";
  private static final String DSML = "… ｜DSML｜ …";
  private static final String MINIMAX = "… <minimax:tool_call> …";
  private static final String SEED = "… <seed:tool_call> …";
  private static final String APRIEL = "… <tool_call> <tool_calls>[ …";
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
              HERMES,
              "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\":"
                  + " \"\\\"</tool_call><tool_call>\"}}</tool_call>!",
              "C:f{\"a\":\"\\\"</tool_call><tool_call>\"}|T:!"),
          Arguments.of(
              HERMES,
              "<tool_call>{\"name\": \"f\", \"arguments\": {\"a}}</tool_call> Done, \"so\""
                  + " </tool_call>",
              "M:<tool_call>{\"name\": \"f\", \"arguments\": {\"a}}</tool_call>"
                  + "|T:Done, \"so\" </tool_call>"),
          Arguments.of(
              HERMES,
              "<tool_call>{\"name\": \"f\", \"arguments\": {}}\n"
                  + "<tool_call>{\"name\": \"g\", \"arguments\": {}}",
              "C:f{}|C:g{}"),
          Arguments.of(
              HERMES,
              "<think>a <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call></think>b",
              "R:a <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>|T:b"),
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
              QWEN_CODER,
              "<tool_call><function=f><parameter=a>x</tool_call> So <b>.",
              "M:<tool_call><function=f><parameter=a>x</tool_call>|T:So <b>."),
          Arguments.of(
              QWEN_CODER,
              "<tool_call><function=f><parameter=a>x</tool_call></parameter></function></tool_call>",
              "C:f{\"a\":\"x</tool_call>\"}"),
          Arguments.of(
              QWEN_CODER,
              "<tool_call><function=typed><parameter=s>12</parameter><parameter=n>12</parameter>"
                  + "<parameter=other>12</parameter></function></tool_call>",
              "C:typed{\"s\":\"12\",\"n\":12,\"other\":12}"),
          Arguments.of(
              SEED,
              "<seed:think>hm</seed:think><seed:tool_call><function=f><parameter=a>1</parameter>"
                  + "</function></seed:tool_call>",
              "R:hm|C:f{\"a\":1}"),
          Arguments.of(
              MINIMAX,
              "<minimax:tool_call>\n<invoke name=\"typed\">\n<parameter name=\"s\">1</parameter>\n"
                  + "</invoke>\n<invoke name=\"g\">\n</invoke>\n</minimax:tool_call>",
              "C:typed{\"s\":\"1\"}|C:g{}"),
          Arguments.of(
              DSML,
              "<｜DSML｜function_calls><｜DSML｜invoke name=\"f\">"
                  + "<｜DSML｜parameter name=\"a\" string=\"true\">1</｜DSML｜parameter>"
                  + "<｜DSML｜parameter name=\"b\" string=\"false\">[1]</｜DSML｜parameter>"
                  + "</｜DSML｜invoke></｜DSML｜function_calls>",
              "C:f{\"a\":\"1\",\"b\":[1]}"),
          Arguments.of(
              KIMI,
              "<think>hm<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0"
                  + "<|tool_call_argument_begin|>{\"a\": 1}<|tool_call_end|><|tool_call_begin|>g:1"
                  + "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>",
              "R:hm|C:f{\"a\":1}#functions.f:0|C:g{}#g:1"),
          Arguments.of(
              KIMI,
              "<|tool_call_begin|>functions.f:0{}<|tool_call_end|>",
              "M:<|tool_call_begin|>functions.f:0{}<|tool_call_end|>"),
          Arguments.of(
              APRIEL, "<tool_calls>[{\"name\": \"f\", \"arguments\": {}}]</tool_calls>", "C:f{}"),
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
          Arguments.of(
              LLAMA, "<think>hm</think>\n\n{\"name\": \"f\", \"parameters\": {}}", "R:hm|C:f{}"),
          Arguments.of(LLAMA, "Sure {\"a\"}", "T:Sure {\"a\"}"),
          Arguments.of(
              MISTRAL,
              "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1}, \"id\": \"abcdefghi\"}]",
              "C:f{\"a\":1}#abcdefghi"),
          Arguments.of(MISTRAL, "[TOOL_CALLS]f[ARGS]{\"a\": 1}", "C:f{\"a\":1}"),
          Arguments.of(MISTRAL, "[TOOL_CALLS]f[CALL_ID]123456789[ARGS]{}", "C:f{}#123456789"),
          Arguments.of(MISTRAL, "[THINK]hm[/THINK]Hi", "R:hm|T:Hi"),
          Arguments.of(
              MISTRAL,
              "[TOOL_CALLS]f[ARGS]{\"a\": \"[TOOL_CALLS]\"}[TOOL_CALLS]g[ARGS]{}",
              "C:f{\"a\":\"[TOOL_CALLS]\"}|C:g{}"),
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
              "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final "
                  + "<|constrain|>json<|message|>{}",
              "T:I look.{}"),
          Arguments.of(
              GPT_OSS,
              "<|channel|>commentary to=assistant<|channel|>analysis<|message|>hm",
              "R:hm"),
          Arguments.of(
              GPT_OSS,
              "<|channel|>comment to=functions.f<|message|>{}<|call|>",
              "M:<|channel|>comment to=functions.f<|message|>{}"),
          Arguments.of(GPT_OSS, "<|channel|>final", "M:<|channel|>final"),
          Arguments.of(
              GPT_OSS,
              "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\": 1}<|call|>",
              "C:f{\"a\":1}"),
          Arguments.of(
              GPT_OSS,
              "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{\"a\": 1",
              "M:<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{\"a\": 1"),
          Arguments.of(
              GEMMA,
              "<|tool_call>call:f{a:<|\"|>x, {y}<|\"|>,b:[1,{c:true}]}<tool_call|>",
              "C:f{\"a\":\"x, {y}\",\"b\":[1,{\"c\":true}]}"),
          Arguments.of(GEMMA, "<|channel>thought\nhm<channel|>Hi", "R:hm|T:Hi"),
          Arguments.of(
              FUNCTION_GEMMA,
              "<start_function_call>call:f{a:<escape>x<escape>}<end_function_call>",
              "C:f{\"a\":\"x\"}"),
          Arguments.of(
              GRANITE + "<response>", "<think>hm</think><response>Hi</response>", "R:hm|T:Hi"),
          Arguments.of(GRANITE, "<|tool_call|>[{\"name\": \"f\", \"arguments\": {}}]", "C:f{}"),
          Arguments.of(
              COMMAND_R,
              "<|START_THINKING|>hm<|END_THINKING|><|START_ACTION|>[{\"tool_call_id\": \"0\", "
                  + "\"tool_name\": \"f\", \"parameters\": {}}]<|END_ACTION|>",
              "R:hm|C:f{}#0"),
          Arguments.of(COMMAND_R, "<|START_RESPONSE|>Hi<|END_RESPONSE|>", "T:Hi"),
          Arguments.of(
              "… Action: … directly-answer …",
              "Plan.\nAction: ```json\n[{\"tool_name\": \"f\", \"parameters\": {}}]\n```",
              "T:Plan.\n|C:f{}"),
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
    OutputParser parser = parser(HERMES, true, "<|im_start|>assistant\n<think>\n");
    List<OutputPart> parts = new ArrayList<>(parser.text("hm</think>"));
    parts.addAll(parser.text("\n\nHi"));
    parts.addAll(parser.finish());
    assertThat(shown(parts)).isEqualTo("R:hm|T:Hi");
  }

  @Test
  void aMessageMayHaveBegunInThePrompt() {
    String prompt = "<|start|>user<|message|>Hey<|end|><|start|>assistant";
    for (String[] answer :
        new String[][] {
          {" to=functions.f<|channel|>commentary json<|message|>{}<|call|>", "C:f{}"},
          {"<|channel|>final<|message|>Hi", "T:Hi"},
          {"Hi, <b>", "T:Hi, <b>"},
          {" to=functions.f", "M: to=functions.f"}
        }) {
      OutputParser parser = parser(GPT_OSS, true, prompt);
      List<OutputPart> parts = new ArrayList<>();
      answer[0].chars().forEach(c -> parts.addAll(parser.text(Character.toString(c))));
      parts.addAll(parser.finish());
      assertThat(shown(parts)).isEqualTo(answer[1]);
    }
    OutputParser parser = parser(GPT_OSS, true, prompt + "<|channel|>final<|message|>");
    assertThat(parser.text("Hi")).containsExactly(new OutputPart.Content("Hi"));
  }

  @Test
  void textComesAtOnce() {
    OutputParser parser = parser(HERMES, true, "");
    assertThat(parser.text("Hel")).containsExactly(new OutputPart.Content("Hel"));
    assertThat(parser.text("lo <tool")).containsExactly(new OutputPart.Content("lo "));
    assertThat(parser.text("s>")).containsExactly(new OutputPart.Content("<tools>"));
    assertThat(parser.finish()).isEmpty();
  }

  @Test
  void otherControlTokensAreLeftOut() {
    OutputParser parser = parser(MISTRAL, true, "");
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
    assertThat(parse(PLAIN, true, " ".repeat(1_000_000) + "x", 10)).isEqualTo("T:x");
    String within = "<tool_call>{\"a\": \"" + "</tool_call>".repeat(100_000);
    for (int size : new int[] {50, within.length()}) {
      assertThat(parse(HERMES, true, within, size))
          .startsWith("M:")
          .endsWith("|T:" + "</tool_call>".repeat(99_999));
    }
    assertThat(parse(HERMES, true, "<tool_call>{\"".repeat(50_000), 1_000_000)).startsWith("M:");
    assertThat(parse(QWEN_CODER, true, "<tool_call><parameter=".repeat(50_000), 1_000_000))
        .startsWith("M:");
    assertThat(parse(GPT_OSS, true, "<|channel|>".repeat(50_000), 50)).startsWith("M:");
    assertThat(parse(GPT_OSS, true, "<|start|> to=".repeat(50_000), 1_000_000)).startsWith("M:");
  }

  /** A parser for tools of which one has parameters whose type is known. */
  private static OutputParser parser(String template, boolean tools, String prompt) {
    Json.ObjectValue schema =
        Json.parseObject(
            """
            {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}}
            """);
    return new OutputParser(template, tools ? Map.of("typed", schema) : Map.of(), prompt);
  }

  private static String parse(String template, boolean tools, String answer, int pieceSize) {
    OutputParser parser = parser(template, tools, "");
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
