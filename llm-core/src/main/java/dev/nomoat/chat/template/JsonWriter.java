package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Namespace;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Range;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import dev.nomoat.chat.template.Value.View;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes values as Python's {@code json.dumps} does. */
final class JsonWriter {
  private static final HexFormat HEX = HexFormat.of();

  private final TextBuilder out;
  private final Budget budget;
  private final Style style;

  /**
   * How to write.
   *
   * @param ascii whether to escape everything beyond ASCII
   * @param indent what each level is indented with; nothing to write one line
   * @param itemSeparator between items
   * @param keySeparator between a key and its value
   * @param sorted whether keys are in order
   */
  record Style(
      boolean ascii,
      @Nullable Text indent,
      Text itemSeparator,
      Text keySeparator,
      boolean sorted) {}

  private JsonWriter(Style style, Budget budget) {
    this.style = style;
    this.budget = budget;
    this.out = new TextBuilder(budget);
  }

  static Text write(Value value, Style style, Budget budget) {
    var writer = new JsonWriter(style, budget);
    writer.value(value, 0);
    return writer.out.toText();
  }

  private void value(Value value, int depth) {
    Values.checkDepth(depth);
    budget.spend(1);
    switch (value) {
      case None _ -> out.append("null");
      case Bool bool -> out.append(bool.value() ? "true" : "false");
      case Int number -> out.append(PythonText.whole(number.value()));
      case Real number -> out.append(real(number.value()));
      case Text text -> string(text);
      case Items items -> items(items.values(), depth);
      case Dict dict -> dict(dict, depth);
      case Undefined _, Range _, View _, Namespace _, Lazy _, Callable _, LoopState _ ->
          throw Fault.type("Object of type %s is not JSON serializable", value.type());
    }
  }

  private static String real(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    return Double.isInfinite(number)
        ? number > 0 ? "Infinity" : "-Infinity"
        : PythonText.real(number);
  }

  private void string(Text text) {
    out.append("\"");
    text.appendTo(out, 0, text.length(), this::escaped);
    out.append("\"");
  }

  private String escaped(String piece) {
    StringBuilder escaped = new StringBuilder(piece.length());
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      switch (c) {
        case '"' -> escaped.append("\\\"");
        case '\\' -> escaped.append("\\\\");
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\b' -> escaped.append("\\b");
        case '\f' -> escaped.append("\\f");
        default -> {
          if (c < ' ' || (style.ascii() && c > '~')) {
            escaped.append("\\u").append(HEX.toHexDigits(c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }

  private void items(List<Value> values, int depth) {
    if (values.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append("[");
    boolean first = true;
    for (Value value : values) {
      between(first, depth + 1);
      first = false;
      value(value, depth + 1);
    }
    line(depth);
    out.append("]");
  }

  private void dict(Dict dict, int depth) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    List<Dict.Entry> entries = new ArrayList<>(dict.entries());
    if (style.sorted()) {
      entries = new ArrayList<>(Sorting.sort(entries, Dict.Entry::key, false, budget));
    }
    out.append("{");
    boolean first = true;
    for (Dict.Entry entry : entries) {
      between(first, depth + 1);
      first = false;
      key(entry.key());
      out.append(style.keySeparator());
      value(entry.value(), depth + 1);
    }
    line(depth);
    out.append("}");
  }

  private void key(Value key) {
    switch (key) {
      case Text text -> string(text);
      case None _ -> out.append("\"null\"");
      case Bool bool -> out.append(bool.value() ? "\"true\"" : "\"false\"");
      case Int number -> out.append("\"" + PythonText.whole(number.value()) + "\"");
      case Real number -> out.append("\"" + real(number.value()) + "\"");
      case Value _ ->
          throw Fault.type("keys must be str, int, float, bool or None, not %s", key.type());
    }
  }

  private void between(boolean first, int depth) {
    if (!first) {
      out.append(style.itemSeparator());
    }
    line(depth);
  }

  private void line(int depth) {
    Text indent = style.indent();
    if (indent != null) {
      out.append("\n");
      for (int i = 0; i < depth; i++) {
        out.append(indent);
      }
    }
  }
}
