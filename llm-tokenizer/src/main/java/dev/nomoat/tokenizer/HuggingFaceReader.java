package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.HuggingFaceSteps.Step;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.normalize.Normalizer;
import dev.nomoat.tokenizer.normalize.NormalizerChain;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.TextBuffer;
import dev.nomoat.tokenizer.vocab.AddedTokenEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads {@code tokenizer.json}, and what {@code tokenizer_config.json} adds to it. Truncation and
 * padding that the file asks for are the caller's business.
 */
final class HuggingFaceReader {
  /** Higher ids are a mistake, and would take memory for all ids below. */
  static final int HIGHEST_ID = 1 << 24;

  /** The decoded text of all tokens, in bytes; real vocabularies have a few million. */
  private static final long MOST_TEXT = 1 << 28;

  private static final int MOST_TOKENS_AROUND = 1024;

  private final JsonPlace root;
  private final TokenizerConfig config;
  private final List<AddedToken> added = new ArrayList<>();
  private final HuggingFaceDecoder decoder;
  private final HuggingFaceModel model;
  private final Normalizer normalizer;
  private final List<Step> steps;

  private HuggingFaceReader(Json tokenizer, TokenizerConfig config) {
    root = new JsonPlace("", tokenizer);
    this.config = config;
    decoder = new HuggingFaceDecoder(root.find("decoder"));
    model = new HuggingFaceModel(root.get("model"));
    normalizer =
        root.find("normalizer")
            .map(HuggingFaceSteps::normalizer)
            .orElse(new NormalizerChain(List.of()));
    steps = root.find("pre_tokenizer").map(HuggingFaceSteps::preTokenizer).orElse(List.of());
    root.find("added_tokens").map(JsonPlace::elements).orElse(List.of()).forEach(this::addToken);
  }

  static Tokenizer read(String tokenizer, String config) {
    return new Tokenizer(
        new HuggingFaceReader(Json.parse(tokenizer), TokenizerConfig.parse(config)).parts());
  }

  private void addToken(JsonPlace place) {
    String text = place.get("content").text();
    if (text.isEmpty()) {
      return;
    }
    Integer known = model.ids().get(text);
    added.add(AddedToken.read(known != null ? known : place.get("id").count(), place));
  }

  private TokenizerParts parts() {
    List<VocabularyEntry> vocabulary = vocabulary();
    Map<String, Integer> ids = HashMap.newHashMap(vocabulary.size());
    List<byte[]> bytes = new ArrayList<>(vocabulary.size());
    long length = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.get(id).text();
      if (!text.isEmpty()) {
        ids.put(text, id);
      }
      byte[] decoded = decoder.bytes(vocabulary.get(id));
      length += decoded.length;
      if (length > MOST_TEXT) {
        throw new JsonException(
            "decoder makes more than %d bytes of all tokens".formatted(MOST_TEXT));
      }
      bytes.add(decoded);
    }
    for (AddedToken token : added) {
      if (token.normalized() && !token.special()) {
        // Found in normalised text, it stands for that.
        bytes.set(token.id(), normalized(Utf8.encode(token.text())));
      }
    }
    SegmentEncoder encoder = model.encoder(steps, vocabulary);
    List<Integer> prefix = new ArrayList<>();
    List<Integer> suffix = new ArrayList<>();
    var limits = new StepLimits();
    root.find("post_processor").ifPresent(place -> postProcessor(place, limits, prefix, suffix));
    OptionalInt bos = config.special("bos_token", ids);
    OptionalInt eos = config.special("eos_token", ids);
    if (prefix.isEmpty() && config.flag("add_bos_token", false) && bos.isPresent()) {
      prefix.add(bos.getAsInt());
    }
    if (suffix.isEmpty() && config.flag("add_eos_token", false) && eos.isPresent()) {
      suffix.add(eos.getAsInt());
    }
    for (int id : prefix) {
      checkId(id, vocabulary);
    }
    for (int id : suffix) {
      checkId(id, vocabulary);
    }
    return new TokenizerParts(
        vocabulary,
        ids,
        decoder.texts(vocabulary, bytes),
        withAddedTokens(encoder, false),
        withAddedTokens(encoder, true),
        bos.isEmpty() && !prefix.isEmpty() ? OptionalInt.of(prefix.getFirst()) : bos,
        eos.isEmpty() && !suffix.isEmpty() ? OptionalInt.of(suffix.getLast()) : eos,
        List.copyOf(prefix),
        List.copyOf(suffix),
        eos.isPresent() ? Set.of(eos.getAsInt()) : Set.of());
  }

  /**
   * The highest id that a vocabulary may have: real ones have few ids without a token, and each
   * takes memory.
   */
  static int highestId(int tokens) {
    return (int) Math.min(HIGHEST_ID - 1, 4L * tokens + 65_536);
  }

  private static void checkId(int id, List<VocabularyEntry> vocabulary) {
    if (id >= vocabulary.size()) {
      throw new JsonException(
          "post_processor has token %d, but there are %d".formatted(id, vocabulary.size()));
    }
  }

  private List<VocabularyEntry> vocabulary() {
    Map<Integer, VocabularyEntry> byId = new LinkedHashMap<>();
    model
        .ids()
        .forEach((text, id) -> byId.put(id, model.entry(text, id, decoder.decodesByteTokens())));
    for (AddedToken token : added) {
      boolean unknown = token.text().equals(model.unknownText());
      TokenType type = unknown ? TokenType.UNKNOWN : token.type();
      VocabularyEntry before = byId.put(token.id(), new VocabularyEntry(token.text(), type));
      if (before != null && !before.text().equals(token.text())) {
        throw new JsonException(
            "Token %d is both %s and %s"
                .formatted(token.id(), Quoted.of(before.text()), Quoted.of(token.text())));
      }
    }
    int highest = byId.keySet().stream().mapToInt(id -> id).max().orElse(-1);
    if (highest < 0 || highest > highestId(byId.size())) {
      throw new JsonException("The highest id of %d tokens is %d".formatted(byId.size(), highest));
    }
    var hole = new VocabularyEntry("", TokenType.UNUSED);
    List<VocabularyEntry> vocabulary = new ArrayList<>(highest + 1);
    for (int id = 0; id <= highest; id++) {
      vocabulary.add(byId.getOrDefault(id, hole));
    }
    return vocabulary;
  }

  /** The added tokens that are found in the text as it is, then normalising, then the others. */
  private SegmentEncoder withAddedTokens(SegmentEncoder encoder, boolean special) {
    var asTheyAre = new SpecialTokenMatcher.Builder();
    var afterwards = new SpecialTokenMatcher.Builder();
    for (AddedToken token : added) {
      if (token.special() && !special) {
        continue;
      }
      byte[] text = Utf8.encode(token.text());
      if (token.normalized()) {
        afterwards.add(token.id(), normalized(text), token.rules());
      } else {
        asTheyAre.add(token.id(), text, token.rules());
      }
    }
    SegmentEncoder inner = new AddedTokenEncoder(afterwards.build(), encoder);
    boolean rewrites = root.find("normalizer").isPresent();
    return new AddedTokenEncoder(
        asTheyAre.build(), rewrites ? new NormalizingEncoder(normalizer, inner) : inner);
  }

  private byte[] normalized(byte[] text) {
    var buffer = new TextBuffer(false);
    byte[] withRoom = Utf8.withRoom(text, 1);
    buffer.read(withRoom, 1, withRoom.length);
    normalizer.apply(buffer);
    return Arrays.copyOfRange(buffer.bytes(), buffer.from(), buffer.to());
  }

  private static void postProcessor(
      JsonPlace place, StepLimits limits, List<Integer> prefix, List<Integer> suffix) {
    limits.add(place);
    String type = place.get("type").text();
    switch (type) {
      case "Sequence" ->
          place
              .get("processors")
              .elements()
              .forEach(part -> postProcessor(part, limits, prefix, suffix));
      case "ByteLevel" -> {}
      case "BertProcessing", "RobertaProcessing" -> {
        prefix.add(place.get("cls").elements().getLast().count());
        suffix.add(place.get("sep").elements().getLast().count());
      }
      case "TemplateProcessing" -> {
        List<Integer> target = prefix;
        for (JsonPlace piece : place.get("single").elements()) {
          Optional<JsonPlace> special = piece.find("SpecialToken");
          if (special.isEmpty()) {
            target = suffix;
            continue;
          }
          JsonPlace token = place.get("special_tokens").get(special.get().get("id").text());
          for (JsonPlace id : token.get("ids").elements()) {
            if (target.size() == MOST_TOKENS_AROUND) {
              throw id.fault(
                  "at most %d tokens before or behind a text".formatted(MOST_TOKENS_AROUND));
            }
            target.add(id.count());
          }
        }
      }
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    }
  }
}
