package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.TokenizerAlgorithm.RankedBpe;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads tiktoken files. */
final class TiktokenReader {
  private final byte[] contents;

  /** By id: the token, in the byte alphabet. */
  private final TreeMap<Integer, String> tokens = new TreeMap<>();

  private final Map<String, Integer> ids = new HashMap<>();

  /** Where the line of the highest rank starts. */
  private int highestAt;

  private TiktokenReader(byte[] contents) {
    this.contents = contents;
  }

  static Tokenizer read(byte[] contents, PreTokenizer preTokenizer, Map<String, Integer> specials) {
    var reader = new TiktokenReader(contents);
    reader.readLines();
    return Tokenizer.of(TokenizerSpec.of(new RankedBpe(preTokenizer), reader.vocabulary(specials)));
  }

  private void readLines() {
    for (int at = 0; at < contents.length; ) {
      int end = at;
      while (end < contents.length && contents[end] != '\n') {
        end++;
      }
      int last = end > at && contents[end - 1] == '\r' ? end - 1 : end;
      if (last > at) {
        readLine(at, last);
      }
      at = end + 1;
    }
  }

  private void readLine(int from, int to) {
    int space = from;
    while (space < to && contents[space] != ' ') {
      space++;
    }
    byte[] token;
    try {
      token = Base64.getDecoder().decode(Arrays.copyOfRange(contents, from, space));
    } catch (IllegalArgumentException e) {
      throw new TokenizerFormatException(from, "a token is not in Base64");
    }
    String number =
        space < to
            ? new String(contents, space + 1, to - space - 1, StandardCharsets.ISO_8859_1)
            : "";
    if (token.length == 0 || !number.matches("[0-9]{1,8}")) {
      throw new TokenizerFormatException(from, "a line is no token with its rank");
    }
    int rank = Integer.parseInt(number);
    if (rank >= HuggingFaceReader.HIGHEST_ID) {
      throw new TokenizerFormatException(from, "the rank %d is too high".formatted(rank));
    }
    var text = new StringBuilder(token.length);
    for (byte value : token) {
      text.append(ByteAlphabet.toChar(value & 0xFF));
    }
    if (tokens.isEmpty() || rank > tokens.lastKey()) {
      highestAt = from;
    }
    if (tokens.put(rank, text.toString()) != null) {
      throw new TokenizerFormatException(from, "rank %d comes twice".formatted(rank));
    }
    Integer earlier = ids.put(text.toString(), rank);
    if (earlier != null) {
      throw new TokenizerFormatException(
          from, "the tokens of ranks %d and %d are the same".formatted(earlier, rank));
    }
  }

  private List<VocabularyEntry> vocabulary(Map<String, Integer> specials) {
    Map<Integer, VocabularyEntry> byId = new HashMap<>();
    tokens.forEach((id, text) -> byId.put(id, new VocabularyEntry(text, TokenType.NORMAL)));
    int highest = tokens.isEmpty() ? -1 : tokens.lastKey();
    int limit = HuggingFaceReader.highestId(tokens.size() + specials.size());
    if (highest > limit) {
      throw new TokenizerFormatException(
          highestAt, "the rank %d is too high for %d tokens".formatted(highest, tokens.size()));
    }
    for (Map.Entry<String, Integer> special : specials.entrySet()) {
      int id = special.getValue();
      if (id < 0 || id > limit || special.getKey().isEmpty()) {
        throw new IllegalArgumentException(
            "%s cannot be special token %d".formatted(Quoted.of(special.getKey()), id));
      }
      var entry = new VocabularyEntry(special.getKey(), TokenType.CONTROL);
      VocabularyEntry other = byId.put(id, entry);
      if (other != null) {
        throw new IllegalArgumentException(
            "Token %d is both %s and %s"
                .formatted(id, Quoted.of(other.text()), Quoted.of(special.getKey())));
      }
      highest = Math.max(highest, id);
    }
    var hole = new VocabularyEntry("", TokenType.UNUSED);
    List<VocabularyEntry> vocabulary = new ArrayList<>(highest + 1);
    for (int id = 0; id <= highest; id++) {
      vocabulary.add(byId.getOrDefault(id, hole));
    }
    return vocabulary;
  }
}
