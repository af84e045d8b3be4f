package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The decoder of {@code tokenizer.json}, as far as it is known what each token becomes by itself
 * and by being first or last: its text after some replacements, or its bytes.
 */
final class HuggingFaceDecoder {
  /** The longest text, in chars, that replacements may make of a shorter one. */
  private static final int LONGEST_TEXT = 1 << 20;

  /** A replacement in the text of a token. */
  private interface Replacement {
    String apply(String token, Place place);
  }

  /** Where a token is in the text. */
  private enum Place {
    FIRST,
    MIDDLE,
    LAST
  }

  private final List<Replacement> replacements = new ArrayList<>();
  private boolean byteAlphabet;
  private boolean byteTokens;
  private boolean fuses;
  private boolean firstDiffers;
  private boolean lastDiffers;
  private boolean dropsFirstSpace;
  private boolean dropsRepeats;

  HuggingFaceDecoder(Optional<JsonPlace> decoder) {
    if (decoder.isPresent()) {
      read(decoder.get(), new StepLimits());
    } else {
      replacements.add((token, place) -> place == Place.FIRST ? token : " " + token);
      firstDiffers = true;
    }
  }

  private void read(JsonPlace place, StepLimits limits) {
    limits.add(place);
    String type = place.get("type").text();
    switch (type) {
      case "Sequence" -> place.get("decoders").elements().forEach(part -> read(part, limits));
      case "ByteLevel" -> byteAlphabet = true;
      case "ByteFallback" -> byteTokens = true;
      case "Fuse" -> fuses = true;
      case "Replace" -> {
        String found = place.get("pattern").get("String").text();
        String content = place.get("content").text();
        replacements.add((token, _) -> replace(token, found, content));
      }
      case "Metaspace" -> metaspace(place);
      case "Strip" -> strip(place);
      case "WordPiece" -> {
        String prefix = place.find("prefix").map(JsonPlace::text).orElse("##");
        boolean cleanup = place.flag("cleanup", true);
        replacements.add((token, at) -> wordPiece(token, prefix, cleanup, at));
        firstDiffers = true;
      }
      case "BPEDecoder" -> {
        String suffix = place.find("suffix").map(JsonPlace::text).orElse("</w>");
        replacements.add((token, at) -> replace(token, suffix, at == Place.LAST ? "" : " "));
        lastDiffers = true;
      }
      case "CTC" -> ctc(place);
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    }
  }

  private void metaspace(JsonPlace place) {
    String mark = place.get("replacement").text();
    boolean dropsFirst =
        !place.find("prepend_scheme").map(JsonPlace::text).orElse("always").equals("never")
            && place.flag("add_prefix_space", true);
    replacements.add(
        (token, at) -> replace(token, mark, dropsFirst && at == Place.FIRST ? "" : " "));
    firstDiffers = true;
  }

  private void strip(JsonPlace place) {
    String content = place.get("content").text();
    if (content.isEmpty()) {
      throw place.get("content").fault("more than an empty text");
    }
    int start = place.get("start").count();
    int stop = place.get("stop").count();
    if (!fuses) {
      replacements.add((token, _) -> stripped(token, content, start, stop));
    } else if (content.equals(" ") && start <= 1 && stop == 0) {
      dropsFirstSpace = start == 1;
    } else {
      throw place.fault("a decoder that strips one space at the start: others are not supported,");
    }
  }

  private static String stripped(String token, String content, int start, int stop) {
    int from = 0;
    for (int i = 0; i < start && token.startsWith(content, from); i++) {
      from += content.length();
    }
    int to = token.length();
    int length = content.length();
    for (int i = 0;
        i < stop && token.startsWith(content, to - length) && to - length >= from;
        i++) {
      to -= length;
    }
    return token.substring(from, to);
  }

  /** Replaces all occurrences of a text; an empty one is between all chars. */
  private static String replace(String token, String found, String content) {
    long growth = (long) content.length() - found.length();
    if (growth > 0) {
      long length = token.length();
      for (int at = token.indexOf(found); at >= 0 && length <= LONGEST_TEXT; ) {
        length += growth;
        int next = at + Math.max(1, found.length());
        at = next > token.length() ? -1 : token.indexOf(found, next);
      }
      if (length > LONGEST_TEXT && length > token.length()) {
        throw new JsonException(
            "decoder makes more than %d characters of token %s"
                .formatted(LONGEST_TEXT, Quoted.of(token)));
      }
    }
    return token.replace(found, content);
  }

  private void ctc(JsonPlace place) {
    String pad = place.find("pad_token").map(JsonPlace::text).orElse("<pad>");
    String delimiter = place.find("word_delimiter_token").map(JsonPlace::text).orElse("|");
    boolean cleanup = place.flag("cleanup", true);
    replacements.add(
        (token, _) -> {
          String text = token.replace(pad, "");
          return cleanup ? replace(cleanUp(text), delimiter, " ") : text;
        });
    dropsRepeats = true;
  }

  private static String wordPiece(String token, String prefix, boolean cleanup, Place at) {
    String text =
        at == Place.FIRST
            ? token
            : token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
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

  /** What a token of the model stands for between others. */
  byte[] bytes(VocabularyEntry entry) {
    return bytes(entry, Place.MIDDLE);
  }

  private byte[] bytes(VocabularyEntry entry, Place place) {
    return switch (entry.type()) {
      case BYTE -> new byte[] {entry.byteValue()};
      case CONTROL, UNKNOWN -> Utf8.encode(entry.text());
      case USER_DEFINED -> Utf8.encode(replaced(entry.text(), place));
      case NORMAL, UNUSED -> {
        byte[] bytes = byteAlphabet ? ByteAlphabet.toBytes(entry.text()) : null;
        yield bytes != null ? bytes : Utf8.encode(replaced(entry.text(), place));
      }
    };
  }

  private String replaced(String token, Place place) {
    String text = token;
    for (Replacement replacement : replacements) {
      text = replacement.apply(text, place);
    }
    return text;
  }

  /**
   * What tokens become in text.
   *
   * @param vocabulary the tokens by id
   * @param bytes by id, what each stands for between others
   */
  TokenTexts texts(List<VocabularyEntry> vocabulary, List<byte[]> bytes) {
    TokenBytes table = TokenBytes.of(bytes);
    return new TokenTexts(
        table,
        id -> {
          VocabularyEntry entry = vocabulary.get(id);
          byte[] middle = table.copy(id);
          // Added tokens may stand for something else than their own text.
          boolean known = firstDiffers && Arrays.equals(middle, bytes(entry, Place.MIDDLE));
          byte[] first = known ? bytes(entry, Place.FIRST) : middle;
          return dropsFirstSpace ? TokenTexts.withoutSpace(first) : first;
        },
        false,
        id -> lastDiffers ? bytes(vocabulary.get(id), Place.LAST) : table.copy(id),
        lastDiffers,
        dropsRepeats);
  }

  boolean decodesByteTokens() {
    return byteTokens;
  }
}
