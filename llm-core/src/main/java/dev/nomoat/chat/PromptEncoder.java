package dev.nomoat.chat;

import dev.nomoat.Prompt;
import dev.nomoat.chat.template.Rendered;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.VocabularyEntry;
import dev.nomoat.tokenizer.vocab.SpecialTokenMatcher;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Encodes rendered text: control tokens of the template become tokens, the text between them is
 * encoded as plain text. The leftmost token counts, and of several the longest, as in any text.
 */
final class PromptEncoder {
  private final Tokenizer tokenizer;
  private final SpecialTokenMatcher specials;

  PromptEncoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    var builder = new SpecialTokenMatcher.Builder();
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      VocabularyEntry entry = tokenizer.token(id);
      boolean special =
          switch (entry.type()) {
            case CONTROL, USER_DEFINED, UNKNOWN -> true;
            case NORMAL, UNUSED, BYTE -> false;
          };
      if (special) {
        builder.add(id, Utf8.encode(entry.text()));
      }
    }
    specials = builder.build();
  }

  /** The tokens, with the beginning of sequence before them if the model wants it there. */
  Prompt.Tokens prompt(Rendered rendered) {
    List<Integer> ids = new ArrayList<>();
    OptionalInt bos = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    bos.ifPresent(ids::add);
    encode(rendered, ids);
    boolean twice = bos.isPresent() && ids.size() > 1 && ids.get(1) == bos.getAsInt();
    return new Prompt.Tokens(twice ? ids.subList(1, ids.size()) : ids);
  }

  private void encode(Rendered rendered, List<Integer> ids) {
    String text = rendered.text();
    byte[] bytes = Utf8.encode(text);
    int[] chars = chars(text, bytes.length);
    // A token that is not the template's own counts only if it is one in plain text, too.
    SpecialTokenMatcher.Place place =
        (id, from, to) -> isPlain(id) || rendered.isTrusted(chars[from], chars[to]);
    int done = 0;
    int search = 0;
    while (search < bytes.length) {
      long found = specials.find(bytes, search, bytes.length, place);
      if (found == SpecialTokenMatcher.NONE) {
        break;
      }
      int start = (int) (found >>> 32);
      int id = specials.id((int) found);
      search = start + specials.length((int) found);
      if (!isPlain(id)) {
        plain(text.substring(done, chars[start]), ids);
        ids.add(id);
        done = chars[search];
      }
    }
    plain(text.substring(done), ids);
  }

  /** For each place in UTF-8, that in UTF-16; for places within characters nothing of use. */
  private static int[] chars(String text, int length) {
    int[] chars = new int[length + 1];
    int at = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      chars[at] = i;
      int c = text.codePointAt(i);
      at += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    chars[at] = text.length();
    return chars;
  }

  private boolean isPlain(int id) {
    return tokenizer.token(id).type() == TokenType.USER_DEFINED;
  }

  private void plain(String text, List<Integer> ids) {
    if (!text.isEmpty()) {
      for (int id : tokenizer.encode(text, SpecialTokens.PLAIN_TEXT)) {
        ids.add(id);
      }
    }
  }
}
