package dev.nomoat.convert;

import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What GGUF calls the way in which a {@code tokenizer.json} splits text before byte-level BPE: the
 * regular expressions are compared with those of the names that we know, and not what they match.
 */
final class PreTokenizerNames {
  /** Names that models of an architecture have where several split alike. */
  private static final Map<String, String> BY_ARCHITECTURE =
      Map.ofEntries(
          Map.entry("command-r", "command-r"),
          Map.entry("cohere2", "command-r"),
          Map.entry("exaone4", "exaone4"),
          Map.entry("glm4", "glm4"),
          Map.entry("glm4moe", "glm4"),
          Map.entry("hunyuan-dense", "hunyuan-dense"),
          Map.entry("lfm2", "lfm2"),
          Map.entry("lfm2moe", "lfm2"),
          Map.entry("llama", "smollm"),
          Map.entry("llama4", "llama4"),
          Map.entry("modern-bert", "modern-bert"),
          Map.entry("phi2", "phi-2"),
          Map.entry("stablelm", "stablelm2"));

  /** Names that are well known, where several split alike. */
  private static final List<String> PREFERRED =
      List.of(
          "gpt-2",
          "llama-bpe",
          "qwen2",
          "dbrx",
          "starcoder",
          "gpt-4o",
          "tiny_aya",
          "deepseek-v3",
          "bloom",
          "bailingmoe");

  private static final Pattern CODE_POINT =
      Pattern.compile("\\\\(?:x\\{([0-9A-Fa-f]{1,6})\\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))");

  private static final Pattern ESCAPED_SIGN = Pattern.compile("\\\\([^A-Za-z0-9\\s])");

  private static final String DIGIT = "\\p{N}";

  private PreTokenizerNames() {}

  /**
   * The names under which a splitting may be known, the likeliest first.
   *
   * @param steps the {@code pre_tokenizer} of a {@code tokenizer.json}
   * @param architecture what GGUF calls the family of the model
   * @param wholeWords whether a piece that is a token becomes that token whatever the merges say
   */
  static List<String> candidates(JsonPlace steps, String architecture, boolean wholeWords) {
    Optional<List<String>> patterns = patterns(steps);
    if (patterns.isEmpty()) {
      return List.of();
    }
    List<String> wanted = patterns.get().stream().map(PreTokenizerNames::canonical).toList();
    List<String> same = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (PreTokenizer family : PreTokenizer.families()) {
      if (family.patterns().stream().map(PreTokenizerNames::canonical).toList().equals(wanted)) {
        (family.takesWholeWords() == wholeWords ? same : others).add(name(family, architecture));
      }
    }
    // whole words make no difference to a vocabulary whose merges make every token
    same.addAll(others);
    return same;
  }

  private static String name(PreTokenizer family, String architecture) {
    String own = BY_ARCHITECTURE.getOrDefault(architecture, "");
    if (family.names().contains(own)) {
      return own;
    }
    return PREFERRED.stream()
        .filter(family.names()::contains)
        .findFirst()
        .orElseGet(() -> family.names().stream().sorted().findFirst().orElseThrow());
  }

  /**
   * The regular expressions at whose matches text is split, one after the other.
   *
   * @return the expressions; empty if a step is more than that
   */
  static Optional<List<String>> patterns(JsonPlace steps) {
    List<String> patterns = new ArrayList<>();
    return collect(steps, patterns) ? Optional.of(patterns) : Optional.empty();
  }

  private static boolean collect(JsonPlace step, List<String> patterns) {
    return switch (step.get("type").text()) {
      // sequences in sequences, which nobody writes, are not looked into
      case "Sequence" ->
          step.get("pretokenizers").elements().stream()
              .allMatch(
                  part -> !part.get("type").text().equals("Sequence") && collect(part, patterns));
      case "ByteLevel" ->
          !step.flag("use_regex", true) || patterns.addAll(PreTokenizer.GPT2.patterns());
      case "Digits" -> patterns.add(step.flag("individual_digits", false) ? DIGIT : DIGIT + "+");
      case "Split" -> isolates(step) && patterns.add(step.get("pattern").get("Regex").text());
      default -> false;
    };
  }

  /**
   * Whether matches, and what is between them, are pieces; or matches alone, which cover a text.
   */
  private static boolean isolates(JsonPlace split) {
    boolean inverted = split.flag("invert", false);
    String behavior = split.find("behavior").map(JsonPlace::text).orElse("Isolated");
    return split.get("pattern").find("Regex").isPresent()
        && behavior.equals(inverted ? "Removed" : "Isolated");
  }

  /** The same expression with characters instead of escapes. */
  private static String canonical(String pattern) {
    String plain =
        CODE_POINT
            .matcher(pattern)
            .replaceAll(escape -> Matcher.quoteReplacement(character(escape.group())));
    return ESCAPED_SIGN.matcher(plain).replaceAll("$1");
  }

  private static String character(String escape) {
    int codePoint = Integer.parseInt(escape.replaceAll("^\\\\.|[{}]", ""), 16);
    return Character.isValidCodePoint(codePoint) ? Character.toString(codePoint) : escape;
  }
}
