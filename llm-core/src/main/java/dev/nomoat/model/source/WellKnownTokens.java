package dev.nomoat.model.source;

import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Tokens that model files do not describe well enough, known by their text: what ends an answer,
 * and what marks the parts of a text to fill in.
 *
 * <p>The lists are those of llama.cpp's {@code llama-vocab.cpp}, so that models end their answers
 * here where they do there.
 */
public final class WellKnownTokens {
  private static final String CLOSING_TAG = "</s>";
  private static final String TOOL_RESPONSE = "<|tool_response>";

  /**
   * Special tokens to which the white space beside them belongs.
   *
   * @param left the ids of those to which what is before them belongs
   * @param right the ids of those to which what is after them belongs
   */
  record Stripping(Set<Integer> left, Set<Integer> right) {}

  private static final Set<String> END_OF_GENERATION =
      Set.of(
          CLOSING_TAG,
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|end_of_text|>",
          "<|endoftext|>",
          "<end_of_turn>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|calls|>",
          "<|flush|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<end_of_utterance>",
          "<eos>",
          "<turn|>",
          TOOL_RESPONSE,
          "<｜end▁of▁sentence｜>",
          "[e~[");

  // A model that fills in code and writes one of the next three has left the place it was to fill.
  private static final List<String> FILL_IN_PAD =
      List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]");

  private static final List<String> FILL_IN_REPOSITORY =
      List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>");
  private static final List<String> FILL_IN_SEPARATOR = List.of("<|file_sep|>");

  private static final Set<String> FILL_IN =
      Set.of(
          "<|fim_prefix|>",
          "<fim-prefix>",
          "<fim_prefix>",
          "<｜fim▁begin｜>",
          "<PRE>",
          "▁<PRE>",
          "<|code_prefix|>",
          "<|prefix|>",
          "<|fim_suffix|>",
          "<fim-suffix>",
          "<fim_suffix>",
          "<｜fim▁hole｜>",
          "<SUF>",
          "▁<SUF>",
          "<|code_suffix|>",
          "<|suffix|>",
          "<|fim_middle|>",
          "<fim-middle>",
          "<fim_middle>",
          "<｜fim▁end｜>",
          "<MID>",
          "▁<MID>",
          "<|code_middle|>",
          "<|middle|>");

  /** Pre-tokenizers and architectures. */
  private static final Set<String> MASK_STRIPS_LEFT =
      Set.of("jina-v2-de", "jina-v2-es", "jina-v2-code", "nomic-bert-moe", "jina-bert-v3");

  private static final Set<String> STRIPS_NOTHING_IN_PHI3 = Set.of("<unk>", "<s>", "<|endoftext|>");

  private WellKnownTokens() {}

  /**
   * The control tokens of a tokenizer that are known to end an answer.
   *
   * @param tokenizer a tokenizer
   * @return their ids
   */
  public static Set<Integer> endsOfGeneration(Tokenizer tokenizer) {
    Map<String, Integer> known = new HashMap<>();
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      String text = tokenizer.token(id).text();
      if (tokenizer.isControl(id) && isControl(text)) {
        known.put(text, id);
      }
    }
    Set<Integer> ends = endOfGeneration(known);
    ends.removeAll(endOfParts(known));
    return ends;
  }

  /**
   * The tokens that are control tokens, whatever the file says, by text.
   *
   * @param texts the vocabulary by id
   */
  static Map<String, Integer> ids(String[] texts) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < texts.length; id++) {
      if (isControl(texts[id])) {
        ids.put(texts[id], id);
      }
    }
    // Where a tool's response ends a turn, the closing tag is text.
    if (ids.containsKey(TOOL_RESPONSE)) {
      ids.remove(CLOSING_TAG);
    }
    return ids;
  }

  private static boolean isControl(String text) {
    return END_OF_GENERATION.contains(text)
        || FILL_IN.contains(text)
        || FILL_IN_PAD.contains(text)
        || FILL_IN_REPOSITORY.contains(text)
        || FILL_IN_SEPARATOR.contains(text);
  }

  /** Those of the known tokens that end an answer, in a set of the caller's own. */
  static Set<Integer> endOfGeneration(Map<String, Integer> known) {
    return known.entrySet().stream()
        .filter(token -> END_OF_GENERATION.contains(token.getKey()))
        .map(Map.Entry::getValue)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /**
   * Those of the known tokens that only end a part of an answer, though others like them end it.
   */
  static Set<Integer> endOfParts(Map<String, Integer> known) {
    // Where a message can end in several ways, <|end|> only ends a part of it, as in gpt-oss and
    // Solar Open.
    boolean calls = known.containsKey("<|call|>") || known.containsKey("<|calls|>");
    Integer partEnd = known.get("<|end|>");
    return partEnd != null
            && calls
            && (known.containsKey("<|return|>") || known.containsKey("<|flush|>"))
        ? Set.of(partEnd)
        : Set.of();
  }

  static OptionalInt fillInPad(Map<String, Integer> known) {
    return first(known, FILL_IN_PAD);
  }

  static OptionalInt fillInRepository(Map<String, Integer> known) {
    return first(known, FILL_IN_REPOSITORY);
  }

  static OptionalInt fillInSeparator(Map<String, Integer> known) {
    return first(known, FILL_IN_SEPARATOR);
  }

  private static OptionalInt first(Map<String, Integer> known, List<String> texts) {
    for (String text : texts) {
      Integer id = known.get(text);
      if (id != null) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /**
   * The special tokens to which white space belongs: files do not say, so it goes by what model
   * they are of.
   *
   * @param name the model's name
   * @param architecture its architecture
   * @param preTokenizer the name of its pre-tokenizer
   * @param vocabulary its tokens
   */
  static Stripping stripping(
      String name, String architecture, String preTokenizer, List<VocabularyEntry> vocabulary) {
    String lowerCase = name.toLowerCase(Locale.ROOT);
    if (MASK_STRIPS_LEFT.contains(preTokenizer) || MASK_STRIPS_LEFT.contains(architecture)) {
      return new Stripping(ids(vocabulary, entry -> entry.text().equals("<mask>")), Set.of());
    }
    if (lowerCase.contains("phi-3") || lowerCase.contains("phi3")) {
      return new Stripping(Set.of(), ids(vocabulary, WellKnownTokens::stripsRightInPhi3));
    }
    if (lowerCase.contains("modern-bert")) {
      return new Stripping(ids(vocabulary, entry -> entry.text().equals("[MASK]")), Set.of());
    }
    return new Stripping(Set.of(), Set.of());
  }

  private static boolean stripsRightInPhi3(VocabularyEntry entry) {
    return switch (entry.type()) {
      case CONTROL, USER_DEFINED, UNKNOWN -> !STRIPS_NOTHING_IN_PHI3.contains(entry.text());
      case NORMAL, UNUSED, BYTE -> false;
    };
  }

  private static Set<Integer> ids(
      List<VocabularyEntry> vocabulary, Predicate<VocabularyEntry> condition) {
    return IntStream.range(0, vocabulary.size())
        .filter(id -> condition.test(vocabulary.get(id)))
        .boxed()
        .collect(Collectors.toUnmodifiableSet());
  }
}
