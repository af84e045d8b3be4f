package dev.nomoat.tokenizer;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Everything that makes a tokenizer, whatever file it came from.
 *
 * @param algorithm how text becomes tokens
 * @param vocabulary the tokens by id
 * @param bosId the token that begins a text, if there is one
 * @param eosId the token that ends a text, if there is one
 * @param unknownId the token for what no other can express, if there is one
 * @param addBos whether the model wants {@code bosId} before every text
 * @param addEos whether the model wants {@code eosId} after every text
 * @param endOfGenerationIds the tokens that end the model's answer
 * @param stripsLeft the special tokens to which white space before them belongs
 * @param stripsRight the special tokens to which white space after them belongs
 */
public record TokenizerSpec(
    TokenizerAlgorithm algorithm,
    List<VocabularyEntry> vocabulary,
    OptionalInt bosId,
    OptionalInt eosId,
    OptionalInt unknownId,
    boolean addBos,
    boolean addEos,
    Set<Integer> endOfGenerationIds,
    Set<Integer> stripsLeft,
    Set<Integer> stripsRight) {

  /**
   * Copies the collections and checks every id.
   *
   * @throws IllegalArgumentException if the vocabulary is empty, an id is not in it, or a token to
   *     add is not given
   */
  public TokenizerSpec {
    Objects.requireNonNull(algorithm, "algorithm");
    vocabulary = List.copyOf(vocabulary);
    endOfGenerationIds = Set.copyOf(endOfGenerationIds);
    stripsLeft = Set.copyOf(stripsLeft);
    stripsRight = Set.copyOf(stripsRight);
    if (vocabulary.isEmpty()) {
      throw new IllegalArgumentException("The vocabulary is empty");
    }
    checkId("bosId", bosId, vocabulary);
    checkId("eosId", eosId, vocabulary);
    checkId("unknownId", unknownId, vocabulary);
    checkIds("endOfGenerationIds", endOfGenerationIds, vocabulary);
    checkIds("stripsLeft", stripsLeft, vocabulary);
    checkIds("stripsRight", stripsRight, vocabulary);
    if (addBos && bosId.isEmpty()) {
      throw new IllegalArgumentException("addBos needs a bosId");
    }
    if (addEos && eosId.isEmpty()) {
      throw new IllegalArgumentException("addEos needs an eosId");
    }
  }

  private static void checkIds(String name, Set<Integer> ids, List<VocabularyEntry> vocabulary) {
    for (int id : ids) {
      checkId(name, OptionalInt.of(id), vocabulary);
    }
  }

  private static void checkId(String name, OptionalInt id, List<VocabularyEntry> vocabulary) {
    if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= vocabulary.size())) {
      throw new IllegalArgumentException(
          "%s %d is not in the vocabulary of %d tokens"
              .formatted(name, id.getAsInt(), vocabulary.size()));
    }
  }

  /**
   * A tokenizer without special ids.
   *
   * @param algorithm how text becomes tokens
   * @param vocabulary the tokens by id
   * @return the specification
   * @throws IllegalArgumentException if the vocabulary is empty
   */
  public static TokenizerSpec of(TokenizerAlgorithm algorithm, List<VocabularyEntry> vocabulary) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        false,
        false,
        Set.of(),
        Set.of(),
        Set.of());
  }

  /**
   * The same with a token that begins a text.
   *
   * @param id its id
   * @param add whether the model wants it before every text
   * @return the new specification
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public TokenizerSpec withBos(int id, boolean add) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        OptionalInt.of(id),
        eosId,
        unknownId,
        add,
        addEos,
        endOfGenerationIds,
        stripsLeft,
        stripsRight);
  }

  /**
   * The same with a token that ends a text.
   *
   * @param id its id
   * @param add whether the model wants it after every text
   * @return the new specification
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public TokenizerSpec withEos(int id, boolean add) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        bosId,
        OptionalInt.of(id),
        unknownId,
        addBos,
        add,
        endOfGenerationIds,
        stripsLeft,
        stripsRight);
  }

  /**
   * The same with a token for what no other can express.
   *
   * @param id its id
   * @return the new specification
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public TokenizerSpec withUnknown(int id) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        bosId,
        eosId,
        OptionalInt.of(id),
        addBos,
        addEos,
        endOfGenerationIds,
        stripsLeft,
        stripsRight);
  }

  /**
   * The same with other tokens that end the model's answer.
   *
   * @param ids their ids
   * @return the new specification
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public TokenizerSpec withEndOfGeneration(Set<Integer> ids) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        bosId,
        eosId,
        unknownId,
        addBos,
        addEos,
        ids,
        stripsLeft,
        stripsRight);
  }

  /**
   * The same with special tokens to which white space beside them belongs.
   *
   * @param left the ids of those to which what is before them belongs
   * @param right the ids of those to which what is after them belongs
   * @return the new specification
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public TokenizerSpec withStripping(Set<Integer> left, Set<Integer> right) {
    return new TokenizerSpec(
        algorithm,
        vocabulary,
        bosId,
        eosId,
        unknownId,
        addBos,
        addEos,
        endOfGenerationIds,
        left,
        right);
  }
}
