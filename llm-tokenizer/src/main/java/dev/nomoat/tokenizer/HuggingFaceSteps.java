package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.normalize.Affix;
import dev.nomoat.tokenizer.normalize.Charsmap;
import dev.nomoat.tokenizer.normalize.CodePointMap;
import dev.nomoat.tokenizer.normalize.Normalizer;
import dev.nomoat.tokenizer.normalize.NormalizerChain;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.Replace;
import dev.nomoat.tokenizer.normalize.UnicodeForm;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter.Behavior;
import dev.nomoat.tokenizer.pretokenize.ScriptSplitter;
import dev.nomoat.tokenizer.pretokenize.Splitter;
import dev.nomoat.tokenizer.pretokenize.SplittingEncoder;
import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The normalisers and pre-tokenizers of {@code tokenizer.json}. */
final class HuggingFaceSteps {
  private static final String RUST_WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}";

  /** A byte that is not ASCII is written as a character of two. */
  private static final int BYTE_ALPHABET_GROWTH = 2;

  /** A step before the model. */
  sealed interface Step {
    /** Splits the text. */
    record Split(Splitter splitter) implements Step {}

    /** Rewrites the text. */
    record Rewrite(Normalizer normalizer) implements Step {}

    /** Writes the bytes of the text in the alphabet of byte-level BPE. */
    record ToByteAlphabet() implements Step {}
  }

  private HuggingFaceSteps() {}

  /** The step that writes bytes in their alphabet, as text. */
  static final Normalizer BYTE_ALPHABET =
      text -> {
        byte[] bytes = text.bytes();
        for (int at = text.from(); at < text.to(); at++) {
          text.write(ByteAlphabet.toChar(bytes[at] & 0xFF), at, at + 1);
        }
        text.flip();
      };

  /** Puts steps before an encoder. */
  static SegmentEncoder around(List<Step> steps, SegmentEncoder encoder) {
    SegmentEncoder result = encoder;
    for (Step step : steps.reversed()) {
      result =
          switch (step) {
            case Step.Split split -> new SplittingEncoder(split.splitter(), result);
            case Step.Rewrite rewrite -> new NormalizingEncoder(rewrite.normalizer(), result);
            case Step.ToByteAlphabet _ -> new NormalizingEncoder(BYTE_ALPHABET, result);
          };
    }
    return result;
  }

  static Normalizer normalizer(JsonPlace place) {
    return normalizer(place, new StepLimits());
  }

  private static Normalizer normalizer(JsonPlace place, StepLimits limits) {
    limits.add(place);
    String type = place.get("type").text();
    return switch (type) {
      case "Sequence" ->
          new NormalizerChain(
              place.get("normalizers").elements().stream()
                  .map(step -> normalizer(step, limits))
                  .toList());
      case "NFC" -> new UnicodeForm(Form.NFC);
      case "NFD" -> new UnicodeForm(Form.NFD);
      case "NFKC" -> new UnicodeForm(Form.NFKC);
      case "NFKD" -> new UnicodeForm(Form.NFKD);
      case "Lowercase" -> CodePointMap.LOWERCASE;
      case "StripAccents" -> CodePointMap.STRIP_MARKS;
      case "Nmt" -> CodePointMap.NMT;
      case "ByteLevel" -> {
        limits.grow(place, BYTE_ALPHABET_GROWTH);
        yield BYTE_ALPHABET;
      }
      case "Prepend" -> Affix.prepend(place.get("prepend").text());
      case "Strip" -> Affix.strip(place.flag("strip_left", true), place.flag("strip_right", true));
      case "Replace" -> replace(place, limits);
      case "Precompiled" -> charsmap(place);
      case "BertNormalizer" -> {
        boolean lowercase = place.flag("lowercase", true);
        yield BertSteps.normalizer(
            place.flag("clean_text", true),
            place.flag("handle_chinese_chars", true),
            place.flag("strip_accents", lowercase),
            lowercase);
      }
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    };
  }

  private static Normalizer replace(JsonPlace place, StepLimits limits) {
    String content = place.get("content").text();
    long length = Utf8.encode(content).length;
    JsonPlace pattern = place.get("pattern");
    if (pattern.find("Regex").isPresent()) {
      // Matches may be empty, and then add to what is there.
      limits.grow(place, length + 1);
      return Replace.pattern(pattern.get("Regex").text(), content);
    }
    String text = pattern.get("String").text();
    if (text.isEmpty()) {
      throw pattern.fault("more than an empty text");
    }
    limits.grow(place, Math.ceilDiv(length, Utf8.encode(text).length));
    return Replace.text(text, content);
  }

  private static Normalizer charsmap(JsonPlace place) {
    byte[] map;
    try {
      map = Base64.getDecoder().decode(place.get("precompiled_charsmap").text());
    } catch (IllegalArgumentException e) {
      throw place.get("precompiled_charsmap").fault("Base64");
    }
    return map.length == 0 ? new NormalizerChain(List.of()) : Charsmap.of(map);
  }

  /** The steps of a pre-tokenizer. */
  static List<Step> preTokenizer(JsonPlace place) {
    return preTokenizer(place, new StepLimits());
  }

  private static List<Step> preTokenizer(JsonPlace place, StepLimits limits) {
    limits.add(place);
    String type = place.get("type").text();
    return switch (type) {
      case "Sequence" -> {
        List<Step> steps = new ArrayList<>();
        place
            .get("pretokenizers")
            .elements()
            .forEach(part -> steps.addAll(preTokenizer(part, limits)));
        yield steps;
      }
      case "ByteLevel" -> {
        limits.grow(place, BYTE_ALPHABET_GROWTH);
        yield byteLevel(place);
      }
      case "Split" -> List.of(split(place));
      case "Metaspace" -> {
        limits.grow(place, Utf8.encode(place.get("replacement").text()).length);
        yield metaspace(place);
      }
      case "Digits" ->
          split(
              "\\p{N}",
              place.flag("individual_digits", false) ? Behavior.ISOLATED : Behavior.CONTIGUOUS);
      case "Punctuation" -> split(BertSteps.PUNCTUATION, behavior(place));
      case "BertPreTokenizer" -> List.of(new Step.Split(BertSteps.words()));
      case "WhitespaceSplit" -> split("\\s", Behavior.REMOVED);
      case "Whitespace" ->
          List.of(
              new Step.Split(
                  new RegexSplitter(
                      Regex.compile("[" + RUST_WORD + "]+|[^" + RUST_WORD + "\\s]+"),
                      Behavior.REMOVED,
                      true)));
      case "UnicodeScripts" -> List.of(new Step.Split(new ScriptSplitter()));
      case "CharDelimiterSplit" -> split(quote(place.get("delimiter").text()), Behavior.REMOVED);
      case "FixedLength" ->
          split("(?m:.{1," + place.get("length").count() + "})", Behavior.ISOLATED);
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    };
  }

  private static List<Step> split(String pattern, Behavior behavior) {
    return List.of(new Step.Split(new RegexSplitter(Regex.compile(pattern), behavior, false)));
  }

  private static Behavior behavior(JsonPlace place) {
    String name = place.find("behavior").map(JsonPlace::text).orElse("Isolated");
    return switch (name) {
      case "Isolated" -> Behavior.ISOLATED;
      case "Removed" -> Behavior.REMOVED;
      case "Contiguous" -> Behavior.CONTIGUOUS;
      case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
      default -> throw place.get("behavior").fault("a known behaviour");
    };
  }

  private static Step split(JsonPlace place) {
    JsonPlace pattern = place.get("pattern");
    boolean inverted = place.flag("invert", false);
    Behavior behavior = behavior(place);
    String regex =
        pattern.find("Regex").isPresent()
            ? pattern.get("Regex").text()
            : quote(pattern.get("String").text());
    return new Step.Split(
        behavior == Behavior.ISOLATED && !inverted
            ? PreTokenizer.splitter(regex)
            : new RegexSplitter(Regex.compile(regex), behavior, inverted));
  }

  /** A regular expression that matches a text. */
  static String quote(String text) {
    var pattern = new StringBuilder();
    text.codePoints()
        .forEach(c -> pattern.append("\\x{").append(Integer.toHexString(c)).append('}'));
    return pattern.toString();
  }

  private static List<Step> byteLevel(JsonPlace place) {
    List<Step> steps = new ArrayList<>();
    if (place.flag("add_prefix_space", true)) {
      steps.add(new Step.Rewrite(Affix.ensure(" ", false)));
    }
    if (place.flag("use_regex", true)) {
      steps.add(new Step.Split(PreTokenizer.splitter(PreTokenizerFamilies.GPT2_PATTERN)));
    }
    steps.add(new Step.ToByteAlphabet());
    return steps;
  }

  private static List<Step> metaspace(JsonPlace place) {
    String mark = place.get("replacement").text();
    boolean prefix = place.flag("add_prefix_space", true);
    String scheme =
        place.find("prepend_scheme").map(JsonPlace::text).orElse(prefix ? "always" : "never");
    List<Step> steps = new ArrayList<>();
    steps.add(new Step.Rewrite(Replace.text(" ", mark)));
    switch (scheme) {
      case "always" -> steps.add(new Step.Rewrite(Affix.ensure(mark, false)));
      case "first" -> steps.add(new Step.Rewrite(Affix.ensure(mark, true)));
      case "never" -> {}
      default -> throw place.get("prepend_scheme").fault("always, first or never");
    }
    if (place.flag("split", true)) {
      steps.addAll(split(quote(mark), Behavior.MERGED_WITH_NEXT));
    }
    return steps;
  }
}
