package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.Dry;
import dev.nomoat.DynamicTemperature;
import dev.nomoat.LanguageModel;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Xtc;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every step, alone and in chains, leaves what the reference leaves: see README.md beside it. */
class ChainGoldenTest {
  private static final Path STORY =
      Path.of("../llm-examples/src/main/resources/dev/nomoat/examples/story-q8_0.gguf");

  private static final SamplingOptions OFF =
      SamplingOptions.defaults().withTemperature(1).withTopK(0).withTopP(1).withMinP(0);

  private static List<String> lines(String name) throws IOException {
    try (InputStream in = ChainGoldenTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    }
  }

  @Test
  void stepsLeaveWhatTheReferenceLeaves() throws IOException {
    Tokenizer tokenizer = LanguageModel.loadTokenizer(STORY);
    List<String> lines = lines("chain.txt");
    String steps = "";
    int[] history = {};
    float[] logits = {};
    int cases = 0;
    for (String line : lines) {
      String rest = line.substring(line.indexOf(' ') + 1);
      switch (line.substring(0, line.indexOf(' '))) {
        case "case" -> {
          steps = rest;
          history = new int[0];
        }
        case "history" -> history = ints(rest);
        case "logits" -> logits = floats(rest);
        case "zeros" -> logits = new float[Integer.parseInt(rest)];
        case "left" -> {
          assertLeft(narrow(steps, history, logits, tokenizer), rest, "case " + cases++ + steps);
        }
        case "changed" -> {
          assertChanged(narrow(steps, history, logits, tokenizer), rest, "case " + cases++ + steps);
        }
        default -> throw new AssertionError(line);
      }
    }
    assertThat(cases).isEqualTo(137);
  }

  private static Candidates narrow(
      String steps, int[] history, float[] logits, Tokenizer tokenizer) {
    SamplingOptions options = OFF;
    for (String step : steps.split(" ", -1)) {
      int at = step.indexOf('=');
      options = with(options, step.substring(0, at), step.substring(at + 1).split(",", -1));
    }
    List<String> texts = options.dry().map(Dry::breakers).orElse(List.of());
    DryBreakers breakers = DryBreakers.of(texts, tokenizer, tokenizer.vocabularySize());
    Sampler sampler = new Sampler(options, 1, logits.length, null, breakers, OptionalInt.empty());
    for (int token : history) {
      sampler.accept(token);
    }
    return sampler.narrow(logits, 0);
  }

  private static SamplingOptions with(SamplingOptions o, String step, String[] values) {
    return switch (step) {
      case "bias" -> {
        Map<Integer, Float> bias = new HashMap<>();
        for (String value : values) {
          String[] pair = value.split("=", -1);
          bias.put(Integer.valueOf(pair[0]), number(pair[1]));
        }
        yield o.withLogitBias(bias);
      }
      case "penalties" ->
          o.withPenaltyLastN(Integer.parseInt(values[0]))
              .withRepeatPenalty(number(values[1]))
              .withFrequencyPenalty(number(values[2]))
              .withPresencePenalty(number(values[3]));
      case "dry" ->
          o.withDry(
              new Dry(
                  number(values[0]),
                  number(values[1]),
                  Integer.parseInt(values[2]),
                  Integer.parseInt(values[3]),
                  Arrays.stream(values)
                      .skip(4)
                      .map(v -> new String(HexFormat.of().parseHex(v), StandardCharsets.UTF_8))
                      .toList()));
      case "sigma" -> o.withTopNSigma(number(values[0]));
      case "top-k" -> o.withTopK(Integer.parseInt(values[0]));
      case "typical" -> o.withTypicalP(number(values[0]));
      case "top-p" -> o.withTopP(number(values[0]));
      case "min-p" -> o.withMinP(number(values[0]));
      case "xtc" -> o.withXtc(new Xtc(number(values[0]), number(values[1])));
      case "temp" -> {
        SamplingOptions at = o.withTemperature(number(values[0]));
        float range = number(values[1]);
        yield range == 0
            ? at
            : at.withDynamicTemperature(new DynamicTemperature(range, number(values[2])));
      }
      default -> throw new AssertionError(step);
    };
  }

  /** The same tokens with the same distances from the greatest logit. */
  private static void assertLeft(Candidates candidates, String expected, String name) {
    Map<Integer, Float> left = pairs(expected);
    left.values().removeIf(logit -> logit == Float.NEGATIVE_INFINITY);
    double max = left.values().stream().mapToDouble(Float::doubleValue).max().orElseThrow();
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.logit(i) != Float.NEGATIVE_INFINITY) {
        ids.add(candidates.id(i));
      }
    }
    assertThat(ids).as(name).containsExactlyInAnyOrderElementsOf(left.keySet());
    left.forEach(
        (id, logit) ->
            assertThat((double) candidates.logitOf(id) - candidates.maxLogit())
                .as(name + " token " + id)
                .isEqualTo(logit - max, within(1e-5 * (1 + Math.abs(logit - max)))));
  }

  private static void assertChanged(Candidates candidates, String expected, String name) {
    Map<Integer, Float> changed = new TreeMap<>();
    for (int id = 0; id < candidates.vocabulary(); id++) {
      if (candidates.logitOf(id) != 0) {
        changed.put(id, candidates.logitOf(id));
      }
    }
    Map<Integer, Float> wanted = pairs(expected);
    assertThat(changed).as(name).containsOnlyKeys(wanted.keySet());
    wanted.forEach(
        (id, logit) ->
            assertThat(changed.get(id)).as(name).isEqualTo(logit, within(1e-6f * -logit)));
  }

  @Test
  void mirostatCutsWhereTheReferenceCuts() throws IOException {
    MirostatChoice choice = new MirostatChoice(Mirostat.defaults(), new SplitMix64(0));
    Candidates candidates = new Candidates(30, 30);
    double total = 0;
    int steps = 0;
    int cuts = 0;
    for (String line : lines("mirostat.txt")) {
      String rest = line.substring(line.indexOf(' ') + 1);
      switch (line.substring(0, line.indexOf(' '))) {
        case "mirostat" -> {
          float[] numbers = floats(rest);
          choice = new MirostatChoice(new Mirostat(numbers[0], numbers[1]), new SplitMix64(0));
        }
        case "logits" -> candidates.load(floats(rest), 0);
        case "left" -> {
          total = choice.cut(candidates);
          int[] ids = IntStream.range(0, candidates.size()).map(candidates::id).sorted().toArray();
          assertThat(ids).as("step " + steps).containsExactly(ints(rest));
          cuts += ids.length < 30 ? 1 : 0;
        }
        case "drawn" -> {
          choice.observe(candidates, total, Integer.parseInt(rest));
          steps++;
        }
        default -> throw new AssertionError(line);
      }
    }
    assertThat(steps).isEqualTo(60);
    assertThat(cuts).isGreaterThan(20);
  }

  private static Map<Integer, Float> pairs(String text) {
    Map<Integer, Float> pairs = new TreeMap<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      int at = pair.indexOf('=');
      pairs.put(Integer.valueOf(pair.substring(0, at)), number(pair.substring(at + 1)));
    }
    return pairs;
  }

  private static float number(String text) {
    return text.equals("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(text);
  }

  private static float[] floats(String text) {
    String[] numbers = text.split(" ", -1);
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = number(numbers[i]);
    }
    return floats;
  }

  private static int[] ints(String text) {
    return Arrays.stream(text.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
  }
}
