package dev.nomoat.grammar;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonSchemaTest {
  /** A schema, and texts that match and that do not. */
  record Case(String schema, List<String> matching, List<String> others) {
    @Override
    public String toString() {
      return schema;
    }
  }

  /** Texts have ' for ", and ¦ between them. */
  private static Case of(String schema, String matching, String others) {
    return new Case(schema.replace('\'', '"'), texts(matching), texts(others));
  }

  private static List<String> texts(String several) {
    return Arrays.asList(several.replace('\'', '"').split("¦", -1));
  }

  static List<Case> cases() {
    return List.of(
        of("true", "1¦-0.5e3¦'a'¦[1, 2]¦{'a': {}}¦null¦[]", "¦01¦'¦[1,]¦{a:1}¦nul"),
        of("{'type':'integer'}", "0¦-1¦123456", "1.0¦-0¦01¦'a'"),
        of(
            "{'type':'integer','minimum':-17,'maximum':1203}",
            "-17¦-9¦0¦7¦1203¦999",
            "-18¦1204¦-170¦9999"),
        of("{'type':'integer','exclusiveMinimum':3,'exclusiveMaximum':5.5}", "4¦5", "3¦6"),
        of("{'type':'integer','minimum':100}", "100¦99999999", "99¦-100"),
        of("{'type':'integer','multipleOf':7}", "0¦7¦-14¦700", "1¦-8"),
        of(
            "{'type':'integer','multipleOf':25,'minimum':-60,'maximum':60}",
            "-50¦-25¦0¦25¦50",
            "75¦-75¦10"),
        of("{'type':'number','minimum':0,'maximum':1}", "0¦1¦0.5¦1.00¦0.000", "1.01¦-0.1¦2¦-1"),
        of(
            "{'type':'number','exclusiveMinimum':0,'maximum':2.75}",
            "0.1¦2.75¦2.7¦2.7500¦1¦2",
            "0¦0.0¦2.751¦2.76¦3"),
        of(
            "{'type':'number','minimum':-1.5,'exclusiveMaximum':-0.25}",
            "-1.5¦-1¦-0.3¦-0.251",
            "-0.25¦-1.51¦0¦-0.2"),
        of(
            "{'allOf':[{'prefixItems':[{'type':'integer'}]},{'items':{'type':'string'}}]}",
            "[]",
            "[1]¦[1,'a']¦['a']"),
        of(
            "{'type':'array','prefixItems':[{'type':'integer'}],'items':false,"
                + "'allOf':[{'items':{'minimum':5}}]}",
            "[]¦[5]¦[17]",
            "[1]¦[5,5]"),
        of(
            "{'allOf':[{'prefixItems':[{'type':'integer'},{'type':'string'}]},"
                + "{'prefixItems':[{'minimum':3}],'items':{'maxLength':1,'type':'string'}}]}",
            "[]¦[3]¦[4,'a']¦[4,'a','b']",
            "[2]¦[3,'ab']¦[3,4]¦[3,'a',5]"),
        of(
            "{'allOf':[{'properties':{'a':{'type':'string','minLength':1}}},"
                + "{'properties':{'b':{'type':'integer'}},'additionalProperties':false}],"
                + "'type':'object'}",
            "{}¦{'b':1}",
            "{'a':'x'}¦{'b':'x'}"),
        of(
            "{'allOf':[{'type':'string','readOnly':true},{'minLength':2,'readOnly':false}]}",
            "'ab'",
            "'a'"),
        of(
            "{'type':'number','minimum':0.5,'maximum':0.55}",
            "0.5¦0.50¦0.55¦0.51¦0.5000¦0.550",
            "0.4¦0.56¦0.551¦0¦0.05"),
        of(
            "{'type':'number','exclusiveMinimum':0.5,'maximum':0.55}",
            "0.55¦0.51¦0.5001",
            "0.5¦0.50¦0.5000¦0.56"),
        of("{'type':'number','minimum':0,'maximum':0.003}", "0¦0.0¦0.00¦0.003¦0.001", "0.01¦1"),
        of(
            "{'type':'number','minimum':3.14,'maximum':3.2}",
            "3.14¦3.2¦3.15¦3.1999",
            "3.13¦3.21¦3¦4"),
        of(
            "{'type':'string','minLength':2,'maxLength':3}",
            "'ab'¦'éé'¦'😀😀😀'¦'\\n\\u00e9'",
            "'a'¦'abcd'¦'\\ud83d\\ude00'"),
        of("{'type':'string','pattern':'^[a-c]+$','maxLength':3}", "'a'¦'abc'", "'abcd'¦''¦'d'"),
        of("{'type':'string','pattern':'b'}", "'b'¦'abc'", "'a'¦''"),
        of("{'type':'string','pattern':'^(\\\\d{3}|x\\\\S*)$'}", "'123'¦'x'¦'xyz'", "'12'¦'x y'"),
        of("{'type':'string','pattern':'^a|b$'}", "'a'¦'ax'¦'b'¦'xb'", "'xa'¦'bx'"),
        of(
            "{'type':'string','format':'date'}",
            "'2024-02-29'¦'2000-02-29'¦'2023-12-31'",
            "'2023-02-29'¦'1900-02-29'¦'2023-04-31'¦'2023-13-01'"),
        of(
            "{'type':'string','format':'date-time'}",
            "'2024-02-29T23:59:59Z'¦'2000-01-01T00:00:00.123+01:30'",
            "'2000-01-01'¦'2000-01-01T24:00:00Z'"),
        of("{'type':'string','format':'uuid'}", "'123e4567-e89b-12d3-a456-426614174000'", "'x'"),
        of(
            "{'type':'string','format':'ipv4'}",
            "'127.0.0.1'¦'255.255.255.255'",
            "'256.0.0.1'¦'1.2.3'¦'01.2.3.4'"),
        of(
            "{'type':'string','format':'ipv6'}",
            "'::'¦'::1'¦'1::'¦'2001:db8::ff00:42:8329'¦'1:2:3:4:5:6:7:8'¦'1:2:3:4:5:6:7::'¦'::2:3:4:5:6:7:8'",
            "':'¦':::'¦'1'¦'1:2:3:4:5:6:7'¦'1::2::3'¦'12345::'¦'1:2:3:4:5:6:7:8:9'¦'1:2:3:4::5:6:7:8'¦'g::'"),
        of(
            "{'type':'string','format':'hostname'}",
            "'localhost'¦'example.org'¦'a-1.b2.example.com'¦'4.example.com'",
            "''¦'-a.org'¦'a-.org'¦'a..org'¦'a_b.org'¦'.org'¦'org.'¦'a b'"),
        of(
            "{'type':'string','format':'email'}",
            "'a@example.com'¦'first.last+tag@mail.example-site.co.uk'¦'x_1@a.de'",
            "'a'¦'@example.com'¦'a@'¦'a@com'¦'.a@example.com'¦'a.@example.com'¦'a..b@example.com'¦'a"
                + " b@c.de'"),
        of(
            "{'type':'string','format':'uri'}",
            "'https://example.org'¦'http://a.example.org:8080/x/y.html?q=1&r=%20#top'¦'ftp://host/'",
            "'example.org'¦'/a'¦'http://'¦'http:/a'¦'http://a"
                + " b/'¦'http://aa/%2'¦'1http://aa/'¦'http://aa/\\u0020'"),
        of(
            "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'string'},'c':{'type':'null'}},'required':['b']}",
            "{'b':''}¦{'a':1, 'b':'x'}¦{ 'b' : 'x' , 'c' : null }¦{'a':1,'b':'','c':null}",
            "{}¦{'a':1}¦{'b':'','a':1}¦{'b':'',}¦{'b':'','d':1}"),
        of(
            "{'type':'object','properties':{'a':{},'b':{}}}",
            "{}¦{'a':1}¦{'b':[]}¦{'a':1,'b':2}",
            "{,'b':1}¦{'a'}"),
        of(
            "{'type':'object','properties':{'ab':{'type':'integer'}},'additionalProperties':{'type':'string'}}",
            "{}¦{'ab':1}¦{'a':'x'}¦{'abc':'x','b':''}¦{'ab':1,'':'y'}",
            "{'ab':'x'}¦{'a':1}"),
        of(
            "{'type':'object','additionalProperties':{'type':'integer'}}",
            "{}¦{'a':1,'b':2}",
            "{'a':'x'}"),
        of(
            "{'type':'object','additionalProperties':{'type':'integer'},'maxProperties':2}",
            "{}¦{'a':1,'b':2}",
            "{'a':1,'b':2,'c':3}"),
        of(
            "{'type':'object','properties':{'a':{'const':1},'b':{'const':2},'c':{'const':3}},'minProperties':2,'additionalProperties':false}",
            "{'a':1,'b':2}¦{'b':2,'c':3}¦{'a':1,'b':2,'c':3}",
            "{}¦{'a':1}¦{'c':3}"),
        of(
            "{'type':'object','properties':{'a':{'const':1},'b':{'const':2},'c':{'const':3}},'maxProperties':1}",
            "{}¦{'a':1}¦{'c':3}",
            "{'a':1,'b':2}"),
        of(
            "{'type':'object','patternProperties':{'^x_[a-z]+$':{'type':'integer'}},'additionalProperties':false}",
            "{}¦{'x_a':1,'x_b':2}",
            "{'y':1}"),
        of("{'type':'object','required':['q']}", "{'q':1}¦{'q':1,'z':[]}", "{}¦{'z':1}"),
        of(
            "{'type':'array','items':{'type':'integer'},'minItems':1,'maxItems':3}",
            "[1]¦[1,2, 3]",
            "[]¦[1,2,3,4]¦['a']"),
        of(
            "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'items':false}",
            "[]¦[1]¦[1,'a']",
            "['a']¦[1,'a',2]"),
        of(
            "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'items':{'type':'null'},'minItems':2,'maxItems':4}",
            "[1,'a']¦[1,'a',null,null]",
            "[1]¦[1,'a',null,null,null]"),
        of("{'enum':['a','ab',1,null,{'x':[1]}]}", "'a'¦'ab'¦1¦null¦{'x':[1]}", "'b'¦2"),
        of("{'type':'string','enum':['a',1]}", "'a'", "1"),
        of("{'anyOf':[{'type':'integer'},{'type':'null'}]}", "1¦null", "'a'"),
        of("{'type':'string','anyOf':[{'minLength':3},{'maxLength':1}]}", "'abc'¦''¦'a'", "'ab'"),
        of(
            "{'oneOf':[{'type':'object','properties':{'k':{'const':'a'},'v':{'type':'integer'}},'required':['k','v']},{'type':'object','properties':{'k':{'const':'b'}},'required':['k']}]}",
            "{'k':'a','v':1}¦{'k':'b'}",
            "{'k':'a'}¦{'k':'c'}"),
        of(
            "{'allOf':[{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']},{'properties':{'b':{'type':'string'}},'required':['b']}]}",
            "{'a':1,'b':''}",
            "{'a':1}¦{'b':''}"),
        of(
            "{'$defs':{'n':{'type':'object','properties':{'v':{'type':'integer'},'next':{'anyOf':[{'$ref':'#/$defs/n'},{'type':'null'}]}},'required':['v','next']}},'$ref':'#/$defs/n'}",
            "{'v':1,'next':{'v':2,'next':null}}",
            "{'v':1}"),
        of(
            "{'type':'object','properties':{'kids':{'type':'array','items':{'$ref':'#'}}},'required':['kids']}",
            "{'kids':[{'kids':[]},{'kids':[]}]}",
            "{'kids':[1]}"),
        of("{'minLength':2}", "'ab'", "'a'¦1"),
        of("{'type':['string','null'],'maxLength':2}", "'ab'¦null", "'abc'¦1"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void matchesWhatTheSchemaSays(Case c) {
    Grammar grammar = Grammar.jsonSchema(c.schema);
    assertThat(c.matching).allMatch(grammar::matches);
    assertThat(c.others).noneMatch(grammar::matches);
  }

  @Test
  void namesOfAThousandPropertiesTakeLittle() {
    StringBuilder properties = new StringBuilder();
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      String name = random.ints(20, 'a', 'z' + 1).mapToObj(Character::toString).collect(joining());
      properties.append(i == 0 ? "" : ",").append("\"%s\":{\"type\":\"integer\"}".formatted(name));
    }
    Grammar grammar =
        Grammar.jsonSchema(
            "{\"type\":\"object\",\"properties\":{%s},\"additionalProperties\":true}"
                .formatted(properties));
    assertThat(grammar.matches("{\"a\":true}")).isTrue();
    assertThat(grammar.matches("{\"a\\n\\\"b\":true}")).isTrue();
    assertThat(grammar.matches("{\"a/\\/\":true}")).isFalse();
  }

  /** A schema that is refused, the way to its fault, and a part of the message. */
  record Fault(String schema, String path, String message) {
    @Override
    public String toString() {
      return schema;
    }
  }

  private static Fault fault(String schema, String path, String message) {
    return new Fault(schema.replace('\'', '"'), path, message);
  }

  static List<Fault> faults() {
    return List.of(
        fault("{'type':'foo'}", "type", "the string \"foo\", but should be one or several of obj"),
        fault("{'type':['null',5]}", "type", "the number 5, but should be one or several of"),
        fault("{'type':'string','minLength':-1}", "minLength", "the number -1, but should be a w"),
        fault(
            "{'type':'integer','minimum':1e99999999999}",
            "minimum",
            "the number 1e99999999999 is too large or small"),
        fault(
            "{'type':'integer','minimum':" + "1".repeat(1_000_000) + "}",
            "minimum",
            "a number of more than 10000 digits"),
        fault("{'enum':[1e99999999999],'type':'integer'}", "", "is too large or small"),
        fault(
            "{'type':'object','properties':{'a':{}},'additionalProperties':true,'minProperties':3}",
            "minProperties",
            "more than one property without a name"),
        fault("{'not':{}}", "not", "the keyword not is not supported"),
        fault(
            "{'properties':{'a':{'if':{}}}}", "properties.a.if", "the keyword if is not supported"),
        fault("{'a':1}", "a", "the keyword a is not supported"),
        fault("{'items':{'$id':'x'}}", "items.$id", "the keyword $id is not supported"),
        fault("{'type':'array','uniqueItems':true}", "uniqueItems", "uniqueItems is not supported"),
        fault("{'type':'object','propertyNames':{}}", "propertyNames", "not supported"),
        fault("{'$ref':'http://x/y'}", "$ref", "only references within the schema"),
        fault("{'$ref':'#/$defs/q'}", "$ref", "there is no \"#/$defs/q\""),
        fault("{'allOf':[{'$ref':'#'}]}", "", "contains itself through allOf or $ref"),
        fault("{'$ref':'#'}", "", "no text matches the schema"),
        fault(
            "{'oneOf':[{'type':'integer'},{'type':'number'}]}",
            "oneOf",
            "branches 0 and 1 may both match"),
        fault(
            "{'type':'string','pattern':'(?=a)b'}", "pattern", "a look-around, name or flag (?=a"),
        fault("{'type':'string','pattern':'a\\\\b'}", "pattern", "the escape \\b, at char 1"),
        fault("{'type':'string','pattern':'a^'}", "pattern", "^ elsewhere than at the ends"),
        fault("{'type':'string','pattern':'a)'}", "pattern", "an unmatched )"),
        fault("{'type':'string','pattern':'(a'}", "pattern", "a group without end"),
        fault(
            "{'type':'string','pattern':'[b-a]'}", "pattern", "a range that ends before it begins"),
        fault(
            "{'type':'string','pattern':'^ab?$','minLength':3}",
            "pattern",
            "a pattern of strings shorter than minLength"),
        fault(
            "{'type':'string','format':'regex'}",
            "format",
            "the format \"regex\" is not supported"),
        fault("{'not':{'const':1}}", "not", "the keyword not is not supported"),
        fault("{'if':{'type':'null'}}", "if", "the keyword if is not supported"),
        fault(
            "{'type':'string','minLength':-1}", "minLength", "a whole number that is not negative"),
        fault("{'type':'number','multipleOf':0.1}", "multipleOf", "only whole numbers above 0"),
        fault("{'type':'integer','minimum':1e999999999}", "minimum", "more than 40 digits"),
        fault("{'type':'integer','minimum':5,'maximum':4}", "", "no text matches the schema"),
        fault("{'items':[{'type':'integer'}]}", "items", "of an older draft"),
        fault("{'enum':[1],'minimum':0}", "minimum", "minimum beside enum or const"),
        fault("{'properties':{'a':[]}}", "properties.a", "an array, but should be a schema"),
        fault("{'required':[1]}", "required", "an array of names"),
        fault("false", "", "no text matches the schema"),
        fault("[1]", "", "an array, but should be a schema"),
        fault("{", "", "the schema is no JSON"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void refusesByNameAndPath(Fault fault) {
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.jsonSchema(fault.schema))
        .withMessageContaining(fault.message)
        .satisfies(e -> assertThat(e.path()).isEqualTo(fault.path));
  }

  @Test
  void countsAreNotCopied() {
    Grammar text = Grammar.jsonSchema("{\"type\":\"string\",\"maxLength\":10000}");
    assertThat(text.matches('"' + "x".repeat(10_000) + '"')).isTrue();
    assertThat(text.matches('"' + "x".repeat(10_001) + '"')).isFalse();
    Grammar list =
        Grammar.jsonSchema(
            "{\"items\":{\"type\":\"boolean\"},\"minItems\":2000,\"maxItems\":1000000000}");
    assertThat(list.matches("[" + "true,".repeat(1999) + "true]")).isTrue();
    assertThat(list.matches("[" + "true,".repeat(1998) + "true]")).isFalse();
  }

  @Test
  void deepSchemasAreRefusedOrCompiled() {
    String deep = "{\"items\":".repeat(190) + "{}" + "}".repeat(190);
    assertThat(Grammar.jsonSchema(deep).matches("[".repeat(190) + "]".repeat(190))).isTrue();
    String deeper = "{\"items\":".repeat(60_000) + "{}" + "}".repeat(60_000);
    assertThatExceptionOfType(GrammarException.class).isThrownBy(() -> Grammar.jsonSchema(deeper));
    StringBuilder doubling = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 60; i++) {
      String next = "{\"$ref\":\"#/$defs/d" + (i + 1) + "\",\"title\":\"x\"}";
      doubling.append("\"d%d\":{\"anyOf\":[%s,%s],\"type\":\"integer\"},".formatted(i, next, next));
    }
    doubling.append("\"d60\":{}}}");
    assertThatExceptionOfType(GrammarException.class)
        .isThrownBy(() -> Grammar.jsonSchema(doubling.toString()))
        .withMessageContaining("too large");
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES)
  void schemasThatGrowWhenTheyAreMergedAreRefused() {
    StringBuilder doubling = new StringBuilder("{'$ref':'#/$defs/d29','$defs':{");
    for (int i = 29; i > 0; i--) {
      String next = "{'$ref':'#/$defs/d%d'}".formatted(i - 1);
      doubling.append("'d%d':{'allOf':[%s,%s]},".formatted(i, next, next));
    }
    doubling.append("'d0':{'type':'string'}}}");
    String twins =
        """
        {'$defs':{
          'A':{'properties':{'x':{'allOf':[{'$ref':'#/$defs/A'},{'$ref':'#/$defs/B'}]}}},
          'B':{'properties':{'x':{'allOf':[{'$ref':'#/$defs/B'},{'$ref':'#/$defs/A'}]}}}},
        'allOf':[{'$ref':'#/$defs/A'},{'$ref':'#/$defs/B'}]}
        """;
    for (String schema : List.of(doubling.toString(), twins)) {
      assertThatExceptionOfType(GrammarException.class)
          .isThrownBy(() -> Grammar.jsonSchema(schema.replace('\'', '"')))
          .withMessageContaining("more than 100000 times");
    }
  }

  @Test
  void blanksEnd() {
    Grammar grammar = Grammar.json();
    assertThat(grammar.matches("{\n    \"a\": [1, 2],\n    \"b\": null\n}")).isTrue();
    assertThat(grammar.matches("[1,  2]")).isFalse();
    assertThat(grammar.matches("[\n\n1]")).isFalse();
    assertThat(grammar.matches("[\n" + " ".repeat(17) + "1]")).isFalse();
    assertThat(grammar.matches(" 1")).isFalse();
    assertThat(grammar).isEqualTo(Grammar.jsonSchema("true"));
  }
}
