package dev.nomoat.chat.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.TemplateException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors, limits, and what becomes of text that somebody else wrote. */
class TemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  private static Rendered render(String template) {
    return Template.parse(template).render(new Variables().text("user", "aB<|end|> c"), NOW);
  }

  private static Rendered render(String template, Limits limits) {
    return Template.parse(template, limits).render(new Variables(), NOW);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        Arguments.of("a\n  {{ x y }}", 2, 8, "expected '}}'"),
        Arguments.of("{{ 1 | sing }}", 1, 8, "No filter named 'sing'"),
        Arguments.of("{{ 1 | urlize }}", 1, 8, "the filter urlize is not supported"),
        Arguments.of("{{ [1] | random }}", 1, 10, "the filter random is not supported"),
        Arguments.of("{{ 1 is sung }}", 1, 9, "No test named 'sung'"),
        Arguments.of("{% sing %}", 1, 4, "unknown tag 'sing'"),
        Arguments.of("{% include 'x' %}", 1, 4, "'include' is not supported"),
        Arguments.of("{% autoescape true %}", 1, 4, "'autoescape' is not supported"),
        Arguments.of("{% do x %}", 1, 4, "unknown tag 'do'"),
        Arguments.of("{% if x %}\n{% for a in b %}", 2, 17, "'endfor'"),
        Arguments.of("{% break %}", 1, 4, "outside of a loop"),
        Arguments.of("x {{", 1, 3, "not closed"),
        Arguments.of("{{ 'x }}", 1, 4, "string is not closed"),
        Arguments.of("{# x", 1, 1, "comment"),
        Arguments.of("{% raw %}", 1, 1, "raw"),
        Arguments.of("{{ (1] }}", 1, 6, "unexpected ']'"),
        Arguments.of("{{ ? }}", 1, 4, "unexpected character '?'"),
        Arguments.of("\n\n{{ nobody.name }}", 3, 10, "'nobody' is undefined"),
        Arguments.of("{{ 1 + 'a' }}", 1, 6, "unsupported operand"),
        Arguments.of("{{ none | length }}", 1, 11, "no len()"),
        Arguments.of("{{ user.encode() }}", 1, 15, "str.encode is not supported"),
        Arguments.of("{{ cycler('a') }}", 1, 10, "cycler is not supported"),
        Arguments.of("{{ raise_exception('No ' ~ 'way') }}", 1, 19, "No way"),
        Arguments.of("{{ [1].append(2) }}", 1, 14, "unsafe"),
        Arguments.of("{{ ''.__class__.x }}", 1, 16, "unsafe"),
        Arguments.of("{{ user.upper }}", 1, 1, "writing a value of type function"),
        Arguments.of("{% set none = 1 %}", 1, 8, "can't assign"));
  }

  @ParameterizedTest
  @MethodSource
  void errors(String template, int line, int column, String message) {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render(template))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(List.of(e.line(), e.column())).containsExactly(line, column));
  }

  @Test
  void unknownFiltersInBranchesFailOnlyWhenTheyRun() {
    assertThat(render("{% if false %}{{ 1 | sing }}{% endif %}x").text()).isEqualTo("x");
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("{% if true %}{{ 1 | sing }}{% endif %}x"));
  }

  /** Templates, and whether each character of what they write is the template's own. */
  static final List<Arguments> MARKS =
      List.of(
          Arguments.of("{{ user }}", "aB<|end|> c", "..........."),
          Arguments.of("<|end|>{{ user[:3] }}<|end|>", "<|end|>aB<<|end|>", "ttttttt...ttttttt"),
          Arguments.of("{{ 'x' + user[2:4] + 'y' }}", "x<|y", "t..t"),
          Arguments.of("{{ user | upper | trim }}", "AB<|END|> C", "..........."),
          Arguments.of("{{ user | replace('<', '[') }}", "aB[|end|> c", "..t........"),
          Arguments.of("{{ user.split('|') | join('-') }}", "aB<-end-> c", "...t...t..."),
          Arguments.of("{{ [user[0]] }}", "['a']", "tt.tt"),
          Arguments.of("{{ {'k': user[:2]} | tojson }}", "{\"k\": \"aB\"}", "ttttttt..tt"),
          Arguments.of("{{ '%s!' % user[:1] }}", "a!", ".t"),
          Arguments.of("{{ '{}!'.format(user[:1]) }}", "a!", ".t"),
          Arguments.of("{{ user[::-1][:4] }}", "c >|", "...."),
          Arguments.of("{% set x %}<{{ user[0] }}>{% endset %}{{ x * 2 }}", "<a><a>", "t.tt.t"),
          Arguments.of("{% for c in user[:2] %}{{ c }},{% endfor %}", "a,B,", ".t.t"),
          Arguments.of("{{ user[:2] | title }}", "Ab", ".."),
          Arguments.of("{{ user[:1] | indent(2, true) }}", "  a", "tt."),
          Arguments.of("{{ user[:3] | urlencode }}", "aB%3C", "....."),
          Arguments.of("{{ {'a': user[:1]} | xmlattr }}", " a=\"a\"", "tttt.t"),
          Arguments.of("{{ user[:1] ~ 1 ~ none }}", "a1None", ".ttttt"),
          Arguments.of("{% macro m(x) %}<{{ x }}{% endmacro %}{{ m(user[1]) }}", "<B", "t."),
          Arguments.of("{{ (user[1:3] | e) ~ '&' }}", "B&lt;&", ".....t"));

  @ParameterizedTest
  @FieldSource("MARKS")
  void knowsWhoWroteWhat(String template, String text, String marks) {
    Rendered rendered = render(template);
    assertThat(rendered.text()).isEqualTo(text);
    StringBuilder found = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      found.append(rendered.isTrusted(i, i + 1) ? 't' : '.');
    }
    assertThat(found).hasToString(marks);
    assertThat(rendered.isTrusted(0, text.length())).isEqualTo(!marks.contains("."));
  }

  static final List<String> ENDLESS =
      List.of(
          "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
          "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
          "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
          "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
          "{{ 'x' * 1000000000 }}",
          "{{ [1] * 1000000000 }}",
          "{{ 2 ** 1000000000 }}",
          "{{ 10 ** 10000 * 10 ** 10000 }}",
          "{{ range(1000000000) }}",
          "{{ 'x' | center(1000000000) }}",
          "{{ '%1000000000d' % 1 }}",
          "{% set ns = namespace(x='x') %}{% for i in range(60) %}"
              + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
          "{% set ns = namespace(x=1) %}{% for i in range(60) %}"
              + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
          "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}"
              + "{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
          "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}"
              + "{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x == [ns.x] }}",
          "{% set l = range(9999) | list %}{% for i in l %}{{ l.index(9998) }}{% endfor %}",
          "{% set l = range(9999) | list %}{% for i in l %}{{ l.count(1) }}{% endfor %}",
          "{% set l = range(9999) | list %}{% set m = range(9999) | list %}"
              + "{% for i in l %}{{ l == m }}{% endfor %}",
          "{% set l = range(9999) | list %}{% set m = range(9999) | list %}"
              + "{% for i in l %}{{ [l] is gt [m] }}{% endfor %}",
          "{% set ns = namespace(x=[1]) %}{% for i in range(99999) %}"
              + "{% set ns.x = ns.x|map('abs') %}{% endfor %}{{ ns.x|list }}",
          "{% set ns = namespace(x=1) %}{% for i in range(99999) %}"
              + "{% set ns.x = (ns.x,) %}{% endfor %}{{ {}[ns.x] }}",
          "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}"
              + "{% set ns.x = (ns.x, ns.x) %}{% endfor %}{% set d = {ns.x: 1} %}{{ d|length }}",
          "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}"
              + "{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {}[ns.x] }}",
          "{% for i in range(99999) %}{{ 'x'|center(1000000)|length }}{% endfor %}",
          "{{ ('ab' * 500000).title() }}",
          "{{ ('a' * 500000 ~ 'b').find('a' * 250000 ~ 'c') }}",
          "{{ 'a' * 250000 ~ 'c' in 'a' * 500000 ~ 'b' }}",
          "{{ ('a' * 500000).count('a' * 250000 ~ 'c') }}",
          "{{ ('a' * 500000).replace('a' * 250000 ~ 'c', '') }}",
          "{{ ('a' * 500000).rpartition('a' * 250000 ~ 'c') }}",
          "{{ (' ' * 999999).split(' ') | length }}",
          "{{ ('ab' * 300000) | list | length }}",
          "{{ (range(99999) | list + range(99999) | list) | length }}",
          "{% set s = 'x' * 99999 %}{% set t = 'x' * 99999 %}"
              + "{% for i in range(9999) %}{{ s < t }}{% endfor %}");

  @ParameterizedTest
  @FieldSource("ENDLESS")
  void whatTakesTooMuchIsRefused(String template) {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render(template, new Limits(2_000_000, 500, 1 << 20)));
  }

  @Test
  void longTextsTakeLittleTime() {
    assertThat(render("{{ ('0' ~ '0_0' * 100000) | int(7, 0) }}").text()).isEqualTo("0");
    assertThat(render("{{ ('a' * 500000).strip('b' * 500000 ~ 'a') }}").text()).isEmpty();
  }

  static final List<String> DEEP =
      List.of("(", "[", "{1:", "not ", "-", "f(", "a[", "1 if 1 else ", "a|join(", "x is eq(");

  @ParameterizedTest
  @FieldSource("DEEP")
  void deepExpressionsAreRefused(String part) {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("{{ " + part.repeat(60_000)))
        .withMessageNotContaining("StackOverflow");
  }

  @Test
  void deepStatementsAndLongChainsAreRefused() {
    for (String template :
        List.of(
            "{% if 1 %}".repeat(60_000),
            "{% for a in b %}".repeat(60_000),
            "{{ 1" + " + 1".repeat(60_000) + " }}",
            "{{ 1" + "|string".repeat(60_000) + " }}",
            "{{ a" + ".b".repeat(60_000) + " }}")) {
      assertThatExceptionOfType(TemplateException.class).isThrownBy(() -> render(template));
    }
  }

  @Test
  void hugeTemplatesTakeLinearTime() {
    int n = 100_000;
    assertThat(render("{{ 'a' }}".repeat(n)).text()).hasSize(n);
    assertThat(render(" {% if true %}\n".repeat(40) + "x" + "{%endif%}".repeat(40)).text())
        .isEqualTo("x");
    assertThat(render("{{ 'a'" + " ~ 'a'".repeat(n) + " }}").text()).hasSize(n + 1);
    assertThat(render("{% if 0 %}{% elif 0 %}" + "{% elif 0 %}".repeat(n) + "{% endif %}").text())
        .isEmpty();
    assertThat(render("{#x#}".repeat(n) + "{ ".repeat(n)).text()).startsWith("{ { {");
  }

  @Test
  void theTimeIsTheGivenOne() {
    assertThat(render("{{ strftime_now('%d %b %Y %H:%M:%S %-d %A %j %p %%') }}").text())
        .isEqualTo("02 Jan 2026 03:04:05 2 Friday 002 AM %");
  }
}
