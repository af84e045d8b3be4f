package dev.nomoat.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import dev.nomoat.LanguageModel;
import dev.nomoat.grammar.automaton.Machine;
import dev.nomoat.grammar.automaton.State;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenMatcherTest {
  private static Tokenizer tokenizer;
  private static Vocabulary vocabulary;

  @BeforeAll
  static void load() throws IOException {
    tokenizer =
        LanguageModel.loadTokenizer(
            Path.of("../llm-examples/src/main/resources/dev/nomoat/examples/story-q8_0.gguf"));
    vocabulary = new Vocabulary(tokenizer, tokenizer.vocabularySize());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= [^x]*",
        "root ::= [a-z ]{3,70}",
        "root ::= (\"a\" | \"the \" | [A-Z]{2,3})+ \".\"",
        "root ::= \"{\" (\"\\\"\" [^\"\\\\]* \"\\\": \" (root | [0-9]+) \", \")* \"}\"",
        "root ::= ([a-z]+ \" \"){20,90} [α-ω]{30,}"
      })
  void masksAreWhatEveryTokenTriedAloneSays(String text) {
    Grammar grammar = Grammar.gbnf(text);
    Random random = new Random(11);
    for (int round = 0; round < 6; round++) {
      TokenMatcher matcher = vocabulary.start(grammar, true);
      Machine machine = new Machine(grammar.network(), 0);
      State state = machine.start();
      for (int step = 0; step < 25 && !matcher.complete(); step++) {
        int chosen = check(machine, state, matcher.allowed(), random);
        if (tokenizer.isEndOfGeneration(chosen)) {
          break;
        }
        matcher.accept(chosen);
        state = walk(machine, state, tokenizer.tokenBytes(chosen));
      }
    }
  }

  /** Compares all tokens, and draws one of those allowed. */
  private static int check(Machine machine, State state, long[] allowed, Random random) {
    int chosen = -1;
    int count = 0;
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      boolean expected =
          tokenizer.isEndOfGeneration(id)
              ? state.accepting()
              : tokenizer.token(id).type() != TokenType.CONTROL
                  && tokenizer.token(id).type() != TokenType.UNKNOWN
                  && tokenizer.tokenBytes(id).length > 0
                  && !walk(machine, state, tokenizer.tokenBytes(id)).dead();
      assertThat((allowed[id >> 6] >>> id & 1) == 1)
          .as("token %s", tokenizer.token(id))
          .isEqualTo(expected);
      if (expected && random.nextInt(++count) == 0) {
        chosen = id;
      }
    }
    return chosen;
  }

  private static State walk(Machine machine, State state, byte[] bytes) {
    State at = state;
    for (byte b : bytes) {
      at = machine.next(at, b);
    }
    return at;
  }

  @Test
  void refusesATokenThatMayNotFollow() {
    TokenMatcher matcher = vocabulary.start(Grammar.gbnf("root ::= [0-9]+"), true);
    int word = tokenizer.encode("the")[0];
    assertThatIllegalArgumentException()
        .isThrownBy(() -> matcher.accept(word))
        .withMessage("token %d may not follow".formatted(word));
    assertThat(matcher.complete()).isFalse();
  }

  @Test
  void knownStatesTakeNoMemory() {
    TokenMatcher matcher = vocabulary.start(Grammar.gbnf("root ::= [^\"]*"), true);
    int token = tokenizer.encode("the")[0];
    for (int i = 0; i < 20_000; i++) {
      matcher.accept(token);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      matcher.allowed();
      matcher.accept(token);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
  }
}
