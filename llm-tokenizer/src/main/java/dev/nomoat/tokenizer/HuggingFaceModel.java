package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.HuggingFaceSteps.Step;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import dev.nomoat.tokenizer.bpe.ByteLevelEncoder;
import dev.nomoat.tokenizer.bpe.CharacterEncoder;
import dev.nomoat.tokenizer.bpe.MergeTable;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import dev.nomoat.tokenizer.pretokenize.SplitterChain;
import dev.nomoat.tokenizer.unigram.UnigramEncoder;
import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.Utf8;
import dev.nomoat.tokenizer.wordpiece.WordPieceEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The model of {@code tokenizer.json}: BPE, Unigram, WordPiece or WordLevel. */
final class HuggingFaceModel {
  private final JsonPlace place;
  private final String type;
  private final Map<String, Integer> ids = new LinkedHashMap<>();

  /** By id; for Unigram only. */
  private final List<Double> scores = new ArrayList<>();

  private final String unknownText;

  HuggingFaceModel(JsonPlace place) {
    this.place = place;
    type = place.find("type").map(JsonPlace::text).orElse("BPE");
    switch (type) {
      case "BPE", "WordPiece", "WordLevel" -> {
        JsonPlace vocab = place.get("vocab");
        for (String text : vocab.names()) {
          ids.put(text, vocab.get(text).count());
        }
        unknownText = place.find("unk_token").map(JsonPlace::text).orElse("");
      }
      case "Unigram" -> unknownText = readScores();
      default -> throw place.fault("of another type than " + type + ", which is not supported,");
    }
    if (place.find("dropout").map(JsonPlace::number).orElse(0.0) != 0) {
      throw place.get("dropout").fault("0: tokens by chance are not supported,");
    }
  }

  private String readScores() {
    for (JsonPlace pair : place.get("vocab").elements()) {
      List<JsonPlace> parts = pair.elements();
      if (parts.size() != 2) {
        throw pair.fault("a token and its score");
      }
      // Of equal tokens the last counts, as for the reference.
      String text = parts.get(0).text();
      double score = parts.get(1).number();
      if (!UnigramEncoder.isScore(score)) {
        throw parts.get(1).fault("from -1e28 to 1e28 as the score of token " + Quoted.of(text));
      }
      ids.put(text, scores.size());
      scores.add(score);
    }
    Optional<JsonPlace> unknown = place.find("unk_id");
    if (unknown.isEmpty()) {
      throw new JsonException("model has no unk_id, without which text may have no tokens");
    }
    int id = unknown.get().count();
    if (id >= scores.size()) {
      throw unknown.get().fault("the id of a token");
    }
    return place.get("vocab").elements().get(id).elements().get(0).text();
  }

  /** The ids of the model's tokens. */
  Map<String, Integer> ids() {
    return ids;
  }

  /** The text of the unknown token; empty if there is none. */
  String unknownText() {
    return unknownText;
  }

  VocabularyEntry entry(String text, int id, boolean decodesByteTokens) {
    boolean isByte = decodesByteTokens && text.matches("<0x[0-9A-F]{2}>");
    TokenType tokenType =
        text.equals(unknownText) && !text.isEmpty()
            ? TokenType.UNKNOWN
            : isByte ? TokenType.BYTE : TokenType.NORMAL;
    float score = scores.isEmpty() ? 0 : scores.get(id).floatValue();
    return new VocabularyEntry(text, tokenType, score);
  }

  /** The encoder of a stretch between added tokens. */
  SegmentEncoder encoder(List<Step> steps, List<VocabularyEntry> vocabulary) {
    return switch (type) {
      case "BPE" -> bpe(steps, vocabulary);
      case "Unigram" -> HuggingFaceSteps.around(steps, unigram(vocabulary));
      case "WordPiece" -> HuggingFaceSteps.around(steps, wordPiece(vocabulary));
      default -> HuggingFaceSteps.around(steps, wordLevel(vocabulary));
    };
  }

  /** Whether plain text may become this token. */
  private static boolean isText(VocabularyEntry entry) {
    return switch (entry.type()) {
      case NORMAL, UNUSED, USER_DEFINED, BYTE -> !entry.text().isEmpty();
      case UNKNOWN, CONTROL -> false;
    };
  }

  private static int[] textIds(List<VocabularyEntry> vocabulary) {
    return IntStream.range(0, vocabulary.size()).filter(id -> isText(vocabulary.get(id))).toArray();
  }

  private int unknownId() {
    Integer id = ids.get(unknownText);
    return id == null ? -1 : id;
  }

  private int requireUnknownId() {
    int id = unknownId();
    if (id < 0) {
      throw new JsonException("model has no unknown token, without which words may have no tokens");
    }
    return id;
  }

  private SegmentEncoder bpe(List<Step> steps, List<VocabularyEntry> vocabulary) {
    String prefix = place.find("continuing_subword_prefix").map(JsonPlace::text).orElse("");
    String suffix = place.find("end_of_word_suffix").map(JsonPlace::text).orElse("");
    boolean ignoreMerges = place.flag("ignore_merges", false);
    MergeTable merges = merges(vocabulary, prefix);
    int[] alphabet = new int[256];
    boolean wholeAlphabet = true;
    for (int value = 0; value < alphabet.length; value++) {
      Integer id = ids.get(String.valueOf(ByteAlphabet.toChar(value)));
      alphabet[value] = id != null && isText(vocabulary.get(id)) ? id : -1;
      wholeAlphabet &= alphabet[value] >= 0;
    }
    boolean plain = prefix.isEmpty() && suffix.isEmpty();
    if (plain
        && (wholeAlphabet || unknownText.isEmpty())
        && !steps.isEmpty()
        && steps.getLast() instanceof Step.ToByteAlphabet) {
      return HuggingFaceSteps.around(
          steps.subList(0, steps.size() - 1),
          byteLevel(merges, alphabet, ignoreMerges, vocabulary));
    }
    int[] textIds = textIds(vocabulary);
    TokenBytes texts =
        TokenBytes.of(vocabulary.stream().map(entry -> Utf8.encode(entry.text())).toList());
    TokenIndex index = TokenIndex.of(texts, textIds);
    return HuggingFaceSteps.around(
        steps,
        new CharacterEncoder(
            merges,
            index,
            plain ? index : codePoints(vocabulary, "", suffix),
            plain ? index : codePoints(vocabulary, prefix, ""),
            plain ? index : codePoints(vocabulary, prefix, suffix),
            new CharacterEncoder.Unknown(byteTokens(), unknownId(), place.flag("fuse_unk", false)),
            ignoreMerges,
            vocabulary.size()));
  }

  private static SegmentEncoder byteLevel(
      MergeTable merges, int[] alphabet, boolean ignoreMerges, List<VocabularyEntry> vocabulary) {
    List<byte[]> bytes = new ArrayList<>(vocabulary.size());
    List<Integer> pieces = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      byte[] piece = ByteAlphabet.toBytes(vocabulary.get(id).text());
      bytes.add(piece == null ? new byte[0] : piece);
      if (piece != null && isText(vocabulary.get(id))) {
        pieces.add(id);
      }
    }
    return new ByteLevelEncoder(
        new SplitterChain(List.of()),
        merges,
        TokenIndex.of(TokenBytes.of(bytes), pieces.stream().mapToInt(id -> id).toArray()),
        alphabet,
        ignoreMerges,
        vocabulary.size());
  }

  /** Finds code points that are tokens with something before or after them. */
  private static TokenIndex codePoints(
      List<VocabularyEntry> vocabulary, String prefix, String suffix) {
    List<byte[]> texts = new ArrayList<>(vocabulary.size());
    for (VocabularyEntry entry : vocabulary) {
      String text = entry.text();
      boolean fits =
          isText(entry)
              && text.length() > prefix.length() + suffix.length()
              && text.startsWith(prefix)
              && text.endsWith(suffix);
      String inner = fits ? text.substring(prefix.length(), text.length() - suffix.length()) : "";
      texts.add(Utf8.encode(inner.codePointCount(0, inner.length()) == 1 ? inner : ""));
    }
    return TokenIndex.of(TokenBytes.of(texts), IntStream.range(0, vocabulary.size()).toArray());
  }

  private MergeTable merges(List<VocabularyEntry> vocabulary, String prefix) {
    List<JsonPlace> lines = place.get("merges").elements();
    var table = new MergeTable(lines.size());
    for (int rank = 0; rank < lines.size(); rank++) {
      Merge merge = merge(lines.get(rank));
      String right = merge.right();
      // The right one of a merge goes on with the word: its prefix is not repeated.
      String merged = merge.left() + right.substring(Math.min(prefix.length(), right.length()));
      int left = mergeId(lines.get(rank), merge.left());
      int rightId = mergeId(lines.get(rank), right);
      int mergedId = mergeId(lines.get(rank), merged);
      // Merging into a control token would make one of plain text.
      if (isText(vocabulary.get(left))
          && isText(vocabulary.get(rightId))
          && isText(vocabulary.get(mergedId))) {
        table.put(left, rightId, rank, mergedId);
      }
    }
    return table;
  }

  private static Merge merge(JsonPlace line) {
    if (line.value() instanceof Json.ArrayValue) {
      List<JsonPlace> parts = line.elements();
      if (parts.size() != 2) {
        throw line.fault("two tokens");
      }
      return new Merge(parts.get(0).text(), parts.get(1).text());
    }
    String text = line.text();
    int space = text.indexOf(' ');
    if (space < 0 || text.indexOf(' ', space + 1) >= 0) {
      throw line.fault("two tokens with a space between");
    }
    return new Merge(text.substring(0, space), text.substring(space + 1));
  }

  private int mergeId(JsonPlace line, String text) {
    Integer id = ids.get(text);
    if (id == null) {
      throw line.fault("made of tokens: " + Quoted.of(text) + " is none,");
    }
    return id;
  }

  /** By byte: its token, or -1; all -1 if unknown text is not spelt. */
  private List<Integer> byteTokens() {
    List<Integer> byteIds = new ArrayList<>();
    boolean spells = place.flag("byte_fallback", false);
    for (int value = 0; value < 256; value++) {
      Integer id = spells ? ids.get("<0x%02X>".formatted(value)) : null;
      byteIds.add(id == null ? -1 : id);
    }
    return byteIds;
  }

  private SegmentEncoder unigram(List<VocabularyEntry> vocabulary) {
    var trie = new ByteTrie();
    double lowest = Double.POSITIVE_INFINITY;
    double[] all = new double[vocabulary.size()];
    for (int id = 0; id < scores.size(); id++) {
      lowest = Math.min(lowest, scores.get(id));
      all[id] = scores.get(id);
      if (isText(vocabulary.get(id))) {
        trie.put(Utf8.encode(vocabulary.get(id).text()), id);
      }
    }
    return new UnigramEncoder(
        trie,
        all,
        lowest,
        requireUnknownId(),
        byteTokens().stream().mapToInt(id -> id).toArray(),
        UnigramEncoder.Sums.DOUBLE);
  }

  private SegmentEncoder wordPiece(List<VocabularyEntry> vocabulary) {
    String prefix = place.find("continuing_subword_prefix").map(JsonPlace::text).orElse("##");
    var starts = new ByteTrie();
    var continuations = new ByteTrie();
    for (int id : textIds(vocabulary)) {
      String text = vocabulary.get(id).text();
      starts.put(Utf8.encode(text), id);
      if (text.startsWith(prefix) && text.length() > prefix.length()) {
        continuations.put(Utf8.encode(text.substring(prefix.length())), id);
      }
    }
    int longest = place.find("max_input_chars_per_word").map(JsonPlace::count).orElse(100);
    return new WordPieceEncoder(starts, continuations, requireUnknownId(), longest);
  }

  private SegmentEncoder wordLevel(List<VocabularyEntry> vocabulary) {
    TokenBytes texts =
        TokenBytes.of(vocabulary.stream().map(entry -> Utf8.encode(entry.text())).toList());
    TokenIndex index = TokenIndex.of(texts, textIds(vocabulary));
    int unknown = requireUnknownId();
    return sink ->
        (text, from, to) -> {
          int id = index.find(text, from, to);
          sink.accept(id >= 0 ? id : unknown, from, to);
        };
  }
}
