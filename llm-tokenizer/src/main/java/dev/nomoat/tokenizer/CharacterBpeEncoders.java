package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe;
import dev.nomoat.tokenizer.bpe.CharacterEncoder;
import dev.nomoat.tokenizer.bpe.MergeTable;
import dev.nomoat.tokenizer.normalize.CodePointMap;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.Replace;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter;
import dev.nomoat.tokenizer.pretokenize.Splitter;
import dev.nomoat.tokenizer.pretokenize.SplittingEncoder;
import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.TokenBytes;
import dev.nomoat.tokenizer.vocab.TokenIndex;
import dev.nomoat.tokenizer.vocab.TokenSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** BPE from code points by a merge list, of a vocabulary. */
final class CharacterBpeEncoders {
  private final List<VocabularyEntry> vocabulary;
  private final Map<String, Integer> ids;
  private final TokenIndex index;

  /**
   * Takes a vocabulary.
   *
   * @param vocabulary the tokens by id
   * @param ids the ids by text
   * @param isText whether plain text may become a token
   */
  CharacterBpeEncoders(
      List<VocabularyEntry> vocabulary,
      Map<String, Integer> ids,
      Predicate<VocabularyEntry> isText) {
    this.vocabulary = vocabulary;
    this.ids = ids;
    index =
        TokenIndex.of(
            TokenBytes.of(vocabulary.stream().map(entry -> Utf8.encode(entry.text())).toList()),
            IntStream.range(0, vocabulary.size())
                .filter(id -> isText.test(vocabulary.get(id)))
                .toArray());
  }

  SegmentEncoder of(CharacterBpe bpe, MergeTable merges) {
    SegmentEncoder words = words(merges);
    SegmentEncoder encoder = bpe.takesWholeNewlines() ? wholeNewlines(words) : words;
    return switch (bpe.spaces()) {
      case MARKED ->
          new NormalizingEncoder(
              Replace.text(" ", "\u2581"),
              new SplittingEncoder(RegexSplitter.isolating("[^\\n]+|[\\n]+"), encoder));
      case DROPPED -> new SplittingEncoder(withoutSpaces(), encoder);
      case DROPPED_AND_LOWERCASE ->
          new NormalizingEncoder(
              CodePointMap.LOWERCASE, new SplittingEncoder(withoutSpaces(), encoder));
    };
  }

  private static Splitter withoutSpaces() {
    return new RegexSplitter(Regex.compile("\\s"), RegexSplitter.Behavior.REMOVED, false);
  }

  private SegmentEncoder words(MergeTable merges) {
    List<Integer> byteIds =
        IntStream.range(0, 256)
            .mapToObj(value -> ids.getOrDefault("<0x%02X>".formatted(value), -1))
            .toList();
    // What gives no id stays between its neighbours, so that they do not merge.
    int unknown = vocabulary.size();
    SegmentEncoder encoder =
        new CharacterEncoder(
            merges,
            index,
            index,
            index,
            index,
            new CharacterEncoder.Unknown(byteIds, unknown, false),
            false,
            vocabulary.size());
    return sink -> encoder.open(new Known(unknown, sink));
  }

  /** Leaves one id out. */
  private record Known(int unknown, TokenSink sink) implements TokenSink {
    @Override
    public void accept(int id, int from, int to) {
      if (id != unknown) {
        sink.accept(id, from, to);
      }
    }

    @Override
    public boolean wantsPlaces() {
      return sink.wantsPlaces();
    }
  }

  /** Takes stretches that start with a newline, and are tokens, as these. */
  private SegmentEncoder wholeNewlines(SegmentEncoder encoder) {
    return sink -> {
      TextSink words = encoder.open(sink);
      return (text, from, to) -> {
        int whole = text[from] == '\n' ? index.find(text, from, to) : TokenIndex.NONE;
        if (whole == TokenIndex.NONE) {
          words.accept(text, from, to);
        } else {
          sink.accept(whole, from, to);
        }
      };
    };
  }
}
