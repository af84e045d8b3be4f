package dev.nomoat;

import dev.nomoat.model.ModelConfig;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.TokenSpans;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Makes one text of a query and a document, as a model that scores such pairs wants it. What looks
 * like a control token in either stays text.
 */
final class PairEncoder {
  private static final Pattern PLACES = Pattern.compile("\\{(query|document)}");

  private final Tokenizer tokenizer;
  private final ModelConfig.Classifier rules;

  PairEncoder(Tokenizer tokenizer, ModelConfig.Classifier rules) {
    this.tokenizer = tokenizer;
    this.rules = rules;
  }

  /** Token ids of a pair. */
  int[] encode(String query, String document) {
    return rules.template().isPresent()
        ? fill(rules.template().get(), query, document).toArray()
        : join(query, document).toArray();
  }

  /** Both texts, with separators between them and the tokens around that the model wants. */
  private IntStream join(String query, String document) {
    int end =
        tokenizer
            .eosId()
            .orElseThrow(
                () ->
                    new UnsupportedModelException(
                        "reranking", "the tokenizer has no token that separates texts"));
    IntStream.Builder ids = IntStream.builder();
    if (tokenizer.addsBos()) {
      ids.add(tokenizer.bosId().orElseThrow());
    }
    plain(query, ids);
    for (int i = 0; i < rules.separators(); i++) {
      ids.add(end);
    }
    plain(document, ids);
    return ids.add(end).build();
  }

  /** Both texts in their places: cut at the template's own control tokens, and nowhere else. */
  private IntStream fill(String template, String query, String document) {
    IntStream.Builder ids = IntStream.builder();
    TokenSpans spans = tokenizer.encodeWithSpans(template, SpecialTokens.PARSE);
    OptionalInt bos = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    if (bos.isPresent() && (spans.size() == 0 || spans.id(0) != bos.getAsInt())) {
      ids.add(bos.getAsInt());
    }
    int from = 0;
    for (int i = 0; i < spans.size(); i++) {
      if (tokenizer.token(spans.id(i)).type() == TokenType.CONTROL) {
        plain(insert(template.substring(from, spans.start(i)), query, document), ids);
        ids.add(spans.id(i));
        from = spans.end(i);
      }
    }
    plain(insert(template.substring(from), query, document), ids);
    return ids.build();
  }

  private static String insert(String text, String query, String document) {
    return PLACES
        .matcher(text)
        .replaceAll(
            place -> Matcher.quoteReplacement(place.group(1).equals("query") ? query : document));
  }

  private void plain(String text, IntStream.Builder ids) {
    Arrays.stream(tokenizer.encode(text, SpecialTokens.PLAIN_TEXT)).forEach(ids);
  }
}
