package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.grammar.Grammar;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.record.RecordBinding;
import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RecordGenerationTest {
  enum Colour {
    RED,
    GREEN
  }

  sealed interface Pet {}

  record Dog(String name, int age) implements Pet {}

  record Cat(boolean asleep) implements Pet {}

  record Node(int value, Optional<Node> next) {}

  @SuppressWarnings("ArrayRecordComponent") // arrays are a supported type
  record Everything(
      String text,
      boolean yes,
      Boolean no,
      byte b,
      short s,
      int i,
      Long l,
      float f,
      Double d,
      BigInteger big,
      BigDecimal decimal,
      Colour colour,
      LocalDate day,
      Instant moment,
      UUID id,
      List<Colour> colours,
      Set<Integer> numbers,
      int[] array,
      Map<String, Double> map,
      Optional<String> maybe,
      Pet pet,
      Node node) {}

  record Small(Colour colour, int count, List<Boolean> flags) {}

  record Odd(String name, List<Object> things) {}

  record Positive(int n) {
    Positive {
      if (!Integer.toString(n).isEmpty()) {
        throw new IllegalArgumentException("never");
      }
    }
  }

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q8_0");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void readsEveryType() {
    String json =
        """
        {"text":"a\\n","yes":true,"no":false,"b":-128,"s":300,"i":-5,"l":9223372036854775807,\
        "f":1.5,"d":2e3,"big":123,"decimal":0.10,"colour":"GREEN","day":"2024-02-29",\
        "moment":"2024-02-29T12:00:00Z","id":"123e4567-e89b-12d3-a456-426614174000",\
        "colours":["RED","GREEN"],"numbers":[3,1,3],"array":[7,8],"map":{"x":1.0},\
        "pet":{"type":"Dog","name":"Rex","age":3},"node":{"value":1,"next":{"value":2,"next":null}}}\
        """;
    assertThat(Grammar.of(Everything.class).matches(json)).isTrue();
    Everything read = RecordBinding.of(Everything.class).read(json);
    assertThat(read.text).isEqualTo("a\n");
    assertThat(read.yes).isTrue();
    assertThat(read.no).isFalse();
    assertThat(List.of(read.b, read.s, read.i, read.l))
        .isEqualTo(List.of((byte) -128, (short) 300, -5, Long.MAX_VALUE));
    assertThat(read.f).isEqualTo(1.5f);
    assertThat(read.d).isEqualTo(2000);
    assertThat(read.big).isEqualTo(123);
    assertThat(read.decimal).isEqualTo(new BigDecimal("0.10"));
    assertThat(read.colour).isEqualTo(Colour.GREEN);
    assertThat(read.day).isEqualTo("2024-02-29");
    assertThat(read.moment).isEqualTo("2024-02-29T12:00:00Z");
    assertThat(read.id).hasToString("123e4567-e89b-12d3-a456-426614174000");
    assertThat(read.colours).containsExactly(Colour.RED, Colour.GREEN);
    assertThat(read.numbers).containsExactly(3, 1);
    assertThat(read.array).containsExactly(7, 8);
    assertThat(read.map).containsExactly(Map.entry("x", 1.0));
    assertThat(read.maybe).isEmpty();
    assertThat(read.pet).isEqualTo(new Dog("Rex", 3));
    assertThat(read.node).isEqualTo(new Node(1, Optional.of(new Node(2, Optional.empty()))));
  }

  @Test
  void grammarsOfRecordsKeepToTheTypes() {
    Grammar grammar = Grammar.of(Small.class);
    assertThat(grammar.matches("{\"colour\":\"RED\",\"count\":1,\"flags\":[true]}")).isTrue();
    assertThat(grammar.matches("{\"colour\":\"RED\",\"count\":2147483648,\"flags\":[]}")).isFalse();
    assertThat(grammar.matches("{\"colour\":\"BLUE\",\"count\":1,\"flags\":[]}")).isFalse();
    assertThat(grammar.matches("{\"colour\":\"RED\",\"count\":1}")).isFalse();
    assertThat(grammar.matches("{\"colour\":null,\"count\":1,\"flags\":[]}")).isFalse();
  }

  @Test
  void generatesRecords() {
    GenerationRequest request =
        GenerationRequest.of("An object:").withTemperature(1.5f).withMaxTokens(400);
    for (int seed = 0; seed < 5; seed++) {
      Dog dog = model.generate(request.withSeed(seed).withMaxTokens(900), Dog.class);
      assertThat(model.generate(request.withSeed(seed).withMaxTokens(900), Dog.class))
          .isEqualTo(dog);
    }
    assertThatExceptionOfType(GenerationException.class)
        .isThrownBy(() -> model.generate(request.withMaxTokens(3), Small.class))
        .withMessageStartingWith("the text ended by MAX_TOKENS before the record was complete: ");
    assertThatExceptionOfType(GenerationException.class)
        .isThrownBy(() -> model.generate(request, Positive.class))
        .withMessageContaining("no " + Positive.class.getName() + " can be made of")
        .withStackTraceContaining("never");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.generate(request.withGrammar(Grammar.json()), Dog.class));
  }

  @Test
  void refusesOtherTypesByNameAndPath() {
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.of(Odd.class))
        .withMessage("Odd.things[]: the type java.lang.Object is not supported");
  }

  @Test
  void scoresAreThoseOfTheLogits() {
    String text = "Once upon a time there was a little cat.";
    int[] ids = model.tokenizer().encodePrompt(text, SpecialTokens.PLAIN_TEXT);
    float[] logits = model.logits(ids);
    TextScore score = model.score(text);
    assertThat(score.tokens()).hasSize(ids.length - 1);
    double sum = 0;
    for (int i = 1; i < ids.length; i++) {
      double total = 0;
      for (int id = 0; id < Story.VOCAB; id++) {
        total += Math.exp(logits[(i - 1) * Story.VOCAB + id]);
      }
      double expected = logits[(i - 1) * Story.VOCAB + ids[i]] - Math.log(total);
      TextScore.TokenScore token = score.tokens().get(i - 1);
      assertThat(token.id()).isEqualTo(ids[i]);
      assertThat(token.logProbability()).isCloseTo(expected, within(1e-6));
      sum += expected;
    }
    assertThat(score.perplexity()).isCloseTo(Math.exp(-sum / (ids.length - 1)), within(1e-6));
  }

  @Test
  void choicesAreTheScoresOfWholeLabels() {
    String prompt = "Once upon a time there was a little";
    LabelChoice choice = model.choose(prompt, " cat", " elephant", " xylophone");
    double[] scores = new double[3];
    int i = 0;
    for (String label : choice.probabilities().keySet()) {
      scores[i++] = model.score(prompt + label).logProbability();
    }
    assertThat(choice.probabilities().keySet()).containsExactly(" cat", " elephant", " xylophone");
    double all = Math.exp(scores[0]) + Math.exp(scores[1]) + Math.exp(scores[2]);
    i = 0;
    for (double probability : choice.probabilities().values()) {
      assertThat(probability).isCloseTo(Math.exp(scores[i++]) / all, within(1e-6));
    }
    assertThat(choice.probability())
        .isEqualTo(
            choice.probabilities().values().stream().mapToDouble(p -> p).max().orElseThrow());
    assertThatIllegalArgumentException().isThrownBy(() -> model.choose(prompt));
    assertThatIllegalArgumentException().isThrownBy(() -> model.choose(prompt, "a", "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> model.choose(prompt, "a", ""));
  }
}
