package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Machine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The methods of strings. */
final class StringMethods {
  /** A method, given the string that it belongs to. */
  interface Method {
    Value call(Text self, Arguments arguments, Machine machine);
  }

  private static final Map<String, Method> METHODS = new HashMap<>();

  /** Methods that Python has and this interpreter refuses to call. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "casefold",
          "encode",
          "expandtabs",
          "format_map",
          "isidentifier",
          "istitle",
          "maketrans",
          "swapcase",
          "translate");

  private StringMethods() {}

  static {
    changes("upper", Strings::upper);
    changes("lower", Strings::lower);
    changes("capitalize", Strings::capitalize);
    changes("title", Strings::title);
    tests("isspace", text -> Strings.all(text, Strings::isSpace));
    tests("isalpha", text -> Strings.all(text, Character::isLetter));
    tests("isalnum", text -> Strings.all(text, c -> Character.isLetter(c) || isNumeric(c)));
    tests("isdecimal", text -> Strings.all(text, Character::isDigit));
    tests("isdigit", text -> Strings.all(text, StringMethods::isDigit));
    tests("isnumeric", text -> Strings.all(text, StringMethods::isNumeric));
    tests("isupper", text -> Strings.allCased(text, Character::isUpperCase));
    tests("islower", text -> Strings.allCased(text, Character::isLowerCase));
    tests("isascii", text -> text.string().chars().allMatch(c -> c < 128));
    tests("isprintable", text -> text.string().codePoints().allMatch(PythonText::isPrintable));
    strips("strip", true, true);
    strips("lstrip", true, false);
    strips("rstrip", false, true);
    put("split", (self, arguments, machine) -> split(self, arguments, machine, false));
    put("rsplit", (self, arguments, machine) -> split(self, arguments, machine, true));
    put(
        "splitlines",
        (self, arguments, machine) ->
            Strings.listOf(
                Strings.lines(
                    self,
                    arguments.bind("splitlines", "keepends").truth(0, false),
                    machine.budget()),
                machine.budget()));
    put("replace", StringMethods::replace);
    put("join", StringMethods::join);
    put("startswith", (self, arguments, _) -> startsOrEnds(self, arguments, false));
    put("endswith", (self, arguments, _) -> startsOrEnds(self, arguments, true));
    put("removeprefix", (self, arguments, _) -> removePrefix(self, arguments));
    put("removesuffix", (self, arguments, _) -> removeSuffix(self, arguments));
    put("find", (self, arguments, machine) -> Int.of(find(self, arguments, machine, false)));
    put("rfind", (self, arguments, machine) -> Int.of(find(self, arguments, machine, true)));
    put("index", (self, arguments, machine) -> found(find(self, arguments, machine, false)));
    put("rindex", (self, arguments, machine) -> found(find(self, arguments, machine, true)));
    put("count", StringMethods::count);
    put("partition", (self, arguments, machine) -> partition(self, arguments, machine, false));
    put("rpartition", (self, arguments, machine) -> partition(self, arguments, machine, true));
    put("zfill", StringMethods::zeroFill);
    pads("ljust", (text, missing) -> new int[] {0, missing});
    pads("rjust", (text, missing) -> new int[] {missing, 0});
    put("center", StringMethods::center);
    put("format", BraceFormat::format);
  }

  /** The method of a string, or nothing if Python has none of this name. */
  static Value.@Nullable Callable of(Text self, String name) {
    Method method = METHODS.get(name);
    if (method == null) {
      if (UNSUPPORTED.contains(name)) {
        return (_, _) -> {
          throw Fault.unsupported("the method str." + name);
        };
      }
      return null;
    }
    return (arguments, machine) -> {
      machine.budget().spend(self.length() / 16);
      if (self.markup() && !arguments.positional().isEmpty()) {
        throw Fault.unsupported("the method " + name + " with arguments on escaped text");
      }
      return method.call(self, arguments, machine);
    };
  }

  private static void put(String name, Method method) {
    METHODS.put(name, method);
  }

  private static void changes(String name, BiFunction<Text, Budget, Text> change) {
    put(
        name,
        (self, arguments, machine) -> {
          arguments.bind(name);
          return change.apply(self, machine.budget());
        });
  }

  private static void tests(String name, Predicate<Text> test) {
    put(
        name,
        (self, arguments, _) -> {
          arguments.bind(name);
          return Bool.of(test.test(self));
        });
  }

  private static void strips(String name, boolean left, boolean right) {
    put(
        name,
        (self, arguments, _) -> {
          Value characters = arguments.bind(name, "chars").optional(0);
          Text set = characters == null ? null : Values.text(characters, name);
          return Strings.strip(self, set, left, right);
        });
  }

  private static void pads(String name, BiFunction<Text, Integer, int[]> sides) {
    put(
        name,
        (self, arguments, machine) -> {
          var bound = arguments.bind(name, "width", "fillchar");
          int missing = Values.index(bound.required(0)) - self.codePoints();
          Text fill = Values.text(bound.get(1, Text.trusted(" ")), name);
          int[] both = sides.apply(self, missing);
          return Strings.pad(self, both[0], both[1], fill, machine.budget());
        });
  }

  private static Value center(Text self, Arguments arguments, Machine machine) {
    var bound = arguments.bind("center", "width", "fillchar");
    Text fill = Values.text(bound.get(1, Text.trusted(" ")), "center");
    return Strings.center(self, Values.index(bound.required(0)), fill, machine.budget());
  }

  private static boolean isDigit(int c) {
    return Character.isDigit(c)
        || c == 0xb2
        || c == 0xb3
        || c == 0xb9
        || c == 0x2070
        || (c >= 0x2074 && c <= 0x2079)
        || (c >= 0x2080 && c <= 0x2089);
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static Value split(Text self, Arguments arguments, Machine machine, boolean fromEnd) {
    var bound = arguments.bind("split", "sep", "maxsplit");
    Value separator = bound.optional(0);
    Text at = separator == null ? null : Values.text(separator, "split");
    int most = bound.integer(1, -1);
    return Strings.listOf(
        fromEnd
            ? Strings.splitFromEnd(self, at, most, machine.budget())
            : Strings.split(self, at, most, machine.budget()),
        machine.budget());
  }

  private static Value replace(Text self, Arguments arguments, Machine machine) {
    var bound = arguments.bind("replace", "old", "new", "count");
    return Strings.replace(
        self, bound.text(0), bound.text(1), bound.integer(2, -1), machine.budget());
  }

  private static Value join(Text self, Arguments arguments, Machine machine) {
    List<Text> parts = new ArrayList<>();
    for (Value value :
        Values.list(arguments.bind("join", "iterable").required(0), machine.budget())) {
      if (!(value instanceof Text text)) {
        throw Fault.type(
            "sequence item %d: expected str instance, %s found", parts.size(), value.type());
      }
      parts.add(text);
    }
    return Strings.join(self, parts, machine.budget());
  }

  /** The part of a string that the arguments from {@code first} on name; nothing if beyond it. */
  private static @Nullable Text part(Text self, Arguments.Bound bound, int first) {
    int size = self.codePoints();
    Value start = bound.optional(first);
    Value stop = bound.optional(first + 1);
    int from = start == null ? 0 : Slices.clamp(Values.index(start), size);
    int to = stop == null ? size : Slices.clamp(Values.index(stop), size);
    boolean beyond = (start != null && Values.index(start) > size) || from > to;
    return beyond ? null : self.sub(self.offset(from), self.offset(to));
  }

  private static Value startsOrEnds(Text self, Arguments arguments, boolean ends) {
    String name = ends ? "endswith" : "startswith";
    var bound = arguments.bind(name, "prefix", "start", "end");
    Text part = part(self, bound, 1);
    Value wanted = bound.required(0);
    List<Value> choices =
        wanted instanceof Items items && items.tuple() ? items.values() : List.of(wanted);
    for (Value choice : choices) {
      String affix = Values.text(choice, name).string();
      if (part != null
          && (ends ? part.string().endsWith(affix) : part.string().startsWith(affix))) {
        return Bool.TRUE;
      }
    }
    return Bool.FALSE;
  }

  private static Value removePrefix(Text self, Arguments arguments) {
    Text prefix = arguments.bind("removeprefix", "prefix").text(0);
    return self.string().startsWith(prefix.string()) ? self.sub(prefix.length()) : self;
  }

  private static Value removeSuffix(Text self, Arguments arguments) {
    Text suffix = arguments.bind("removesuffix", "suffix").text(0);
    return self.string().endsWith(suffix.string())
        ? self.sub(0, self.length() - suffix.length())
        : self;
  }

  private static int find(Text self, Arguments arguments, Machine machine, boolean last) {
    var bound = arguments.bind("find", "sub", "start", "end");
    Text wanted = bound.text(0);
    Text part = part(self, bound, 1);
    if (part == null) {
      return -1;
    }
    machine.budget().search(part, wanted);
    int at =
        last ? part.string().lastIndexOf(wanted.string()) : part.string().indexOf(wanted.string());
    Value start = bound.optional(1);
    int before = start == null ? 0 : Slices.clamp(Values.index(start), self.codePoints());
    return at < 0 ? -1 : before + part.codePointsBefore(at);
  }

  private static Value found(int place) {
    if (place < 0) {
      throw Fault.value("substring not found");
    }
    return Int.of(place);
  }

  private static Value count(Text self, Arguments arguments, Machine machine) {
    var bound = arguments.bind("count", "sub", "start", "end");
    Text wanted = bound.text(0);
    Text part = part(self, bound, 1);
    if (part == null) {
      return Int.of(0);
    }
    if (wanted.isEmpty()) {
      return Int.of(part.codePoints() + 1);
    }
    machine.budget().search(part, wanted);
    int count = 0;
    for (int at = part.string().indexOf(wanted.string());
        at >= 0;
        at = part.string().indexOf(wanted.string(), at + wanted.length())) {
      count++;
    }
    return Int.of(count);
  }

  private static Value partition(Text self, Arguments arguments, Machine machine, boolean last) {
    Text separator = arguments.bind("partition", "sep").text(0);
    if (separator.isEmpty()) {
      throw Fault.value("empty separator");
    }
    machine.budget().search(self, separator);
    int at =
        last
            ? self.string().lastIndexOf(separator.string())
            : self.string().indexOf(separator.string());
    if (at < 0) {
      return last
          ? Items.tuple(Text.EMPTY, Text.EMPTY, self)
          : Items.tuple(self, Text.EMPTY, Text.EMPTY);
    }
    int end = at + separator.length();
    return Items.tuple(self.sub(0, at), self.sub(at, end), self.sub(end));
  }

  private static Value zeroFill(Text self, Arguments arguments, Machine machine) {
    int width = Values.index(arguments.bind("zfill", "width").required(0));
    int missing = Math.max(0, width - self.codePoints());
    boolean signed = self.string().startsWith("-") || self.string().startsWith("+");
    Text zero = Text.trusted("0");
    return signed
        ? Text.concat(
            machine.budget(),
            self.sub(0, 1),
            Strings.pad(self.sub(1), missing, 0, zero, machine.budget()))
        : Strings.pad(self, missing, 0, zero, machine.budget());
  }
}
