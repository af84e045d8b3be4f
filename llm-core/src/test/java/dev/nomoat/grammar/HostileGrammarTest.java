package dev.nomoat.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.Unhurried;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Grammars that are large, deep or ambiguous take little time and memory, or are refused. */
@Unhurried
class HostileGrammarTest {
  private static void accepts(String grammar, String text) {
    assertThat(Grammar.gbnf(grammar).matches(text)).isTrue();
  }

  private static void rejects(String grammar, String text) {
    assertThat(Grammar.gbnf(grammar).matches(text)).isFalse();
  }

  @Test
  void countsAreNotCopied() {
    accepts("root ::= [a-z]{5000,1000000000}", "x".repeat(5000));
    rejects("root ::= [a-z]{5000,1000000000}", "x".repeat(4999));
    rejects("root ::= \"x\"{0,9999}", "x".repeat(10000));
    accepts("root ::= ((([a-z]{1,1000}){1,1000}){1,1000}){1,1000}", "x".repeat(1000));
    accepts("root ::= ((((\"a\"?){0,9}){0,9}){0,9}){2000}", "a".repeat(3000));
  }

  @Test
  void ambiguousGrammarsDoNotExplode() {
    accepts("root ::= ((\"a\"*)*)*", "a".repeat(20_000));
    accepts("root ::= (\"a\"? \"a\"?){1000} \"b\"", "a".repeat(2000) + "b");
    rejects("root ::= (\"a\"? \"a\"?){1000} \"b\"", "a".repeat(2001) + "b");
    accepts("root ::= (\"a\" | \"aa\"){0,100000} \"b\"", "a".repeat(2000) + "b");
    accepts("root ::= (\"a\" | \"aaa\"){700,100000} \"b\"", "a".repeat(2000) + "b");
    accepts("root ::= ([a-z]+){1000,2000}", "x".repeat(5000));
    accepts(
        "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"\"", "a".repeat(500) + "bc".repeat(250));
    accepts("root ::= s \"!\"\ns ::= \"a\" s s | \"a\"", "a".repeat(301) + "!");
    accepts("root ::= \"a\" root \"b\"? | \"\"", "a".repeat(300) + "b".repeat(200));
  }

  @Test
  void partsThatMayBeLeftOutAreAllowedByThousandsOnly() {
    accepts("root ::= " + "\"a\"? ".repeat(3_000) + "\"b\"", "a".repeat(3_000) + "b");
    Grammar many = Grammar.gbnf("root ::= " + "\"a\"? ".repeat(30_000));
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(GrammarException.class)
          .isThrownBy(() -> many.matches("a"))
          .withMessageContaining("too many parts of it may be left out");
    }
  }

  @Test
  void recursionGoesAsDeepAsTheText() {
    accepts("root ::= \"a\" root | \"b\"", "a".repeat(20_000) + "b");
    accepts("root ::= \"[\" root \"]\" | \"\"", "[".repeat(10_000) + "]".repeat(10_000));
    rejects("root ::= \"[\" root \"]\" | \"\"", "[".repeat(10_000) + "]".repeat(9_999));
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "root ::= " + "(".repeat(60_000) + "\"a\"" + ")".repeat(60_000);
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.gbnf(deep))
        .withMessageContaining("more than 200 parentheses within each other");
    accepts("root ::= " + "(".repeat(200) + "\"a\"" + ")".repeat(200), "a");
    accepts("root ::= \"a\"" + "?".repeat(60_000), "a");
  }

  @Test
  void manyRulesAreLinear() {
    StringBuilder chain = new StringBuilder("root ::= r1\n");
    for (int i = 1; i < 20_000; i++) {
      chain.append("r%d ::= r%d | \"%d\" r%d\n".formatted(i, i + 1, i, i + 1));
    }
    chain.append("r20000 ::= \"end\"");
    accepts(chain.toString(), "end");
    StringBuilder alternatives = new StringBuilder("root ::= \"0\"");
    for (int i = 1; i < 20_000; i++) {
      alternatives.append(" | \"").append(i).append('"');
    }
    accepts(alternatives.toString(), "19999");
    rejects(alternatives.toString(), "20000");
    StringBuilder optional = new StringBuilder("root ::= \"0\"?");
    for (int i = 1; i < 1_000; i++) {
      optional.append(" \"").append(i).append("\"?");
    }
    accepts(optional.toString(), "012998999");
  }

  @Test
  void textsToChooseMayShareLongBeginnings() {
    List<String> texts = new ArrayList<>();
    for (int i = 1; i < 3_000; i++) {
      texts.add("a".repeat(i));
    }
    assertThat(Grammar.choice(texts).matches("a".repeat(2_999))).isTrue();
    assertThat(Grammar.choice(texts).matches("a".repeat(3_000))).isFalse();
  }

  @Test
  void whatIsTooLargeIsRefused() {
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.gbnf(" ".repeat(5_000_000)))
        .withMessageContaining("a grammar of 5000000 chars");
    String large = "root ::= \"" + "x".repeat(2_200_000) + "\"";
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.gbnf(large))
        .withMessageContaining("more than 2097152 states");
  }
}
