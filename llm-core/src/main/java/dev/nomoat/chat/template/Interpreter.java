package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Statement.Body;
import dev.nomoat.chat.template.Statement.Branch;
import dev.nomoat.chat.template.Statement.Signature;
import dev.nomoat.chat.template.Statement.Target;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Namespace;
import dev.nomoat.chat.template.Value.Undefined;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the statements of a template once. */
final class Interpreter {
  /** How a statement ended. */
  private enum Outcome {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Source source;
  private final Budget budget;
  private final Evaluator evaluator;
  private TextBuilder out;

  Interpreter(Source source, Limits limits, LocalDateTime now) {
    this.source = source;
    this.budget = new Budget(limits);
    this.evaluator = new Evaluator(source, budget, now);
    this.out = new TextBuilder(budget);
  }

  /** Runs a template with the given variables, and returns what it writes. */
  Text run(Body template, Dict variables) {
    Scope scope = new Scope(null);
    for (Dict.Entry entry : variables.entries()) {
      scope.set(entry.key().toString(), entry.value());
    }
    scope.unset(template.names());
    run(template.statements(), scope);
    return out.toText();
  }

  /** Runs statements in a new scope of theirs. */
  private Outcome run(Body body, Scope outer) {
    return run(body.statements(), new Scope(outer, body.names()));
  }

  private Outcome run(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      try {
        budget.enter();
        Outcome outcome = run(statement, scope);
        budget.leave();
        if (outcome != Outcome.NEXT) {
          return outcome;
        }
      } catch (Fault e) {
        throw source.error(statement.at(), String.valueOf(e.getMessage()));
      } catch (StackOverflowError e) {
        throw source.error(statement.at(), "a value nests too deep");
      }
    }
    return Outcome.NEXT;
  }

  /** What statements write. */
  private Text capture(List<Statement> body, Scope scope) {
    TextBuilder outer = out;
    out = new TextBuilder(budget);
    run(body, scope);
    Text written = out.toText();
    out = outer;
    return written;
  }

  private Outcome run(Statement statement, Scope scope) {
    switch (statement) {
      case Statement.Data data -> out.append(data.text());
      case Statement.Output output -> {
        for (Expression value : output.values()) {
          write(evaluator.value(value, scope));
        }
      }
      case Statement.If conditional -> {
        return run(chosen(conditional, scope), scope);
      }
      case Statement.For loop -> loop(loop, scope);
      case Statement.Set set -> assign(set.target(), evaluator.value(set.value(), scope), scope);
      case Statement.SetBlock set -> {
        Scope inner = new Scope(scope, set.body().names());
        Text written = capture(set.body().statements(), inner);
        Expression filter = set.filter();
        assign(
            set.target(),
            filter == null ? written : evaluator.filtered(filter, written, inner),
            scope);
      }
      case Statement.Macro macro ->
          scope.set(macro.name(), macro(macro.name(), macro.signature(), macro.body(), scope));
      case Statement.CallBlock block -> {
        Value caller = macro("caller", block.signature(), block.body(), scope);
        write(evaluator.call(block.call(), scope, Map.of("caller", caller)));
      }
      case Statement.FilterBlock block -> {
        Scope inner = new Scope(scope, block.body().names());
        Text written = capture(block.body().statements(), inner);
        write(evaluator.filtered(block.filter(), written, inner));
      }
      case Statement.With with -> {
        return with(with, scope);
      }
      case Statement.Generation generation -> {
        return run(generation.body(), scope);
      }
      case Statement.Break _ -> {
        return Outcome.BREAK;
      }
      case Statement.Continue _ -> {
        return Outcome.CONTINUE;
      }
    }
    return Outcome.NEXT;
  }

  private void write(Value value) {
    out.append(PythonText.str(value, budget));
  }

  private List<Statement> chosen(Statement.If conditional, Scope scope) {
    for (Branch branch : conditional.branches()) {
      if (evaluator.truth(branch.test(), scope)) {
        return branch.body();
      }
    }
    return conditional.otherwise();
  }

  private Outcome with(Statement.With with, Scope scope) {
    Scope inner = new Scope(scope, with.body().names());
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluator.value(with.values().get(i), scope), inner);
    }
    return run(with.body().statements(), inner);
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Name name -> scope.set(name.name(), value);
      case Target.Attribute attribute -> {
        if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
          throw new Fault("cannot assign attribute on non-namespace object");
        }
        namespace.values().put(attribute.name(), value);
      }
      case Target.Tuple tuple -> {
        List<Value> values = Values.list(value, budget);
        if (values.size() != tuple.parts().size()) {
          throw Fault.value(
              "expected %d values to unpack, got %d", tuple.parts().size(), values.size());
        }
        for (int i = 0; i < values.size(); i++) {
          assign(tuple.parts().get(i), values.get(i), scope);
        }
      }
    }
  }

  private void loop(Statement.For loop, Scope scope) {
    Value iterable = evaluator.value(loop.iterable(), scope);
    if (!loop.recursive()) {
      loop(loop, iterable, scope, 0, null);
      return;
    }
    var recursion =
        new LoopState.Recursion() {
          @Override
          public Value render(Value items, int depth) {
            TextBuilder outer = out;
            out = new TextBuilder(budget);
            loop(loop, items, scope, depth, this);
            Text written = out.toText();
            out = outer;
            return written;
          }
        };
    write(recursion.render(iterable, 0));
  }

  private void loop(
      Statement.For loop,
      Value iterable,
      Scope scope,
      int depth,
      LoopState.@Nullable Recursion recursion) {
    Iterator<Value> values = Values.iterate(iterable);
    Expression test = loop.test();
    if (test != null) {
      values = filtered(values, loop.target(), test, scope);
    }
    int length = test == null ? Values.length(iterable) : -1;
    var state = new LoopState(values, length, depth, recursion, budget);
    boolean completed = false;
    for (Value value = state.advance(); value != null; value = state.advance()) {
      budget.spend(1);
      Scope own = new Scope(scope, loop.body().names());
      own.set("loop", state);
      assign(loop.target(), value, own);
      Outcome outcome = run(loop.body().statements(), own);
      if (outcome == Outcome.BREAK) {
        break;
      }
      // As Jinja has it, an iteration that was cut short does not count for "else".
      completed |= outcome == Outcome.NEXT;
    }
    if (!completed) {
      run(loop.otherwise(), scope);
    }
  }

  /** The items of a loop for which a test holds. */
  private Iterator<Value> filtered(
      Iterator<Value> values, Target target, Expression test, Scope scope) {
    Iterator<Value> unpacked =
        target instanceof Target.Tuple
            ? Lazy.map(values, value -> Items.tuple(Values.list(value, budget))).iterator()
            : values;
    return Lazy.filter(
            unpacked,
            value -> {
              Scope own = new Scope(scope);
              assign(target, value, own);
              return evaluator.truth(test, own);
            })
        .iterator();
  }

  private Callable macro(String name, Signature signature, Body body, Scope definedIn) {
    return (arguments, _) -> {
      Scope scope = new Scope(definedIn, body.names());
      bind(name, signature, arguments, scope);
      return capture(body.statements(), scope);
    };
  }

  private void bind(String name, Signature signature, Arguments arguments, Scope scope) {
    List<String> parameters = signature.parameters();
    List<Value> positional = arguments.positional();
    Map<String, Value> named = new LinkedHashMap<>(arguments.named());
    int required = parameters.size() - signature.defaults().size();
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      Value value = i < positional.size() ? positional.get(i) : named.remove(parameters.get(i));
      if (value != null) {
        scope.set(parameters.get(i), value);
      } else {
        scope.set(
            parameters.get(i),
            new Undefined("parameter '%s' was not provided".formatted(parameters.get(i))));
        missing.add(i);
      }
    }
    if (signature.special().contains("caller")) {
      Value caller = named.remove("caller");
      scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
    }
    if (signature.special().contains("kwargs")) {
      Dict rest = new Dict();
      named.forEach(rest::put);
      scope.set("kwargs", rest);
    } else if (!named.isEmpty()) {
      throw Fault.type(
          "macro '%s' takes no keyword argument '%s'", name, named.keySet().iterator().next());
    }
    List<Value> more =
        positional.subList(Math.min(parameters.size(), positional.size()), positional.size());
    if (signature.special().contains("varargs")) {
      scope.set("varargs", Items.tuple(more));
    } else if (!more.isEmpty()) {
      throw Fault.type("macro '%s' takes not more than %d argument(s)", name, parameters.size());
    }
    for (int i : missing) {
      if (i >= required) {
        scope.set(
            parameters.get(i), evaluator.value(signature.defaults().get(i - required), scope));
      }
    }
  }
}
