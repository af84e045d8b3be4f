package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
import java.time.LocalDateTime;

/** A parsed template. Immutable and thread-safe. */
public final class Template {
  private final Source source;
  private final Statement.Body body;
  private final Limits limits;

  private Template(String template, Limits limits) {
    this.source = new Source(template);
    this.body = StatementParser.parse(source);
    this.limits = limits;
  }

  /**
   * Parses a template.
   *
   * @param template its text
   * @return the template
   * @throws TemplateException if it is not valid, or has something that is not supported
   */
  public static Template parse(String template) {
    return parse(template, Limits.DEFAULT);
  }

  static Template parse(String template, Limits limits) {
    return new Template(template, limits);
  }

  /**
   * Runs the template.
   *
   * @param variables what it may use
   * @param now the time that it may ask for
   * @return what it writes
   * @throws TemplateException if it fails, or refuses the variables
   */
  public Rendered render(Variables variables, LocalDateTime now) {
    return new Rendered(new Interpreter(source, limits, now).run(body, variables.values()));
  }
}
