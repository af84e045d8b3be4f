package dev.nomoat.chat.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement; {@code at} is its place in the source. */
sealed interface Statement {
  int at();

  record Data(int at, Text text) implements Statement {}

  record Output(int at, List<Expression> values) implements Statement {}

  record If(int at, List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record For(
      int at,
      Target target,
      Expression iterable,
      @Nullable Expression test,
      boolean recursive,
      Body body,
      Body otherwise)
      implements Statement {}

  record Set(int at, Target target, Expression value) implements Statement {}

  /** Sets what the body writes, or what a filter makes of it. */
  record SetBlock(int at, Target target, @Nullable Expression filter, Body body)
      implements Statement {}

  record Macro(int at, String name, Signature signature, Body body) implements Statement {}

  record CallBlock(int at, Signature signature, Expression.Call call, Body body)
      implements Statement {}

  record FilterBlock(int at, Expression filter, Body body) implements Statement {}

  record With(int at, List<Target> targets, List<Expression> values, Body body)
      implements Statement {}

  /** What the assistant says; its names are its own. */
  record Generation(int at, Body body) implements Statement {}

  record Break(int at) implements Statement {}

  record Continue(int at) implements Statement {}

  /** Statements with a scope of their own. */
  record Body(Names names, List<Statement> statements) {}

  /** A condition and what it guards. */
  record Branch(Expression test, List<Statement> body) {}

  /**
   * The parameters of a macro.
   *
   * @param defaults those of the last parameters
   * @param special which of {@code caller}, {@code kwargs} and {@code varargs} the body names
   */
  record Signature(
      List<String> parameters, List<Expression> defaults, java.util.Set<String> special) {}

  /** What a value is assigned to. */
  sealed interface Target {
    int at();

    record Name(int at, String name) implements Target {}

    record Attribute(int at, String namespace, String name) implements Target {}

    record Tuple(int at, List<Target> parts) implements Target {}
  }
}
