package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.normalize.CodePointMap;
import dev.nomoat.tokenizer.normalize.Normalizer;
import dev.nomoat.tokenizer.normalize.NormalizerChain;
import dev.nomoat.tokenizer.normalize.NormalizingEncoder;
import dev.nomoat.tokenizer.normalize.UnicodeForm;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter;
import dev.nomoat.tokenizer.pretokenize.RegexSplitter.Behavior;
import dev.nomoat.tokenizer.pretokenize.Splitter;
import dev.nomoat.tokenizer.pretokenize.SplittingEncoder;
import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.CachingEncoder;
import dev.nomoat.tokenizer.vocab.SegmentEncoder;
import dev.nomoat.tokenizer.vocab.TextSink;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;

/** How BERT prepares text: its normaliser, and its splitter of words. */
final class BertSteps {
  /**
   * Punctuation, and what ASCII has between its letters and digits; of an older Unicode, which is
   * the one that Hugging Face's {@code tokenizers} (0.23) knows here.
   */
  static final String PUNCTUATION =
      "[[\\p{P}!-/:-@\\[-`{-~\\x{166d}\\x{111c9}]&&[^\\x{61d}\\x{9fd}\\x{a76}\\x{c77}"
          + "\\x{c84}\\x{1b4e}-\\x{1b4f}\\x{1b7d}-\\x{1b7f}\\x{2e43}-\\x{2e4f}\\x{2e52}-"
          + "\\x{2e5d}\\x{10d6e}\\x{10ead}\\x{10f55}-\\x{10f59}\\x{10f86}-\\x{10f89}"
          + "\\x{113d4}-\\x{113d5}\\x{113d7}-\\x{113d8}\\x{1144b}-\\x{1144f}\\x{1145a}-"
          + "\\x{1145b}\\x{1145d}\\x{11660}-\\x{1166c}\\x{116b9}\\x{1183b}\\x{11944}-"
          + "\\x{11946}\\x{119e2}\\x{11a3f}-\\x{11a46}\\x{11a9a}-\\x{11a9c}\\x{11a9e}-"
          + "\\x{11aa2}\\x{11b00}-\\x{11b09}\\x{11be1}\\x{11c41}-\\x{11c45}\\x{11c70}-"
          + "\\x{11c71}\\x{11ef7}-\\x{11ef8}\\x{11f43}-\\x{11f4f}\\x{11fff}\\x{12ff1}-"
          + "\\x{12ff2}\\x{16d6d}-\\x{16d6f}\\x{16e97}-\\x{16e9a}\\x{16fe2}\\x{1e5ff}"
          + "\\x{1e95e}-\\x{1e95f}]]";

  private BertSteps() {}

  static SegmentEncoder around(boolean lowercase, boolean stripAccents, SegmentEncoder encoder) {
    return new SplittingEncoder(
        BertSteps::splitAtBlanks,
        new CachingEncoder(
            new NormalizingEncoder(
                normalizer(true, true, stripAccents, lowercase),
                new SplittingEncoder(words(), encoder))));
  }

  /**
   * Leaves out what words are split at after normalising too, and what no normalising looks across:
   * so that what is between is normalised by itself, and once only.
   */
  private static TextSink splitAtBlanks(TextSink stretches) {
    return (text, from, to) -> {
      int start = from;
      for (int at = from; at <= to; at++) {
        if (at == to || text[at] == ' ' || isBlankControl(text[at])) {
          if (start < at) {
            stretches.accept(text, start, at);
          }
          start = at + 1;
        }
      }
    };
  }

  private static boolean isBlankControl(byte value) {
    return value == '\n' || value == '\t' || value == '\r';
  }

  static Normalizer normalizer(
      boolean clean, boolean spaceChinese, boolean stripAccents, boolean lowercase) {
    List<Normalizer> steps = new ArrayList<>();
    if (clean) {
      steps.add(CodePointMap.CLEAN);
    }
    if (spaceChinese) {
      steps.add(CodePointMap.SPACE_CHINESE);
    }
    if (stripAccents) {
      steps.add(new UnicodeForm(Form.NFD));
      steps.add(CodePointMap.STRIP_NON_SPACING_MARKS);
    }
    if (lowercase) {
      steps.add(CodePointMap.LOWERCASE);
    }
    return new NormalizerChain(steps);
  }

  static Splitter words() {
    // What matches is a piece: a character of punctuation, or what is between those and spaces.
    return new RegexSplitter(
        Regex.compile(PUNCTUATION + "|[^\\s" + PUNCTUATION + "]+"), Behavior.REMOVED, true);
  }
}
