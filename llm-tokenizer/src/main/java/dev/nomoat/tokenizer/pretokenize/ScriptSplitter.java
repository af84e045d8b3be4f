package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.normalize.OlderUnicode;
import dev.nomoat.tokenizer.vocab.TextSink;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.lang.Character.UnicodeScript;

/**
 * Splits text where the script changes. Kana count as Chinese; spaces, and what has no script, as
 * whatever is before them. What comes before the first script is left out.
 *
 * <p>Source: {@code pre_tokenizers/unicode_scripts} of Hugging Face's {@code tokenizers}.
 */
public final class ScriptSplitter implements Splitter {
  /** The script of what has none. */
  private static final UnicodeScript ANY = UnicodeScript.UNKNOWN;

  /** Makes a splitter. */
  public ScriptSplitter() {}

  @Override
  public TextSink open(TextSink pieces) {
    return (text, from, to) -> {
      UnicodeScript last = ANY;
      int start = to;
      for (int at = from; at < to; at += Utf8.length(text[at])) {
        UnicodeScript script = script(Utf8.codePoint(text, at));
        if (script == ANY) {
          continue;
        }
        if (script != last) {
          if (start < at) {
            pieces.accept(text, start, at);
          }
          start = at;
        }
        last = script;
      }
      if (start < to) {
        pieces.accept(text, start, to);
      }
    };
  }

  private static UnicodeScript script(int codePoint) {
    if (codePoint == ' ' || OlderUnicode.NO_SCRIPT.contains(codePoint)) {
      return ANY;
    }
    return switch (codePoint) {
      // The mark that makes a vowel of kana long.
      case 0x30FC -> UnicodeScript.HAN;
      // Others that are known differently there.
      case 0x589, 0x61C -> UnicodeScript.COMMON;
      case 0x953, 0x954 -> UnicodeScript.DEVANAGARI;
      default -> {
        UnicodeScript script = UnicodeScript.of(codePoint);
        yield script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA
            ? UnicodeScript.HAN
            : script;
      }
    };
  }
}
