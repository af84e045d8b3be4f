package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
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
   * @return its statements
   * @throws TemplateException if it is no valid template, or has something that is not supported
   */
  static List<Statement> parse(Source source) {
    return new StatementParser(source).statements(Set.of());
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
          statements.add(new Statement.Output(token.at(), expressions.tuple(true, null)));
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

  /** A body whose names are its own, up to the given tag. */
  private List<Statement> scope(String end) {
    return own(
        () -> {
          List<Statement> body = body(end);
          words.expectName(end);
          return body;
        });
  }

  private <T> T own(Supplier<T> parse) {
    boolean optional = words.optional;
    words.optional = false;
    T result = parse.get();
    words.optional = optional;
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
      case "autoescape", "block", "do", "extends", "from", "import", "include", "print", "trans" ->
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

  private Statement conditional(int at) {
    boolean optional = words.optional;
    words.optional = true;
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    String end = "elif";
    while (end.equals("elif")) {
      Expression test = expressions.tuple(false, null);
      branches.add(new Branch(test, body("elif", "else", "endif")));
      end = words.take().text();
    }
    if (end.equals("else")) {
      otherwise = body("endif");
      words.expectName("endif");
    }
    words.optional = optional;
    return new Statement.If(at, branches, otherwise);
  }

  private Statement loop(int at) {
    Target target = target("in");
    words.expectName("in");
    Expression iterable = expressions.tuple(false, "recursive");
    return own(
        () -> {
          Expression test = words.takeIfName("if") ? expressions.expression() : null;
          boolean recursive = words.takeIfName("recursive");
          words.loops++;
          List<Statement> body = body("endfor", "else");
          words.loops--;
          List<Statement> otherwise = List.of();
          if (words.take().text().equals("else")) {
            otherwise = body("endfor");
            words.expectName("endfor");
          }
          return new Statement.For(at, target, iterable, test, recursive, body, otherwise);
        });
  }

  private Statement set(int at) {
    Target target = target(null);
    if (words.takeIfOperator("=")) {
      return new Statement.Set(at, target, expressions.tuple(true, null));
    }
    Expression filter =
        words.takeIfOperator("|") ? expressions.blockFilters(new Expression.Captured(at)) : null;
    return new Statement.SetBlock(at, target, filter, scope("endset"));
  }

  private Statement macro(int at) {
    String name = parameter();
    return macroLike(
        (parameters, defaults, special, body) ->
            new Statement.Macro(at, name, new Signature(parameters, defaults, special), body),
        true,
        "endmacro",
        null);
  }

  private Statement call(int at) {
    boolean signature = words.peek().isOperator("(");
    List<Expression.Call> call = new ArrayList<>();
    return macroLike(
        (parameters, defaults, special, body) ->
            new Statement.CallBlock(
                at, new Signature(parameters, defaults, special), call.getFirst(), body),
        signature,
        "endcall",
        () -> {
          if (!(expressions.expression() instanceof Expression.Call found)) {
            throw words.error(at, "expected call");
          }
          call.add(found);
        });
  }

  private interface MacroMaker {
    Statement make(
        List<String> parameters,
        List<Expression> defaults,
        Set<String> special,
        List<Statement> body);
  }

  private Statement macroLike(
      MacroMaker maker, boolean hasSignature, String end, @Nullable Runnable beforeBody) {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    if (hasSignature) {
      signature(parameters, defaults);
    }
    if (beforeBody != null) {
      beforeBody.run();
    }
    Set<String> outside = words.specialNames;
    words.specialNames = new HashSet<>();
    List<Statement> body = outsideLoops(() -> scope(end));
    Set<String> special = words.specialNames;
    words.specialNames = outside;
    // A macro inside of another one uses the names of the outer one, too.
    outside.addAll(special);
    special.removeAll(parameters);
    return maker.make(parameters, defaults, special, body);
  }

  private void signature(List<String> parameters, List<Expression> defaults) {
    words.expectOperator("(");
    while (!words.peek().isOperator(")")) {
      if (!parameters.isEmpty()) {
        words.expectOperator(",");
      }
      parameters.add(parameter());
      if (words.takeIfOperator("=")) {
        defaults.add(own(expressions::expression));
      } else if (!defaults.isEmpty()) {
        throw words.error("non-default argument follows default argument");
      }
    }
    words.take();
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
    return new Statement.With(at, targets, values, scope("endwith"));
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
