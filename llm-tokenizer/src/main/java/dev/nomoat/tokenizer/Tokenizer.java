package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns text into the token ids of one model, and ids into text.
 *
 * <p>Text is any string; a lone surrogate counts as U+FFFD. Ids are 0 to {@link #vocabularySize()}
 * - 1. Encoding takes time linear in the text, or n log n in the length of a stretch that nothing
 * splits. Immutable and thread-safe.
 */
public final class Tokenizer {
  private final List<VocabularyEntry> vocabulary;
  private final OptionalInt bosId;
  private final OptionalInt eosId;
  private final int[] promptPrefix;
  private final int[] promptSuffix;
  private final Set<Integer> endOfGenerationIds;
  private final Map<String, Integer> ids;
  private final TokenTexts texts;
  private final SegmentEncoder plainEncoder;
  private final SegmentEncoder parsingEncoder;
  private final TokenizerParts parts;

  Tokenizer(TokenizerParts parts) {
    this.parts = parts;
    vocabulary = parts.vocabulary();
    bosId = parts.bosId();
    eosId = parts.eosId();
    promptPrefix = parts.promptPrefix().stream().mapToInt(id -> id).toArray();
    promptSuffix = parts.promptSuffix().stream().mapToInt(id -> id).toArray();
    endOfGenerationIds = parts.endOfGenerationIds();
    ids = parts.ids();
    texts = parts.texts();
    plainEncoder = parts.plainEncoder();
    parsingEncoder = parts.parsingEncoder();
  }

  /**
   * Makes a tokenizer.
   *
   * @param spec what it is made of
   * @return the tokenizer
   * @throws IllegalArgumentException if two tokens have the same text, a merge names or makes what
   *     is no token, or bytes without a token meet a vocabulary without an unknown token
   */
  public static Tokenizer of(TokenizerSpec spec) {
    return new Tokenizer(new TokenizerCompiler(spec).compile());
  }

  /**
   * This tokenizer with other tokens that end the model's answer: files of tokenizers name one at
   * most, and a model's generation settings may name more.
   *
   * @param ids the tokens that end an answer, all of them
   * @return a tokenizer that shares all else with this one
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public Tokenizer withEndOfGeneration(Set<Integer> ids) {
    ids.forEach(this::checkId);
    return new Tokenizer(parts.withEndOfGeneration(ids));
  }

  /**
   * Encodes plain text: what looks like a control token stays text. Adds neither BOS nor EOS.
   *
   * @param text any text
   * @return its ids, empty for the empty text
   */
  public int[] encode(String text) {
    return encode(text, SpecialTokens.PLAIN_TEXT);
  }

  /**
   * Encodes text. Adds neither BOS nor EOS.
   *
   * @param text any text
   * @param policy whether control tokens in the text are honoured
   * @return its ids, empty for the empty text
   */
  public int[] encode(String text, SpecialTokens policy) {
    var list = new IdList(text.length() / 4 + 16);
    encode(text, policy, list);
    return list.toArray();
  }

  /**
   * Encodes several texts, each as {@link #encode(String, SpecialTokens)} does, in the calling
   * thread.
   *
   * @param texts any texts
   * @param policy whether control tokens in the texts are honoured
   * @return the ids of each text, in the order of the texts
   */
  public List<int[]> encodeAll(List<String> texts, SpecialTokens policy) {
    List<int[]> all = new ArrayList<>(texts.size());
    for (String text : texts) {
      all.add(encode(text, policy));
    }
    return Collections.unmodifiableList(all);
  }

  /**
   * Encodes text and tells where each token is in it. Adds neither BOS nor EOS.
   *
   * @param text any text
   * @param policy whether control tokens in the text are honoured
   * @return the tokens in the order of the text
   */
  public TokenSpans encodeWithSpans(String text, SpecialTokens policy) {
    var spans = new SpanList(text.length() / 4 + 16);
    encode(text, policy, spans);
    return spans.toSpans(text);
  }

  /**
   * Encodes a whole input as the model wants it: with the tokens before and after it that the model
   * wants there, such as BOS and EOS if {@link #addsBos()} and {@link #addsEos()} say so, but never
   * twice when the text has them already.
   *
   * @param text any text
   * @param policy whether control tokens in the text are honoured
   * @return its ids
   */
  public int[] encodePrompt(String text, SpecialTokens policy) {
    var list = new IdList(text.length() / 4 + 16);
    for (int id : promptPrefix) {
      list.add(id);
    }
    encode(text, policy, list);
    if (list.repeats(promptPrefix)) {
      list.removeFirst(promptPrefix.length);
    }
    if (!list.endsWith(promptSuffix)) {
      for (int id : promptSuffix) {
        list.add(id);
      }
    }
    return list.toArray();
  }

  /**
   * Counts the tokens of plain text without keeping them.
   *
   * @param text any text
   * @return the length of {@code encode(text)}
   */
  public int count(String text) {
    return count(text, SpecialTokens.PLAIN_TEXT);
  }

  /**
   * Counts the tokens of text without keeping them.
   *
   * @param text any text
   * @param policy whether control tokens in the text are honoured
   * @return the length of {@code encode(text, policy)}
   */
  public int count(String text, SpecialTokens policy) {
    var counter = new Counter();
    encode(text, policy, counter);
    return counter.count;
  }

  private void encode(String text, SpecialTokens policy, TokenSink sink) {
    SegmentEncoder encoder =
        switch (policy) {
          case PLAIN_TEXT -> plainEncoder;
          case PARSE -> parsingEncoder;
        };
    // One byte of room, which a step may need before the text.
    byte[] utf8 = Utf8.withRoom(Utf8.encode(text), 1);
    if (utf8.length > 1) {
      encoder.open(sink).accept(utf8, 1, utf8.length);
    }
  }

  /**
   * Decodes a text from its start. Control and unknown tokens are left out; bytes that are no UTF-8
   * become U+FFFD, one for each maximal part of a sequence; the space that the model wants before
   * every text is taken away again.
   *
   * <p>To decode while the ids arrive, or ids that continue a text, use {@link StreamingDecoder}.
   *
   * @param tokens ids
   * @return the text
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public String decode(int... tokens) {
    return decode(tokens, false);
  }

  /**
   * Decodes as {@link #decode} does, but renders control and unknown tokens by their text.
   *
   * @param tokens ids
   * @return the text
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public String decodeWithControl(int... tokens) {
    return decode(tokens, true);
  }

  private String decode(int[] tokens, boolean withControl) {
    int[] shown = shown(tokens, withControl);
    if (shown.length == 0) {
      return "";
    }
    int last = shown.length - 1;
    int next = 0;
    byte[] start;
    do {
      start = bytesAtStart(shown[next], next == last);
      next++;
    } while (texts.staysFirst() && start.length == 0 && next <= last);
    byte[] end = next <= last ? texts.last().apply(shown[last]) : new byte[0];
    TokenBytes table = texts.bytes();
    long length = (long) start.length + end.length;
    for (int i = next; i < last; i++) {
      length += table.length(shown[i]);
    }
    byte[] bytes = Arrays.copyOf(start, Math.toIntExact(length));
    int at = start.length;
    for (int i = next; i < last; i++) {
      table.copyTo(shown[i], bytes, at);
      at += table.length(shown[i]);
    }
    System.arraycopy(end, 0, bytes, at, end.length);
    return Utf8.decode(bytes, 0, bytes.length);
  }

  private byte[] bytesAtStart(int id, boolean isLast) {
    return isLast && texts.endsDiffer() ? texts.last().apply(id) : texts.first().apply(id);
  }

  /** The tokens that are part of decoded text. */
  private int[] shown(int[] tokens, boolean withControl) {
    int[] shown = new int[tokens.length];
    int count = 0;
    int previous = -1;
    for (int id : tokens) {
      checkId(id);
      if (withControl || standsForText(id)) {
        boolean repeats = texts.dropsRepeats() && id == previous;
        previous = id;
        if (texts.bytes().length(id) > 0 && !repeats) {
          shown[count++] = id;
        }
      }
    }
    return Arrays.copyOf(shown, count);
  }

  /** Whether the token is part of decoded text. */
  boolean standsForText(int id) {
    return switch (vocabulary.get(id).type()) {
      case NORMAL, USER_DEFINED, UNUSED, BYTE -> true;
      case UNKNOWN, CONTROL -> false;
    };
  }

  TokenTexts texts() {
    return texts;
  }

  /**
   * The bytes of a token: part of a text's UTF-8, and not always whole characters. For control and
   * unknown tokens, their text.
   *
   * @param id an id
   * @return a copy
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public byte[] tokenBytes(int id) {
    checkId(id);
    return texts.bytes().copy(id);
  }

  /**
   * A token as the vocabulary has it.
   *
   * @param id an id
   * @return its text, type and score
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public VocabularyEntry token(int id) {
    checkId(id);
    return vocabulary.get(id);
  }

  /**
   * The token whose text in the vocabulary is the given one.
   *
   * @param tokenText such as {@code <|im_end|>}
   * @return its id, or nothing if there is no such token
   */
  public OptionalInt idOf(String tokenText) {
    Integer id = ids.get(Objects.requireNonNull(tokenText, "tokenText"));
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * The number of tokens.
   *
   * @return the number of ids
   */
  public int vocabularySize() {
    return vocabulary.size();
  }

  /**
   * Whether a token is a control token.
   *
   * @param id an id
   * @return whether its type is {@link TokenType#CONTROL}
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public boolean isControl(int id) {
    return token(id).type() == TokenType.CONTROL;
  }

  /**
   * Whether a token ends the model's answer.
   *
   * @param id an id
   * @return whether it is one of {@link #endOfGenerationIds()}
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public boolean isEndOfGeneration(int id) {
    checkId(id);
    return endOfGenerationIds.contains(id);
  }

  /**
   * The tokens that end the model's answer.
   *
   * @return their ids, immutable
   */
  public Set<Integer> endOfGenerationIds() {
    return endOfGenerationIds;
  }

  /**
   * The token that begins a text.
   *
   * @return its id, or nothing if the model has none
   */
  public OptionalInt bosId() {
    return bosId;
  }

  /**
   * The token that ends a text.
   *
   * @return its id, or nothing if the model has none
   */
  public OptionalInt eosId() {
    return eosId;
  }

  /**
   * Whether the model wants BOS before every text.
   *
   * @return whether {@link #encodePrompt} adds it
   */
  public boolean addsBos() {
    return promptPrefix.length > 0 && bosId.isPresent() && promptPrefix[0] == bosId.getAsInt();
  }

  /**
   * Whether the model wants EOS after every text.
   *
   * @return whether {@link #encodePrompt} adds it
   */
  public boolean addsEos() {
    return promptSuffix.length > 0
        && eosId.isPresent()
        && promptSuffix[promptSuffix.length - 1] == eosId.getAsInt();
  }

  void checkId(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "Token %d is not in the vocabulary of %d tokens".formatted(id, vocabulary.size()));
    }
  }

  private static final class Counter implements TokenSink {
    private int count;

    @Override
    public void accept(int id, int from, int to) {
      count++;
    }
  }
}
