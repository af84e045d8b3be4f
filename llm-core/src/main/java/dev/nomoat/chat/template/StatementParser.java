package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
import dev.nomoat.chat.template.Statement.Body;
import dev.nomoat.chat.template.Statement.Branch;
import dev.nomoat.chat.template.Statement.Signature;
import dev.nomoat.chat.template.Statement.Target;
import dev.nomoat.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Parses a template. */
final class StatementParser {
  private static final Set<String> RESERVED =
      Set.of("true", "True", "false", "False", "none", "None");

  private final Words words;
  private final ExpressionParser expressions;

  private StatementParser(Source source) {
    words = new Words(source);
    expressions = new ExpressionParser(words);
  }

  /**
   * Parses a template.
   *
   * @return its statements, in the outermost scope
   * @throws TemplateException if it is no valid template, or has something that is not supported
   */
  static Body parse(Source source) {
    var parser = new StatementParser(source);
    Names names = parser.words.names;
    List<Statement> statements = parser.statements(Set.of());
    parser.words.completeScopes();
    return new Body(names, statements);
  }

  /** Statements up to one of the given tags, whose name is then the next word. */
  private List<Statement> statements(Set<String> ends) {
    int open = words.peek().at();
    words.enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = words.take();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(token.at(), Text.trusted(token.text())));
        case VARIABLE_BEGIN -> {
          statements.add(new Statement.Output(token.at(), List.of(expressions.tuple(true, null))));
          words.expect(Kind.VARIABLE_END, "'}}'");
        }
        case BLOCK_BEGIN -> {
          if (words.peek().is(Kind.NAME) && ends.contains(words.peek().text())) {
            words.leave();
            return statements;
          }
          statements.add(statement());
          words.expect(Kind.BLOCK_END, "'%}'");
        }
        case END -> {
          if (!ends.isEmpty()) {
            throw words.error(open, "expected %s before the end".formatted(tags(ends)));
          }
          words.leave();
          return statements;
        }
        case VARIABLE_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
            throw new AssertionError(token);
      }
    }
  }

  private static String tags(Set<String> ends) {
    return String.join(" or ", ends.stream().sorted().map(end -> "'" + end + "'").toList());
  }

  /** The rest of the tag, and statements up to one of the given tags. */
  private List<Statement> body(String... ends) {
    words.takeIfOperator(":");
    words.expect(Kind.BLOCK_END, "'%}'");
    return statements(Set.of(ends));
  }

  /** A body with a scope of its own, up to the given tag. */
  private Body scope(String end) {
    return inScope(() -> ownBody(end));
  }

  /** The rest of the scope that is parsed now, up to the given tag. */
  private Body ownBody(String end) {
    List<Statement> body = body(end);
    words.expectName(end);
    return new Body(words.names, body);
  }

  private <T> T inScope(Supplier<T> parse) {
    return in(words.newScope(), false, parse);
  }

  private <T> T in(Names names, boolean optional, Supplier<T> parse) {
    Names outer = words.names;
    boolean wasOptional = words.optional;
    words.names = names;
    words.optional = optional;
    T result = parse.get();
    words.names = outer;
    words.optional = wasOptional;
    return result;
  }

  private Statement statement() {
    Token tag = words.expect(Kind.NAME, "the name of a tag");
    int at = tag.at();
    return switch (tag.text()) {
      case "if" -> conditional(at);
      case "for" -> loop(at);
      case "set" -> set(at);
      case "macro" -> macro(at);
      case "call" -> call(at);
      case "filter" -> {
        Expression filter = expressions.blockFilters(new Expression.Captured(at));
        yield new Statement.FilterBlock(at, filter, scope("endfilter"));
      }
      case "with" -> with(at);
      case "generation" -> new Statement.Generation(at, outsideLoops(() -> scope("endgeneration")));
      case "break" -> {
        checkInLoop(tag);
        yield new Statement.Break(at);
      }
      case "continue" -> {
        checkInLoop(tag);
        yield new Statement.Continue(at);
      }
      case "print" -> print(at);
      case "autoescape", "block", "extends", "from", "import", "include" ->
          throw words.error(at, "the tag '%s' is not supported".formatted(tag.text()));
      default -> throw words.error(at, "Encountered unknown tag '%s'".formatted(tag.text()));
    };
  }

  private void checkInLoop(Token tag) {
    if (words.loops == 0) {
      throw words.error(tag.at(), "'%s' outside of a loop".formatted(tag.text()));
    }
  }

  private <T> T outsideLoops(Supplier<T> parse) {
    int loops = words.loops;
    words.loops = 0;
    T result = parse.get();
    words.loops = loops;
    return result;
  }

  private Statement print(int at) {
    List<Expression> values = new ArrayList<>();
    while (!words.peek().is(Kind.BLOCK_END)) {
      if (!values.isEmpty()) {
        words.expectOperator(",");
      }
      values.add(expressions.expression());
    }
    return new Statement.Output(at, values);
  }

  private Statement conditional(int at) {
    boolean optional = words.optional;
    words.optional = true;
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    String end = "elif";
    while (end.equals("elif")) {
      Expression test = expressions.tuple(false, null);
      words.names.enterCondition();
      branches.add(new Branch(test, body("elif", "else", "endif")));
      words.names.leaveCondition();
      end = words.take().text();
    }
    if (end.equals("else")) {
      words.names.enterCondition();
      otherwise = body("endif");
      words.names.leaveCondition();
      words.expectName("endif");
    }
    words.optional = optional;
    return new Statement.If(at, branches, otherwise);
  }

  private Statement loop(int at) {
    Target target = target("in");
    words.expectName("in");
    Expression iterable = expressions.tuple(false, "recursive");
    Expression test = inScope(() -> words.takeIfName("if") ? expressions.expression() : null);
    boolean recursive = words.takeIfName("recursive");
    words.loops++;
    Body body =
        inScope(
            () -> {
              read(target);
              List<Statement> statements = body("endfor", "else");
              return new Body(words.names, statements);
            });
    words.loops--;
    Body otherwise =
        words.take().text().equals("else") ? scope("endfor") : new Body(new Names(null), List.of());
    return new Statement.For(at, target, iterable, test, recursive, body, otherwise);
  }

  private Statement set(int at) {
    Target target = target(null);
    if (words.takeIfOperator("=")) {
      Expression value = expressions.tuple(true, null);
      set(target);
      return new Statement.Set(at, target, value);
    }
    Expression filter =
        words.takeIfOperator("|") ? expressions.blockFilters(new Expression.Captured(at)) : null;
    set(target);
    return new Statement.SetBlock(at, target, filter, scope("endset"));
  }

  private Statement macro(int at) {
    String name = parameter();
    words.names.set(name);
    return inScope(
        () -> {
          Signature signature = signature();
          return new Statement.Macro(at, name, signature, macroBody(signature, "endmacro"));
        });
  }

  private Statement call(int at) {
    Names outer = words.names;
    boolean optional = words.optional;
    return inScope(
        () -> {
          Signature signature =
              words.peek().isOperator("(")
                  ? signature()
                  : new Signature(List.of(), List.of(), new HashSet<>());
          Expression call = in(outer, optional, expressions::expression);
          if (!(call instanceof Expression.Call found)) {
            throw words.error(at, "expected call");
          }
          return new Statement.CallBlock(at, signature, found, macroBody(signature, "endcall"));
        });
  }

  /** The body of a macro; adds the special names in it to the signature. */
  private Body macroBody(Signature signature, String end) {
    Set<String> outside = words.specialNames;
    words.specialNames = signature.special();
    Body body = outsideLoops(() -> ownBody(end));
    words.specialNames = outside;
    // A macro inside of another one uses the names of the outer one, too.
    outside.addAll(signature.special());
    signature.special().removeAll(signature.parameters());
    return body;
  }

  /** Parameters, in the scope of the macro; the special names in the body are not known yet. */
  private Signature signature() {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    words.expectOperator("(");
    while (!words.peek().isOperator(")")) {
      if (!parameters.isEmpty()) {
        words.expectOperator(",");
      }
      String parameter = parameter();
      parameters.add(parameter);
      words.names.read(parameter);
      if (words.takeIfOperator("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw words.error("non-default argument follows default argument");
      }
    }
    words.take();
    return new Signature(parameters, defaults, new HashSet<>());
  }

  private String parameter() {
    return name(words.expect(Kind.NAME, "a name"));
  }

  private String name(Token token) {
    if (RESERVED.contains(token.text())) {
      throw words.error(token.at(), "can't assign to '%s'".formatted(token.text()));
    }
    return token.text();
  }

  private Statement with(int at) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!words.peek().is(Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        words.expectOperator(",");
      }
      targets.add(target(null));
      words.expectOperator("=");
      values.add(expressions.expression());
    }
    Body body =
        inScope(
            () -> {
              targets.forEach(this::read);
              return ownBody("endwith");
            });
    return new Statement.With(at, targets, values, body);
  }

  private void set(Target target) {
    switch (target) {
      case Target.Name name -> words.names.set(name.name());
      case Target.Attribute attribute -> words.names.read(attribute.namespace());
      case Target.Tuple tuple -> tuple.parts().forEach(this::set);
    }
  }

  /** Takes note of what has a value from the beginning of the scope. */
  private void read(Target target) {
    switch (target) {
      case Target.Name name -> words.names.read(name.name());
      case Target.Attribute attribute -> words.names.read(attribute.namespace());
      case Target.Tuple tuple -> tuple.parts().forEach(this::read);
    }
  }

  /** What is assigned to: a name, an attribute of a namespace, or several in a tuple. */
  private Target target(@Nullable String end) {
    int at = words.peek().at();
    List<Target> parts = new ArrayList<>();
    boolean tuple = false;
    while (!endsTarget(end)) {
      parts.add(simpleTarget());
      if (!words.takeIfOperator(",")) {
        break;
      }
      tuple = true;
    }
    if (!tuple && parts.isEmpty()) {
      throw words.error("expected a name, got " + words.peek().described());
    }
    return tuple ? new Target.Tuple(at, parts) : parts.getFirst();
  }

  private boolean endsTarget(@Nullable String end) {
    Token token = words.peek();
    return token.is(Kind.BLOCK_END)
        || token.isOperator(")")
        || token.isOperator("=")
        || (end != null && token.isName(end));
  }

  private Target simpleTarget() {
    if (words.peek().isOperator("(")) {
      words.take();
      words.enter();
      Target target = target(null);
      words.leave();
      words.expectOperator(")");
      return target;
    }
    Token token = words.expect(Kind.NAME, "a name");
    if (token.text().equals("loop")) {
      throw words.error(token.at(), "Can't assign to special loop variable");
    }
    String name = name(token);
    return words.takeIfOperator(".")
        ? new Target.Attribute(token.at(), name, words.expect(Kind.NAME, "a name").text())
        : new Target.Name(token.at(), name);
  }
}
