package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
import dev.nomoat.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The words of a template while they are parsed, and what the parsers keep in mind. */
final class Words {
  private final Source source;
  private final List<Token> tokens;
  private int next;
  private int depth;

  /** Whether what is parsed now may never run, so that unknown filters are no error yet. */
  boolean optional;

  /** Which of the special names of macros were seen. */
  Set<String> specialNames = new HashSet<>();

  /** Loops around the place that is parsed, up to the next macro. */
  int loops;

  private final List<Names> scopes = new ArrayList<>();

  /** The names of the innermost scope around the place that is parsed. */
  Names names = new Names(null);

  Words(Source source) {
    this.source = source;
    this.tokens = Lexer.tokens(source);
    scopes.add(names);
  }

  /** A scope inside of the one that is parsed now. */
  Names newScope() {
    var inner = new Names(names);
    scopes.add(inner);
    return inner;
  }

  /** Says that the template is read to its end. */
  void completeScopes() {
    scopes.forEach(Names::complete);
  }

  Token peek() {
    return tokens.get(next);
  }

  Token peekSecond() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = tokens.get(next);
    next = Math.min(next + 1, tokens.size() - 1);
    return token;
  }

  boolean takeIfName(String name) {
    return takeIf(peek().isName(name));
  }

  boolean takeIfOperator(String operator) {
    return takeIf(peek().isOperator(operator));
  }

  private boolean takeIf(boolean wanted) {
    if (wanted) {
      take();
    }
    return wanted;
  }

  Token expect(Kind kind, String described) {
    if (!peek().is(kind)) {
      throw error("expected %s, got %s".formatted(described, peek().described()));
    }
    return take();
  }

  void expectOperator(String operator) {
    if (!takeIfOperator(operator)) {
      throw error("expected '%s', got %s".formatted(operator, peek().described()));
    }
  }

  void expectName(String name) {
    if (!takeIfName(name)) {
      throw error("expected '%s', got %s".formatted(name, peek().described()));
    }
  }

  TemplateException error(String message) {
    return error(peek().at(), message);
  }

  TemplateException error(int at, String message) {
    return source.error(at, message);
  }

  /** Goes one level deeper; to be followed by {@link #leave}. */
  void enter() {
    if (++depth > Limits.SOURCE_DEPTH) {
      throw error("the template nests deeper than %d levels".formatted(Limits.SOURCE_DEPTH));
    }
  }

  void leave() {
    depth--;
  }
}
