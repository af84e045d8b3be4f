package dev.nomoat.convert;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/** Which tokens begin, end, separate and pad texts, and which of them every text gets. */
final class SpecialTokenKeys {
  private static final String PREFIX = VocabularyKeys.PREFIX;
  private static final String BOS = "bos_token_id";
  private static final String EOS = "eos_token_id";
  private static final String EOT = "eot_token_id";

  /** Around this, the tokens that every text gets are seen. */
  private static final String ANY = "x";

  private final TokenizerFolder folder;
  private final Tokenizer tokenizer;
  private final Map<String, GgufValue> keys = new LinkedHashMap<>();

  private SpecialTokenKeys(TokenizerFolder folder) {
    this.folder = folder;
    tokenizer = folder.tokenizer();
  }

  /**
   * Collects the keys.
   *
   * @throws UnsupportedModelException if every text gets more than a token before and one behind
   */
  static Map<String, GgufValue> of(TokenizerFolder folder) {
    SpecialTokenKeys special = new SpecialTokenKeys(folder);
    special.collect();
    return special.keys;
  }

  private void collect() {
    int[] plain = tokenizer.encode(ANY);
    int[] prompt = tokenizer.encodePrompt(ANY, SpecialTokens.PLAIN_TEXT);
    int before = 0;
    while (before + plain.length < prompt.length
        && !Arrays.equals(plain, Arrays.copyOfRange(prompt, before, before + plain.length))) {
      before++;
    }
    int behind = prompt.length - plain.length - before;
    if (before > 1 || behind > 1) {
      throw new UnsupportedModelException(
          "tokenizer in " + folder.path(),
          "GGUF has one token before and one behind each text, not %d and %d"
              .formatted(before, behind));
    }
    OptionalInt bos = before == 1 ? OptionalInt.of(prompt[0]) : id("bos", "cls");
    OptionalInt usual = id("eos", "sep");
    OptionalInt eos = behind == 1 ? OptionalInt.of(prompt[prompt.length - 1]) : usual;
    put(BOS, bos);
    put(EOS, eos);
    if (usual.isPresent() && !usual.equals(eos)) {
      // what ends an answer is another token than what ends a text
      put(EOT, usual);
    }
    put("unknown_token_id", id("unk"));
    put("seperator_token_id", id("sep"));
    put("padding_token_id", id("pad"));
    put("mask_token_id", id("mask"));
    keys.put(PREFIX + "add_bos_token", GgufValue.bool(before == 1));
    keys.put(PREFIX + "add_eos_token", GgufValue.bool(behind == 1));
    separates().ifPresent(adds -> keys.put(PREFIX + "add_sep_token", GgufValue.bool(adds)));
  }

  private void put(String name, OptionalInt id) {
    if (id.isPresent() && id.getAsInt() < tokenizer.vocabularySize()) {
      keys.put(PREFIX + name, GgufValue.uint32(id.getAsInt()));
    }
  }

  /** A token by its kind: by text in the tokenizer's settings, or by id in the model's. */
  private OptionalInt id(String... kinds) {
    for (String kind : kinds) {
      OptionalInt id = byText(folder.settings().find(kind + "_token"));
      if (id.isPresent()) {
        return id;
      }
    }
    for (String kind : kinds) {
      Optional<JsonPlace> id = byId(folder.config(), kind);
      if (id.isPresent()) {
        return OptionalInt.of(id.get().count());
      }
    }
    return switch (kinds[0]) {
      case "bos" -> tokenizer.bosId();
      case "eos" -> tokenizer.eosId();
      default -> OptionalInt.empty();
    };
  }

  private OptionalInt byText(Optional<JsonPlace> token) {
    if (token.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonPlace place = token.get();
    JsonPlace text = place.value() instanceof Json.ObjectValue ? place.get("content") : place;
    return text.text().isEmpty() ? OptionalInt.empty() : tokenizer.idOf(text.text());
  }

  /** An id of {@code config.json}; a list of several is none. */
  private static Optional<JsonPlace> byId(JsonPlace config, String kind) {
    String name = kind + "_token_id";
    return config
        .find(name)
        .or(() -> config.find("text_config").flatMap(text -> text.find(name)))
        .filter(id -> id.value() instanceof Json.NumberValue number && number.isWhole())
        .filter(id -> !((Json.NumberValue) id.value()).digits().startsWith("-"));
  }

  /** Whether a pair of texts has a separator besides the tokens around each of them. */
  private Optional<Boolean> separates() {
    Optional<JsonPlace> processor = folder.json().flatMap(json -> json.find("post_processor"));
    if (processor.isEmpty()) {
      return Optional.empty();
    }
    boolean sequence = processor.get().get("type").text().equals("Sequence");
    List<JsonPlace> steps =
        sequence ? processor.get().get("processors").elements() : List.of(processor.get());
    for (JsonPlace step : steps) {
      switch (step.get("type").text()) {
        case "RobertaProcessing" -> {
          return Optional.of(true);
        }
        case "BertProcessing" -> {
          return Optional.of(false);
        }
        case "TemplateProcessing" -> {
          return Optional.of(betweenPair(step) > behindFirst(step));
        }
        default -> {
          // adds no tokens
        }
      }
    }
    return Optional.empty();
  }

  /** How many tokens are between both texts, but for those that begin a text. */
  private static int betweenPair(JsonPlace template) {
    List<JsonPlace> pair = template.find("pair").map(JsonPlace::elements).orElse(List.of());
    Optional<String> first =
        template.get("single").elements().stream().findFirst().flatMap(SpecialTokenKeys::token);
    int tokens = 0;
    boolean inside = false;
    for (JsonPlace piece : pair) {
      boolean sequence = piece.find("Sequence").isPresent();
      if (sequence && inside) {
        return tokens;
      }
      inside |= sequence;
      tokens += inside && !sequence && !token(piece).equals(first) ? 1 : 0;
    }
    return 0;
  }

  private static int behindFirst(JsonPlace template) {
    int tokens = 0;
    for (JsonPlace piece : template.get("single").elements()) {
      tokens = piece.find("Sequence").isPresent() ? 0 : tokens + 1;
    }
    return tokens;
  }

  private static Optional<String> token(JsonPlace piece) {
    return piece.find("SpecialToken").map(token -> token.get("id").text());
  }

  /**
   * Tokens that end an answer in the folder and would not in the file: GGUF has a key for one or
   * two of those.
   *
   * @param wanted the folder's tokenizer
   * @param read the file's tokenizer as far as it is known
   */
  static Map<String, GgufValue> furtherEnds(Tokenizer wanted, Tokenizer read) {
    TreeSet<Integer> missing = new TreeSet<>(wanted.endOfGenerationIds());
    missing.removeAll(read.endOfGenerationIds());
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    for (String name : List.of(EOT, "eom_token_id")) {
      if (!missing.isEmpty()) {
        keys.put(PREFIX + name, GgufValue.uint32(missing.pollFirst()));
      }
    }
    return keys;
  }
}
