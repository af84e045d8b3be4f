package dev.nomoat.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GbnfTest {
  /** A grammar, and texts that match and that do not. */
  record Case(String grammar, List<String> matching, List<String> others) {
    @Override
    public String toString() {
      return grammar;
    }
  }

  private static Case of(String grammar, String matching, String others) {
    return new Case(grammar, List.of(matching.split(";", -1)), List.of(others.split(";", -1)));
  }

  static List<Case> cases() {
    return List.of(
        of("root ::= \"a\"", "a", ";aa;b"),
        of("root ::= \"a\"*", ";a;aaaa", "b;ab"),
        of("root ::= \"ab\"+", "ab;abab", ";aba"),
        of("root ::= \"ab\" \"c\"?", "ab;abc", "abcc;ac"),
        of("root ::= \"a\"*+", ";a;aaa", "b"),
        of("root ::= (\"a\"*)*", ";a;aaaaaaaaaaaaaaa", "b"),
        of("root ::= ((\"a\"+)+)+", "a;aaaaaaaaaaaaaaa", ";b"),
        of("root ::= \"a\"{3}", "aaa", "aa;aaaa;"),
        of("root ::= \"a\"{ 2 , }", "aa;aaaaaaaaaa", "a;"),
        of("root ::= \"a\"{0}", "", "a"),
        of("root ::= \"ab\"{2,4}", "abab;ababab;abababab", "ab;ababababab;aba"),
        of("root ::= (\"a\" | \"aa\"){3,5}", "aaa;aaaa;aaaaaaaaaa", "aa;aaaaaaaaaaa"),
        of(
            "root ::= (\"a\" | \"aaa\"){3,5} \"b\"",
            "aaab;aaaaab;aaaaaaaaaaaaaaab",
            "aab;aaaaaaaaaaaaaaaab"),
        of("root ::= (\"ab\"?){2,3}", ";ab;abab;ababab", "abababab;a"),
        of("root ::= ((\"a\"{1,3}){2,4}){2}", "aaaa;aaaaaaaaaaaaaaaaaaaaaaaa", "aaa"),
        of("root ::= \"(\" root \")\" | \"\"", ";();(())", "(;(();)"),
        of("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"x\"", "x;axb;aaaxbcb", "ax;aaxb"),
        of("root ::= s \"!\"\ns ::= \"a\" s s | \"b\"", "b!;abb!;aabbabb!", "ab!;!"),
        of("root ::= x \"c\"\nx ::= y*\ny ::= \"a\" | \"b\" x \"d\"", "c;abdc;baadbdc", "abc;dc"),
        of("root ::= [^\"\\\\]+", "héllo;😀;\u0000", "\";a\\"),
        of("root ::= [\\u00e9-\\u0416]", "é;Ж;Ā", "è;З;e"),
        of("root ::= [\\U0001F600-\\U0001F64F]", "😀;🙏", "🚀;a"),
        of("root ::= .", "a;é;漢;😀;\n", ";aa"),
        of("root ::= [\\x41-\\x43\\-\\]]", "A;C;-;]", "D;\\"),
        of("root ::= [a-]", "a;-", "b"),
        of("root ::= \"\\t\\r\\n\\\\\\\"\\[\\]\\x7e\"", "\t\r\n\\\"[]~", "t"),
        of("root ::= \"a\" # b\n  # c\nb ::= \"q\"", "a", "q"),
        of("root ::= ( # a comment\n \"a\"\n | \"b\" )\n", "a;b", "c"),
        of("root ::= \"a\" |\n  \"b\"\r\nb ::= \"c\"", "a;b", "c"),
        of("ten-4 ::= \"x\"\nroot ::= ten-4 ten-4", "xx", "x"),
        of("root ::= \"\"", "", "a"),
        of("root ::= \"a\" | ", "a;", "aa"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void matchesWhatItSays(Case c) {
    Grammar grammar = Grammar.gbnf(c.grammar);
    assertThat(c.matching).allMatch(grammar::matches);
    assertThat(c.others).noneMatch(grammar::matches);
  }

  /** A text that is no grammar, where it is at fault, and how. */
  record Fault(String grammar, int line, int column, String message) {
    @Override
    public String toString() {
      return grammar.substring(0, Math.min(40, grammar.length()));
    }
  }

  static List<Fault> faults() {
    return List.of(
        new Fault("", 0, 0, "no rule root"),
        new Fault("roots ::= \"x\"", 0, 0, "no rule root"),
        new Fault("root ::= \"a\" x-1", 1, 14, "there is no rule x-1"),
        new Fault("root ::= \"a", 1, 12, "expected \", but found the end"),
        new Fault("root ::= [a", 1, 12, "expected ], but found the end"),
        new Fault("root ::= []", 1, 10, "a set of no characters"),
        new Fault("root ::= [^\\U00000000-\\U0010FFFF]", 1, 10, "a set of no characters"),
        new Fault("root ::= [z-a]", 1, 12, "a range that ends before it begins"),
        new Fault("root ::= \"a\"\n | \"b\"", 2, 2, "expected the name of a rule, but found '|'"),
        new Fault("root ::= \"\\q\"", 1, 11, "there is no escape \\q"),
        new Fault("root ::= \"\\xg0\"", 1, 13, "expected a hexadecimal digit, but found 'g'"),
        new Fault("root ::= \"\\ud800\"", 1, 11, "U+D800 is half a surrogate pair"),
        new Fault("root ::= \"\\UFFFFFFFF\"", 1, 11, "there is no character U+FFFFFFFF"),
        new Fault("root ::= \"a\"{3,2}", 1, 13, "at least 3 and at most 2 times"),
        new Fault("root ::= \"a\"{,2}", 1, 14, "expected a number, but found ','"),
        new Fault("root ::= \"a\"{2;}", 1, 15, "expected }, but found ';'"),
        new Fault("root ::= \"a\"{99999999999}", 1, 14, "a number of 2147483647 or more"),
        new Fault("root ::= *", 1, 10, "nothing to repeat before *"),
        new Fault("root ::= (\"a\"", 1, 14, "expected ), but found the end"),
        new Fault("root ::= \"a\")", 1, 13, "expected the end of the line, but found ')'"),
        new Fault("root = \"a\"", 1, 6, "expected ::=, but found '='"),
        new Fault("root ::= <think>", 1, 10, "tokens of a vocabulary"),
        new Fault("root ::= !<[5]>", 1, 10, "tokens of a vocabulary"),
        new Fault("root ::= \"a\"\nroot ::= \"b\"", 2, 1, "a second rule root"),
        new Fault(
            "root ::= root \"a\" | \"b\"",
            0,
            0,
            "rule root is left-recursive, it begins with itself"),
        new Fault(
            "root ::= \"x\" a\na ::= b? c\nb ::= \"y\"\nc ::= a \"z\" | \"z\"",
            0,
            0,
            "rule a -> rule c -> rule a"),
        new Fault("root ::= (root?){2} \"x\"", 0, 0, "left-recursive"),
        new Fault("root ::= \"a\" root", 0, 0, "no text matches rule root"),
        new Fault("root ::= \"a\" | b\nb ::= \"c\" b", 0, 0, "no text matches rule b"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysWhereAndWhatIsWrong(Fault fault) {
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.gbnf(fault.grammar))
        .withMessageContaining(fault.message)
        .satisfies(e -> assertThat(e.line()).isEqualTo(fault.line))
        .satisfies(e -> assertThat(e.column()).isEqualTo(fault.column));
  }

  @Test
  void grammarsAreEqualByTheirText() {
    Grammar one = Grammar.gbnf("root ::= \"a\"");
    assertThat(one)
        .isEqualTo(Grammar.gbnf("root ::= \"a\""))
        .hasSameHashCodeAs(Grammar.gbnf("root ::= \"a\""))
        .isNotEqualTo(Grammar.gbnf("root ::= \"b\""))
        .hasToString("GBNF root ::= \"a\"");
  }

  @Test
  void choicesAreTheTextsAndNoOther() {
    List<String> texts = List.of("yes", "yesterday", "no", "none", "né", "😀", "😁", "yes");
    Grammar grammar = Grammar.choice(texts);
    assertThat(texts).allMatch(grammar::matches);
    assertThat(List.of("", "y", "ye", "yesno", "non", "n", "😂")).noneMatch(grammar::matches);
  }
}
