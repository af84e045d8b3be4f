package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The decoder of {@code tokenizer.json}, as far as it is known what each token becomes by itself:
 * its text after some replacements, or its bytes; and whether the first space goes.
 *
 * <p>So a WordPiece token that continues a word loses its prefix even where it starts the text,
 * which the reference keeps there.
 */
final class HuggingFaceDecoder {
  private final List<UnaryOperator<String>> replacements = new ArrayList<>();
  private boolean byteAlphabet;
  private boolean byteTokens;
  private boolean dropsFirstSpace;

  HuggingFaceDecoder(Optional<JsonPlace> decoder) {
    if (decoder.isPresent()) {
      read(decoder.get());
    } else {
      replacements.add(token -> " " + token);
      dropsFirstSpace = true;
    }
  }

  private void read(JsonPlace place) {
    String type = place.get("type").text();
    switch (type) {
      case "Sequence" -> place.get("decoders").elements().forEach(this::read);
      case "ByteLevel" -> byteAlphabet = true;
      case "ByteFallback" -> byteTokens = true;
      case "Fuse" -> {}
      case "Replace" -> {
        String found = place.get("pattern").get("String").text();
        String content = place.get("content").text();
        replacements.add(token -> token.replace(found, content));
      }
      case "Metaspace" -> {
        String mark = place.get("replacement").text();
        replacements.add(token -> token.replace(mark, " "));
        dropsFirstSpace =
            !place.find("prepend_scheme").map(JsonPlace::text).orElse("always").equals("never")
                && place.flag("add_prefix_space", true);
      }
      case "Strip" -> strip(place);
      case "WordPiece" -> {
        String prefix = place.find("prefix").map(JsonPlace::text).orElse("##");
        boolean cleanup = place.flag("cleanup", true);
        replacements.add(token -> wordPiece(token, prefix, cleanup));
        dropsFirstSpace = true;
      }
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    }
  }

  private void strip(JsonPlace place) {
    if (!place.get("content").text().equals(" ")
        || place.get("start").count() > 1
        || place.get("stop").count() > 0) {
      throw place.fault("a decoder that strips one space at the start: others are not supported,");
    }
    dropsFirstSpace = place.get("start").count() == 1;
  }

  private static String wordPiece(String token, String prefix, boolean cleanup) {
    String text = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
    return cleanup ? cleanUp(text) : text;
  }

  /** Takes spaces away before punctuation and contractions, in the order of the reference. */
  private static String cleanUp(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }

  /** What a token of the model stands for. */
  byte[] bytes(VocabularyEntry entry) {
    return switch (entry.type()) {
      case BYTE -> new byte[] {entry.byteValue()};
      case CONTROL, UNKNOWN -> Utf8.encode(entry.text());
      case USER_DEFINED -> Utf8.encode(replaced(entry.text()));
      case NORMAL, UNUSED -> {
        byte[] bytes = byteAlphabet ? ByteAlphabet.toBytes(entry.text()) : null;
        yield bytes != null ? bytes : Utf8.encode(replaced(entry.text()));
      }
    };
  }

  private String replaced(String token) {
    String text = token;
    for (UnaryOperator<String> replacement : replacements) {
      text = replacement.apply(text);
    }
    return text;
  }

  boolean decodesByteTokens() {
    return byteTokens;
  }

  boolean dropsFirstSpace() {
    return dropsFirstSpace;
  }
}
