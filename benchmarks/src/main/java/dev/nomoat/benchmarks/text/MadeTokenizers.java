package dev.nomoat.benchmarks.text;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.model.source.GgufTokenizer;
import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerAlgorithm;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Merge;
import dev.nomoat.tokenizer.TokenizerFiles;
import dev.nomoat.tokenizer.TokenizerSpec;
import dev.nomoat.tokenizer.VocabularyEntry;
import dev.nomoat.tokenizer.bpe.ByteAlphabet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokenizers with vocabularies of the usual size that are made up: the beginnings of the most
 * frequent words of the corpora, in that order.
 */
final class MadeTokenizers {
  private static final int SIZE = 32_000;
  private static final int CONTROLS = 256;
  private static final long SEED = 1;
  private static final String MARK = "\u2581";

  /** The tokens in their order, with the merge that makes them, if one does. */
  private final Map<String, List<Merge>> tokens = new LinkedHashMap<>();

  private MadeTokenizers() {}

  /**
   * A tokenizer by name.
   *
   * @param name a pre-tokenizer of byte-level BPE, {@code sentencepiece}, {@code unigram}, {@code
   *     wordpiece}, or a file
   */
  static Tokenizer named(String name) throws IOException {
    if (name.endsWith(".gguf")) {
      try (GgufFile file = GgufFile.open(Path.of(name))) {
        return GgufTokenizer.read(file);
      }
    }
    if (name.endsWith(".json")) {
      return TokenizerFiles.read(Path.of(name));
    }
    return Tokenizer.of(
        switch (name) {
          case "sentencepiece" -> byScores(new TokenizerAlgorithm.SentencePieceBpe(true));
          case "unigram" ->
              byScores(new TokenizerAlgorithm.Unigram(ByteBuffer.allocate(0), true, true));
          case "wordpiece" -> byScores(new TokenizerAlgorithm.WordPiece(true, true));
          default -> byteLevel(PreTokenizer.named(name).orElseThrow());
        });
  }

  private static TokenizerSpec byteLevel(PreTokenizer preTokenizer) {
    var made = new MadeTokenizers();
    for (int value = 0; value < 256; value++) {
      made.tokens.put(String.valueOf(ByteAlphabet.toChar(value)), List.of());
    }
    for (String word : Corpus.frequentWords(SEED)) {
      var letters = new StringBuilder();
      for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
        letters.append(ByteAlphabet.toChar(value & 0xFF));
      }
      made.addBeginnings(letters.toString());
    }
    List<Merge> merges = made.tokens.values().stream().flatMap(List::stream).toList();
    return TokenizerSpec.of(
        new TokenizerAlgorithm.ByteLevelBpe(preTokenizer, merges, false), made.entries());
  }

  private static TokenizerSpec byScores(TokenizerAlgorithm algorithm) {
    var made = new MadeTokenizers();
    made.tokens.put(MARK, List.of());
    List<String> words = Corpus.frequentWords(SEED);
    for (String word : words) {
      word.codePoints().forEach(c -> made.add(Character.toString(c).replace(" ", MARK)));
    }
    for (String word : words) {
      made.addBeginnings(word.replace(" ", MARK).replace("\n", ""));
      made.addBeginnings(word.strip());
    }
    List<VocabularyEntry> entries = made.entries();
    int unknown = entries.size();
    entries.add(new VocabularyEntry("<unk>", TokenType.UNKNOWN));
    for (int value = 0; value < 256; value++) {
      entries.add(new VocabularyEntry("<0x%02X>".formatted(value), TokenType.BYTE));
    }
    return TokenizerSpec.of(algorithm, entries).withUnknown(unknown);
  }

  private void add(String token) {
    tokens.putIfAbsent(token, List.of());
  }

  /** Adds a word and the merges of its letters from left to right. */
  private void addBeginnings(String word) {
    int end = 0;
    while (end < word.length() && tokens.size() < SIZE) {
      int next = word.offsetByCodePoints(end, 1);
      String left = word.substring(0, end);
      String right = word.substring(end, next);
      if (end > 0 && tokens.containsKey(right)) {
        tokens.putIfAbsent(left + right, List.of(new Merge(left, right)));
      }
      end = next;
    }
  }

  private List<VocabularyEntry> entries() {
    List<VocabularyEntry> entries = new ArrayList<>();
    for (String text : tokens.keySet()) {
      float score = (float) -Math.log(entries.size() + 2.0);
      entries.add(new VocabularyEntry(text, TokenType.NORMAL, score));
    }
    for (int i = 0; i < CONTROLS; i++) {
      entries.add(new VocabularyEntry("<|control_" + i + "|>", TokenType.CONTROL));
    }
    return entries;
  }
}
