package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Machine;

/** Python's {@code "{}".format(…)}, for fields without conversions and format specifications. */
final class BraceFormat {
  private BraceFormat() {}

  static Value format(Text self, Arguments arguments, Machine machine) {
    var out = new TextBuilder(machine.budget());
    String string = self.string();
    int next = 0;
    int at = 0;
    while (at < string.length()) {
      int brace = nextBrace(string, at);
      out.append(self, at, brace);
      if (brace == string.length()) {
        break;
      }
      char c = string.charAt(brace);
      if (brace + 1 < string.length() && string.charAt(brace + 1) == c) {
        out.append(self, brace, brace + 1);
        at = brace + 2;
        continue;
      }
      int close = string.indexOf('}', brace);
      if (c == '}' || close < 0) {
        throw Fault.value("single '%s' encountered in format string", c);
      }
      String field = string.substring(brace + 1, close);
      if (!field.matches("\\w*")) {
        throw Fault.unsupported("the format field {" + field + "}");
      }
      Value value;
      if (field.isEmpty()) {
        value = positional(arguments, next++);
      } else if (field.matches("[0-9]{1,6}")) {
        value = positional(arguments, Integer.parseInt(field));
      } else {
        value = arguments.named().get(field);
        if (value == null) {
          throw new Fault("KeyError: '" + field + "'");
        }
      }
      out.append(PythonText.str(value, machine.budget()));
      at = close + 1;
    }
    return out.toText();
  }

  private static int nextBrace(String string, int from) {
    int at = from;
    while (at < string.length() && string.charAt(at) != '{' && string.charAt(at) != '}') {
      at++;
    }
    return at;
  }

  private static Value positional(Arguments arguments, int index) {
    if (index >= arguments.positional().size()) {
      throw new Fault("IndexError: no replacement for field " + index);
    }
    return arguments.positional().get(index);
  }
}
