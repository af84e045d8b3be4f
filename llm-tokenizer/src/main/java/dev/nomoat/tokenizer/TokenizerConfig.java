package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The contents of {@code tokenizer_config.json}.
 *
 * @param place the object
 */
record TokenizerConfig(JsonPlace place) {
  static TokenizerConfig parse(String json) {
    var config = new TokenizerConfig(new JsonPlace("", Json.parse(json)));
    config.place.names();
    return config;
  }

  boolean flag(String name, boolean orElse) {
    return place.flag(name, orElse);
  }

  /** The name of the Python class, without the {@code Fast} at its end; empty if there is none. */
  String tokenizerClass() {
    String name = place.find("tokenizer_class").map(JsonPlace::text).orElse("");
    return name.endsWith("Fast") ? name.substring(0, name.length() - "Fast".length()) : name;
  }

  /** The text of a token such as {@code bos_token}, which may be given as an object. */
  private Optional<String> text(String name) {
    return place.find(name).map(TokenizerConfig::content);
  }

  private static String content(JsonPlace token) {
    return token.value() instanceof Json.TextValue ? token.text() : token.get("content").text();
  }

  /** The token such as {@code bos_token}, if it is given and there is one of its text. */
  OptionalInt special(String name, Map<String, Integer> ids) {
    Integer id = text(name).map(ids::get).orElse(null);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The texts that the configuration gives a special meaning. */
  private Set<String> specialTexts() {
    Set<String> texts = new HashSet<>();
    for (String name : List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask")) {
      text(name + "_token").ifPresent(texts::add);
    }
    place
        .find("additional_special_tokens")
        .map(JsonPlace::elements)
        .orElse(List.of())
        .forEach(token -> texts.add(content(token)));
    return texts;
  }

  /**
   * The tokens that the configuration adds to the model's own.
   *
   * @param byText further tokens with their ids, as {@code added_tokens.json} has them
   */
  List<AddedToken> addedTokens(JsonPlace byText) {
    List<AddedToken> tokens = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    Optional<JsonPlace> decoder = place.find("added_tokens_decoder");
    if (decoder.isPresent()) {
      for (String number : decoder.get().names()) {
        JsonPlace token = decoder.get().get(number);
        if (!number.matches("[0-9]{1,8}")) {
          throw new JsonException(token.path() + " is no id");
        }
        AddedToken added = AddedToken.read(Integer.parseInt(number), token);
        if (!added.text().isEmpty() && seen.add(added.id())) {
          tokens.add(added);
        }
      }
    }
    Set<String> special = specialTexts();
    for (String text : byText.names()) {
      int id = byText.get(text).count();
      if (!text.isEmpty() && seen.add(id)) {
        tokens.add(new AddedToken(id, text, special.contains(text), false, Set.of()));
      }
    }
    return tokens;
  }
}
