package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a tokenizer works with, made of a specification or of a file.
 *
 * @param vocabulary the tokens by id
 * @param ids the ids by text
 * @param texts what the tokens become in decoded text
 * @param plainEncoder encodes text in which control tokens are text
 * @param parsingEncoder encodes text in which control tokens are honoured
 * @param bosId the token that begins a text, if there is one
 * @param eosId the token that ends a text, if there is one
 * @param promptPrefix what the model wants before every text
 * @param promptSuffix what the model wants after every text
 * @param endOfGenerationIds the tokens that end the model's answer
 */
record TokenizerParts(
    List<VocabularyEntry> vocabulary,
    Map<String, Integer> ids,
    TokenTexts texts,
    SegmentEncoder plainEncoder,
    SegmentEncoder parsingEncoder,
    OptionalInt bosId,
    OptionalInt eosId,
    List<Integer> promptPrefix,
    List<Integer> promptSuffix,
    Set<Integer> endOfGenerationIds) {
  TokenizerParts withEndOfGeneration(Set<Integer> all) {
    return new TokenizerParts(
        vocabulary,
        ids,
        texts,
        plainEncoder,
        parsingEncoder,
        bosId,
        eosId,
        promptPrefix,
        promptSuffix,
        Set.copyOf(all));
  }
}
