package dev.nomoat.tokenizer.normalize;

import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Replaces every match of a regular expression, or every occurrence of a text. */
public final class Replace implements Normalizer {
  /** What to find; null if the regular expression says it. */
  private final byte @Nullable [] found;

  private final @Nullable Regex regex;
  private final byte[] content;

  private Replace(byte @Nullable [] found, @Nullable Regex regex, String content) {
    this.found = found;
    this.regex = regex;
    this.content = Utf8.encode(content);
  }

  /**
   * Replaces a text.
   *
   * @param text what to find; not empty
   * @param content what takes its place
   * @return the step
   */
  public static Replace text(String text, String content) {
    return new Replace(Utf8.encode(text), null, content);
  }

  /**
   * Replaces what a regular expression matches.
   *
   * @param pattern the regular expression
   * @param content what takes the place of a match, as it is
   * @return the step
   * @throws IllegalArgumentException if the pattern cannot be compiled
   */
  public static Replace pattern(String pattern, String content) {
    return new Replace(null, Regex.compile(pattern), content);
  }

  @Override
  public void apply(TextBuffer text) {
    if (regex != null) {
      replaceMatches(text, regex.matcher());
    } else if (found != null) {
      replaceText(text, found);
    }
  }

  private void replaceText(TextBuffer text, byte[] found) {
    byte[] bytes = text.bytes();
    int kept = text.from();
    boolean changed = false;
    for (int at = text.from(); at + found.length <= text.to(); ) {
      if (bytes[at] == found[0]
          && Arrays.equals(bytes, at, at + found.length, found, 0, found.length)) {
        text.copy(kept, at);
        text.write(content, 0, content.length, at, at + found.length);
        at += found.length;
        kept = at;
        changed = true;
      } else {
        at++;
      }
    }
    if (changed) {
      text.copy(kept, text.to());
      text.flip();
    }
  }

  private void replaceMatches(TextBuffer text, Regex.Matcher matcher) {
    matcher.reset(text.bytes(), text.from(), text.to());
    int kept = text.from();
    while (matcher.next()) {
      text.copy(kept, matcher.start());
      text.write(content, 0, content.length, matcher.start(), matcher.end());
      kept = matcher.end();
    }
    text.copy(kept, text.to());
    text.flip();
  }
}
